using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Placement;

/// <summary>
/// Which node each cell belongs on: a pure function of the cells, the nodes, the policy and the pins. Nodes
/// are taken in the order of their names, then addresses: never in that of their arrival.
/// </summary>
internal static class PlacementPlan
{
    private const string RolePrefix = "role:";

    /// <param name="cells">All cells of a machine, in order.</param>
    /// <param name="seats">The nodes that may be used, in any order.</param>
    /// <param name="policy">How cells are dealt out.</param>
    /// <param name="pins">
    /// By cell or host ("h3" covers "h3/p7" too): a node's name, or "role:timer" for any node of that role. A
    /// pin to what is not there is ignored until it is.
    /// </param>
    /// <returns>For each cell the name of its node.</returns>
    /// <exception cref="PlacementException">No node may take one of the cells.</exception>
    public static ImmutableArray<string> Decide(
        ImmutableArray<PlacementCell> cells,
        IEnumerable<ClusterSeat> seats,
        PlacementPolicy policy,
        ImmutableDictionary<string, string> pins
    )
    {
        ArgumentNullException.ThrowIfNull(seats);
        ArgumentNullException.ThrowIfNull(pins);
        ImmutableArray<ClusterSeat> all =
        [
            .. seats
                .OrderBy(seat => seat.Name, StringComparer.Ordinal)
                .ThenBy(seat => seat.Address, StringComparer.Ordinal),
        ];
        if (all.IsEmpty)
        {
            throw new PlacementException("there is no node to place CPUs on");
        }
        ImmutableArray<ClusterSeat> timers =
        [
            .. all.Where(seat => seat.Has(ClusterSeat.TimerRole))
                .OrderBy(seat => seat.Has(ClusterSeat.CpuRole)),
        ];
        // A timer node that takes CPUs as well is a stand-in: used when no other one is left.
        ImmutableArray<ClusterSeat> pureTimers =
        [
            .. timers.Where(seat => !seat.Has(ClusterSeat.CpuRole)),
        ];
        ImmutableArray<ClusterSeat> cpus = [.. all.Where(seat => seat.Has(ClusterSeat.CpuRole))];
        var groups = new Groups(
            cpus.IsEmpty ? all : cpus,
            pureTimers.IsEmpty ? timers : pureTimers,
            all
        );
        int hosts = cells.Select(cell => cell.Host).Distinct().Count();
        return
        [
            .. cells.Select(cell =>
                Pinned(cell, all, pins) ?? ByPolicy(cell, hosts, groups, policy)
            ),
        ];
    }

    private sealed record Groups(
        ImmutableArray<ClusterSeat> Cpu,
        ImmutableArray<ClusterSeat> Timer,
        ImmutableArray<ClusterSeat> All
    );

    private static string ByPolicy(
        PlacementCell cell,
        int hosts,
        Groups groups,
        PlacementPolicy policy
    )
    {
        switch (policy)
        {
            case PlacementPolicy.Spread:
                return groups.All[(cell.Host + cell.Ordinal) % groups.All.Length].Name;
            case PlacementPolicy.Dedicated when cell.IsTimerCpu:
                return groups.Timer.IsEmpty
                    ? throw new PlacementException(
                        $"no node has the role '{ClusterSeat.TimerRole}', which policy dedicated needs for {cell.Name}"
                    )
                    : Block(cell.Host, hosts, groups.Timer);
            default:
                return Block(
                    cell.Host,
                    hosts,
                    policy == PlacementPolicy.Dedicated ? groups.Cpu : groups.All
                );
        }
    }

    /// <summary>Contiguous blocks of hosts, as equal as they can be.</summary>
    private static string Block(int host, int hosts, ImmutableArray<ClusterSeat> seats) =>
        seats[(int)((long)host * seats.Length / hosts)].Name;

    private static string? Pinned(
        PlacementCell cell,
        ImmutableArray<ClusterSeat> seats,
        ImmutableDictionary<string, string> pins
    )
    {
        string? pin = pins.GetValueOrDefault(cell.Name) ?? pins.GetValueOrDefault(cell.HostName);
        if (pin is null)
        {
            return null;
        }
        if (!pin.StartsWith(RolePrefix, StringComparison.Ordinal))
        {
            return seats.FirstOrDefault(seat => seat.Name == pin)?.Name;
        }
        ImmutableArray<ClusterSeat> able =
        [
            .. seats.Where(seat => seat.Has(pin[RolePrefix.Length..])),
        ];
        return able.IsEmpty ? null : able[cell.Host % able.Length].Name;
    }
}

/// <summary>A machine cannot be placed on the nodes there are; the message says what is missing.</summary>
public sealed class PlacementException(string message) : Exception(message);
