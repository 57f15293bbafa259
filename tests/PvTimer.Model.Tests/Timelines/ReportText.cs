using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Timelines;

/// <summary>Every number of a report, one subject a line.</summary>
internal static class ReportText
{
    public static IEnumerable<string> LinesOf(MachineReport report) =>
        [
            report.Timers.ToString(),
            $"DeadlineWrites {report.DeadlineWrites}, TimerExits {report.TimerExits}, Ipis {report.Ipis}, "
                + $"PostedInterrupts {report.PostedInterrupts}, PageUpdates {report.PageUpdates}, "
                + $"Scans {report.Scans}, TimerMigrations {report.TimerMigrations}",
            .. report.Exits.Select(exit =>
                $"{exit.Reason} {exit.Count}: {exit.Total}, {exit.Shortest} to {exit.Longest}, squares {exit.SumOfSquares}"
                + string.Concat(exit.ByMsr.Select(msr => $", {msr.Msr:x} {msr.Count}"))
            ),
            "lateness "
                + string.Join(' ', report.Lateness.Ascending().Select(entry => Entry(entry))),
            $"all pCPUs {report.Cpu}",
            $"timer CPU {report.TimerCpu}",
            report.Flaws.ToString(),
            .. report.Replay is null ? [] : (string[])[report.Replay.ToString()],
            // How far each replay came is in the sum above.
            .. report.Vcpus.Select(vcpu =>
                $"VcpuReport {{ Name = {vcpu.Name}, Timers = {vcpu.Timers}, Exits = {vcpu.Exits} }}"
            ),
            .. report.Migrations.Select(migration => migration.ToString()),
        ];

    private static string Entry((VirtualDuration Span, long Count) entry) =>
        entry.Count == 1 ? $"{entry.Span.Nanoseconds}" : $"{entry.Span.Nanoseconds}x{entry.Count}";
}
