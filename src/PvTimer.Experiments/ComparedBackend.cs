using System;
using System.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Experiments;

/// <summary>One back-end's part of a <see cref="Verdict"/>: what it came to over the whole run.</summary>
/// <param name="Name">As scenarios and summaries call it.</param>
/// <param name="Exits">VM-exits of all reasons.</param>
/// <param name="Busy">Time in which pCPUs were not idle, of all pCPUs.</param>
/// <param name="Polling">The part of it that went into halt polling.</param>
/// <param name="Fired">Timers that fired.</param>
/// <param name="Median">Of the lateness; null: no timer fired.</param>
/// <param name="Tail">p99 of the lateness; null: no timer fired.</param>
public sealed record ComparedBackend(
    string Name,
    long Exits,
    VirtualDuration Busy,
    VirtualDuration Polling,
    long Fired,
    VirtualDuration? Median,
    VirtualDuration? Tail
)
{
    private const int MedianPermyriad = 5_000;
    private const int TailPermyriad = 9_900;

    /// <summary>
    /// What is left if polling pCPUs count as idle: they poll only because there is nothing to do, and stop as soon
    /// as there is.
    /// </summary>
    public VirtualDuration BusyWithoutPolling => Busy - Polling;

    public static ComparedBackend Of(BackendResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new ComparedBackend(
            result.Backend.Name,
            result.Report.Exits.Sum(exit => exit.Count),
            result.Report.Cpu.Busy,
            result.Report.Cpu.Poll,
            result.Report.Timers.Fired,
            Figures.Quantile(result.Report.Lateness, MedianPermyriad),
            Figures.Quantile(result.Report.Lateness, TailPermyriad)
        );
    }
}
