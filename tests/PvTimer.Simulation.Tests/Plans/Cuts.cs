using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Simulation.Tests.World;

namespace PvTimer.Simulation.Tests.Plans;

/// <summary>Links between nodes that carry nothing for a while.</summary>
internal static class Cuts
{
    private static readonly Fault[] Kinds =
    [
        Fault.LinkCutOneWay,
        Fault.LinkCutWithOthersBetween,
        Fault.NodeCutOff,
        Fault.ClusterCutInHalves,
    ];

    public static Deed Of(Chance chance, TimeSpan at, int nodes)
    {
        TimeSpan lasts = chance.Between(100, 6000);
        Fault kind = KindOf(chance.Below(Kinds.Length), nodes);
        int first = chance.Below(nodes);
        int other = (first + 1 + chance.Below(nodes - 1)) % nodes;
        (int From, int To)[] links =
        [
            .. kind switch
            {
                Fault.LinkCutOneWay => [(first, other)],
                Fault.LinkCutWithOthersBetween => BothWays([first], [other]),
                Fault.NodeCutOff => BothWays([first], Others([first], nodes)),
                _ => BothWays(Half(first, nodes), Others(Half(first, nodes), nodes)),
            },
        ];
        return new Deed(
            at,
            $"cut {string.Join(", ", links.Select(link => $"{NameOf(link.From)}>{NameOf(link.To)}"))}",
            lasts,
            (cluster, _) =>
            {
                int cut = links.Count(link =>
                    Cut(cluster, NameOf(link.From), NameOf(link.To), lasts)
                );
                if (cut > 0)
                {
                    cluster.Hits.Count(kind);
                }
            }
        );
    }

    /// <summary>Of two nodes none is between, and half of three is one.</summary>
    private static Fault KindOf(int drawn, int nodes) =>
        (Kinds[drawn], nodes) switch
        {
            (Fault.LinkCutOneWay, _) => Fault.LinkCutOneWay,
            (_, 2) => Fault.ClusterCutInHalves,
            (Fault.ClusterCutInHalves, 3) => Fault.NodeCutOff,
            (var kind, _) => kind,
        };

    private static string NameOf(int node) => DeedMaker.NameOf(1 + node);

    private static int[] Half(int first, int nodes) =>
        [.. Enumerable.Range(0, nodes / 2).Select(node => (first + node) % nodes)];

    private static IEnumerable<int> Others(int[] side, int nodes) =>
        Enumerable.Range(0, nodes).Except(side);

    private static IEnumerable<(int From, int To)> BothWays(int[] side, IEnumerable<int> others) =>
        others.SelectMany(other => side.SelectMany(one => new[] { (one, other), (other, one) }));

    /// <summary>False: one of the two is not there, or the link is cut already.</summary>
    private static bool Cut(SimCluster cluster, string from, string to, TimeSpan lasts)
    {
        if (
            cluster.Named(from) is { } sender
            && cluster.Named(to) is { } receiver
            && cluster.Network.Cuts.Add((sender, receiver))
        )
        {
            cluster.Agenda.After(lasts, () => cluster.Network.Cuts.Remove((sender, receiver)));
            return true;
        }
        return false;
    }
}
