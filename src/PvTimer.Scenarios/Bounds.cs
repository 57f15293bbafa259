using System;
using System.Globalization;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;

namespace PvTimer.Scenarios;

/// <summary>
/// The most that a scenario's quantities may be. Every instant that a machine computes is then an end of the
/// run, plus one span, plus costs: below 2^63 ns, and below 2^63 cycles of the fastest TSC (1 067 days at
/// 100 GHz).
/// </summary>
public static class Bounds
{
    /// <summary>
    /// Any span that nothing is multiplied with, and a run: 365 days. The longest recording has this length
    /// too.
    /// </summary>
    public static VirtualDuration LongestSpan { get; } =
        VirtualDuration.FromSeconds(365L * 24 * 60 * 60);

    /// <summary>One cost, and one way of an interrupt or of a network's data: 1 s. They add up.</summary>
    public static VirtualDuration LongestCost { get; } = VirtualDuration.FromSeconds(1);

    /// <summary>
    /// The mean of exponentially distributed spans: 7 days. The longest span that can be drawn is 45 times as
    /// long, ln(2^64).
    /// </summary>
    public static VirtualDuration LongestMean { get; } =
        VirtualDuration.FromSeconds(7L * 24 * 60 * 60);

    /// <summary>
    /// Wall time that the program is told to wait for: 1 day. The runtime's own timers end at 49 days.
    /// </summary>
    public static VirtualDuration LongestWait { get; } = VirtualDuration.FromSeconds(24L * 60 * 60);

    /// <summary>TSC cycles: 2^62, so that a run's own cycles fit behind them.</summary>
    public const long MostCycles = 1L << 62;

    /// <summary>A VM's memory: 64 TiB.</summary>
    public static DataSize MostMemory { get; } = new(1L << 46);

    /// <summary>A rate of data: 1 000 gbit/s.</summary>
    public static DataRate FastestRate { get; } = DataRate.FromGigabits(1_000);

    /// <summary>pCPUs of all hosts, and vCPUs of all VMs: 2^24 each, so that all entities can be numbered.</summary>
    public const int MostProcessors = 1 << 24;

    /// <summary>
    /// How long a run with so many processors may be: their times are summed, and the sum must stay below
    /// 2^63 ns.
    /// </summary>
    /// <param name="processors">pCPUs or vCPUs, whichever are more; at least 1.</param>
    public static VirtualDuration LongestRun(long processors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processors, 1);
        return VirtualDuration.Min(
            LongestSpan,
            VirtualDuration.FromNanoseconds(long.MaxValue / processors)
        );
    }

    /// <summary>A longest span as messages say it: "31536000s (365 days)", "86400s", "1s".</summary>
    public static string Write(VirtualDuration most)
    {
        const long Day = 24L * 60 * 60 * 1_000_000_000;
        return most.Nanoseconds > Day && most.Nanoseconds % Day == 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{Units.Write(most)} ({most.Nanoseconds / Day} days)"
            )
            : Units.Write(most);
    }
}
