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

    private Lookahead(VirtualDuration span, (int From, int To)? link) =>
        (Span, Link) = (span, link);

    /// <summary>At least 1 ns, at most <see cref="Longest"/>.</summary>
    public VirtualDuration Span { get; }

    /// <summary>
    /// Two units of different regions that are only so far apart; null: no link is shorter than
    /// <see cref="Longest"/>.
    /// </summary>
    public (int From, int To)? Link { get; }

    /// <exception cref="ArgumentException">The machine declares a latency below 1 ns.</exception>
    public static Lookahead Of(IMachine machine, Partition partition)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(partition);
        if (partition.Regions == 1)
        {
            return new Lookahead(Longest, null);
        }
        int[] hostOfUnit = Partition.HostOfUnit(machine);
        ILookup<int, int> unitsOfHost = Enumerable
            .Range(0, hostOfUnit.Length)
            .ToLookup(unit => hostOfUnit[unit]);
        // Between two hosts one unit stands for all: a machine of a thousand hosts has 10^8 pairs of units.
        int[] corners =
        [
            .. unitsOfHost.SelectMany(host => host.DistinctBy(partition.RegionOfUnit)),
        ];
        Lookahead shortest = new(Longest, null);
        foreach (int from in corners)
        {
            foreach (int to in corners)
            {
                if (partition.RegionOfUnit(from) == partition.RegionOfUnit(to))
                {
                    continue;
                }
                shortest = Shorter(
                    shortest,
                    hostOfUnit[from] == hostOfUnit[to]
                        ? WithinHost(machine, partition, [.. unitsOfHost[hostOfUnit[from]]])
                        : Between(machine, from, to)
                );
            }
        }
        return shortest;
    }

    /// <summary>The shortest way between pCPUs of one host that are in different regions.</summary>
    private static Lookahead WithinHost(IMachine machine, Partition partition, int[] units)
    {
        Lookahead shortest = new(Longest, null);
        foreach (int from in units)
        {
            foreach (int to in units)
            {
                if (partition.RegionOfUnit(from) != partition.RegionOfUnit(to))
                {
                    shortest = Shorter(shortest, Between(machine, from, to));
                }
            }
        }
        return shortest;
    }

    private static Lookahead Shorter(Lookahead left, Lookahead right) =>
        right.Span < left.Span ? right : left;

    private static Lookahead Between(IMachine machine, int from, int to)
    {
        VirtualDuration latency = machine.MinimumLatency(from, to);
        return latency.Nanoseconds >= 1
            ? new Lookahead(latency, (from, to))
            : throw new ArgumentException(
                $"minimum latency from unit {from} to unit {to} is {latency}; accepted: at least 1 ns",
                nameof(machine)
            );
    }
}
