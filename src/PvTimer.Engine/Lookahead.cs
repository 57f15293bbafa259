using System;
using System.Linq;
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
        int[] hostOfUnit = Partition.HostOfUnit(machine);
        ILookup<int, int> unitsOfHost = Enumerable
            .Range(0, hostOfUnit.Length)
            .ToLookup(unit => hostOfUnit[unit]);
        // Between two hosts one unit stands for all: a machine of a thousand hosts has 10^8 pairs of units.
        int[] corners =
        [
            .. unitsOfHost.SelectMany(host => host.DistinctBy(partition.RegionOfUnit)),
        ];
        VirtualDuration span = Longest;
        foreach (int from in corners)
        {
            foreach (int to in corners)
            {
                if (partition.RegionOfUnit(from) == partition.RegionOfUnit(to))
                {
                    continue;
                }
                span = VirtualDuration.Min(
                    span,
                    hostOfUnit[from] == hostOfUnit[to]
                        ? WithinHost(machine, partition, [.. unitsOfHost[hostOfUnit[from]]])
                        : LatencyOf(machine, from, to)
                );
            }
        }
        return new Lookahead(span);
    }

    /// <summary>The shortest way between pCPUs of one host that are in different regions.</summary>
    private static VirtualDuration WithinHost(IMachine machine, Partition partition, int[] units)
    {
        VirtualDuration span = Longest;
        foreach (int from in units)
        {
            foreach (int to in units)
            {
                if (partition.RegionOfUnit(from) != partition.RegionOfUnit(to))
                {
                    span = VirtualDuration.Min(span, LatencyOf(machine, from, to));
                }
            }
        }
        return span;
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
