using System;
using System.Linq;
using PvTimer.Model.Reports;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>Every number of a report in one text, so that two reports can be compared as wholes.</summary>
internal static class ReportText
{
    public static string Of(MachineReport report) =>
        string.Join(
            Environment.NewLine,
            (report with { Exits = [], Vcpus = [] }).ToString(),
            Lines(report.Exits.Select(exit => (exit with { ByMsr = [] }).ToString())),
            Lines(report.Exits.SelectMany(exit => exit.ByMsr).Select(msr => msr.ToString())),
            Lines(report.Lateness.Ascending().Select(entry => entry.ToString())),
            Lines(report.Vcpus.Select(vcpu => vcpu.ToString()))
        );

    private static string Lines(System.Collections.Generic.IEnumerable<string> lines) =>
        string.Join(Environment.NewLine, lines);
}
