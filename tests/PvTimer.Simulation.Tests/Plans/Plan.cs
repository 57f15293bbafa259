using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Simulation.Tests.World;

namespace PvTimer.Simulation.Tests.Plans;

/// <summary>Something that is done to a cluster.</summary>
/// <param name="At">When it begins.</param>
/// <param name="What">In words, for the report.</param>
/// <param name="Lasts">When it has ended; zero: at once.</param>
/// <param name="Begin">Does it.</param>
internal sealed record Deed(
    TimeSpan At,
    string What,
    TimeSpan Lasts,
    Action<SimCluster, SimClient> Begin
)
{
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{At.TotalSeconds:0.000} s: {What}{(Lasts == TimeSpan.Zero ? "" : $" for {Lasts.TotalSeconds:0.000} s")}"
        );
}

/// <summary>All that is done to a cluster in one schedule. A seed makes one; a part of it is one, too.</summary>
/// <param name="Seed">Of the plan, and of all chance while it is carried out.</param>
/// <param name="Nodes">How many nodes there are.</param>
/// <param name="Deeds">In the order of their times.</param>
internal sealed record Plan(ulong Seed, int Nodes, ImmutableArray<Deed> Deeds)
{
    private const int MostDeeds = 7;
    private static readonly TimeSpan FaultsWithin = TimeSpan.FromSeconds(4);

    public TimeSpan End =>
        Deeds.Select(deed => deed.At + deed.Lasts).DefaultIfEmpty(TimeSpan.Zero).Max();

    public static Plan Of(ulong seed)
    {
        Chance chance = new(seed ^ 0xD1B5_4A32_D192_ED03);
        int nodes = 2 + chance.Below(3);
        int count = 1 + chance.Below(MostDeeds);
        List<Deed> deeds = [];
        for (int index = 0; index < count; index++)
        {
            deeds.Add(
                DeedMaker.Of(
                    chance,
                    nodes,
                    chance.Between(300, FaultsWithin.TotalMilliseconds),
                    index
                )
            );
        }
        return new Plan(seed, nodes, [.. deeds.OrderBy(deed => deed.At)]);
    }
}
