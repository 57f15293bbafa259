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
        ImmutableArray<ClusterSeat> eligible,
        ImmutableDictionary<string, string> pins
    )
    {
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
    public bool IsThatOf(Form form)
    {
        if (Seats.Length != form.Seats.Length)
        {
            return false;
        }
        for (int index = 0; index < Seats.Length; index++)
        {
            if (Seats[index].Address != form.Seats[index].Address)
            {
                return false;
            }
        }
        return Homes.AsSpan().SequenceEqual(form.Homes.AsSpan());
    }
}

/// <summary>Where cells belong, and what that was decided from.</summary>
/// <param name="machine">Whose cells.</param>
/// <param name="seats">The nodes that may take some.</param>
/// <param name="pins">Where cells were sent by command.</param>
internal sealed class PlannedPlacements(
    MachineFacts machine,
    ImmutableArray<ClusterSeat> seats,
    ImmutableDictionary<string, string> pins
)
{
    /// <exception cref="PlacementException">No node may take one of the cells.</exception>
    public Placements Placements { get; } = Placements.Of(machine, seats, pins);

    /// <summary>The one before, if it is for the same; else another one.</summary>
    /// <exception cref="PlacementException">No node may take one of the cells.</exception>
    public static PlannedPlacements After(
        PlannedPlacements? before,
        MachineFacts machine,
        ImmutableArray<ClusterSeat> seats,
        ImmutableDictionary<string, string> pins
    ) =>
        before?.IsFor(machine, seats, pins) == true
            ? before
            : new PlannedPlacements(machine, seats, pins);

    /// <summary>It would be decided from the same again.</summary>
    public bool IsFor(
        MachineFacts other,
        ImmutableArray<ClusterSeat> otherSeats,
        ImmutableDictionary<string, string> otherPins
    )
    {
        if (
            !ReferenceEquals(other, machine)
            || !ReferenceEquals(otherPins, pins)
            || otherSeats.Length != seats.Length
        )
        {
            return false;
        }
        for (int index = 0; index < seats.Length; index++)
        {
            if (!IsSame(otherSeats[index], seats[index]))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Reports bring a seat anew each time, with another list of the same roles.</summary>
    private static bool IsSame(ClusterSeat one, ClusterSeat other) =>
        ReferenceEquals(one, other)
        || (
            one with { Roles = other.Roles } == other
            && one.Roles.SequenceEqual(other.Roles, StringComparer.Ordinal)
        );
}
