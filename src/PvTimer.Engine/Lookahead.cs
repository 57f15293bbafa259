using System;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// How far regions may run past the earliest pending event without asking each other: the smallest latency
/// of any link that crosses a border between regions. Too small costs rounds, too large would let an event
/// arrive in a region's past; the kernel checks every message that crosses a border.
/// </summary>
public readonly record struct Lookahead
{
    /// <summary>
    /// Where no link crosses a border (or only very slow ones do) a window is cut here, so that progress
    /// is reported and an interruption is heard. Virtual time.
    /// </summary>
    public static VirtualDuration Longest { get; } = VirtualDuration.FromMilliseconds(10);

    private Lookahead(VirtualDuration span) => Span = span;

    /// <summary>At least 1 ns, at most <see cref="Longest"/>.</summary>
    public VirtualDuration Span { get; }

    /// <exception cref="ArgumentException">The machine declares a latency below 1 ns.</exception>
    public static Lookahead Of(IMachine machine, Partition partition)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(partition);
        VirtualDuration span = Longest;
        for (int from = 0; from < partition.Units; from++)
        {
            for (int to = 0; to < partition.Units; to++)
            {
                if (partition.RegionOfUnit(from) != partition.RegionOfUnit(to))
                {
                    span = VirtualDuration.Min(span, LatencyOf(machine, from, to));
                }
            }
        }
        return new Lookahead(span);
    }

    private static VirtualDuration LatencyOf(IMachine machine, int from, int to)
    {
        VirtualDuration latency = machine.MinimumLatency(from, to);
        return latency.Nanoseconds >= 1
            ? latency
            : throw new ArgumentException(
                $"minimum latency from unit {from} to unit {to} is {latency}; accepted: at least 1 ns",
                nameof(machine)
            );
    }
}
