using System;
using System.IO;
using System.Text;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Export;

/// <summary>What is written from the numbers of a run alone.</summary>
internal sealed class ReportExport(Stream stream, Action<TextWriter, MachineReport> write)
    : RunExport
{
    /// <inheritdoc/>
    public override bool Watches => false;

    /// <summary>All is written at once, at the end.</summary>
    public override void Dispose() { }

    /// <inheritdoc/>
    public override void Finish(VirtualTime reached, MachineReport report)
    {
        using StreamWriter text = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true)
        {
            NewLine = "\n",
        };
        write(text, report);
    }
}
