using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>Who gets cells, and which.</summary>
/// <param name="Seats">The nodes that get cells, in the order of their names.</param>
/// <param name="Homes">For each cell of the machine, in order, the index of its seat.</param>
internal sealed record Placements(ImmutableArray<ClusterSeat> Seats, ImmutableArray<int> Homes)
{
    /// <exception cref="PlacementException">No node may take one of the cells.</exception>
    public static Placements Of(
        MachineFacts machine,
        IEnumerable<ClusterSeat> seats,
        ImmutableDictionary<string, string> pins
    )
    {
        ImmutableArray<ClusterSeat> eligible = [.. seats];
        ImmutableArray<string> homes = PlacementPlan.Decide(
            machine.Cells,
            eligible,
            machine.Placement.Policy,
            machine.Placement.Pins.SetItems(pins)
        );
        ImmutableArray<ClusterSeat> used =
        [
            .. eligible
                .Where(seat => homes.Contains(seat.Name, StringComparer.Ordinal))
                .OrderBy(seat => seat.Name, StringComparer.Ordinal),
        ];
        List<string> names = [.. used.Select(seat => seat.Name)];
        return new Placements(used, [.. homes.Select(names.IndexOf)]);
    }

    /// <summary>It is where cells live in a formation.</summary>
    public bool IsThatOf(Form form) =>
        Seats
            .Select(seat => seat.Address)
            .SequenceEqual(form.Seats.Select(seat => seat.Address), StringComparer.Ordinal)
        && Homes.SequenceEqual(form.Homes);
}
