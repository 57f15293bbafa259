using System.Collections.Immutable;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>Where cells belong is decided anew as soon as anything has changed that it depends on.</summary>
public sealed class PlannedPlacementsTests
{
    private static readonly ImmutableDictionary<string, string> None = ImmutableDictionary<
        string,
        string
    >.Empty;

    private static readonly ClusterSeat One = ScriptedCoordinator.Seat(1);
    private static readonly ClusterSeat Two = ScriptedCoordinator.Seat(2);

    private readonly PlannedPlacements _planned = new(
        ScriptedCoordinator.Machine,
        [One, Two],
        None
    );

    private bool IsFor(params ImmutableArray<ClusterSeat> seats) =>
        _planned.IsFor(ScriptedCoordinator.Machine, seats, None);

    [Fact]
    public void Same_nodes_that_have_reported_again_change_nothing()
    {
        Assert.True(IsFor(One, Two));
        Assert.True(IsFor(One with { Roles = ["cpu"] }, Two with { Roles = ["cpu"] }));
    }

    [Fact]
    public void Other_nodes_are_other_placements()
    {
        Assert.False(IsFor(One));
        Assert.False(IsFor(One, Two, ScriptedCoordinator.Seat(3)));
        Assert.False(IsFor(One, Two with { Name = "node-3" }));
        Assert.False(IsFor(One, Two with { Address = "akka.tcp://pvtimer@127.0.0.1:1" }));
        Assert.False(IsFor(One, Two with { Roles = ["timer"] }));
        Assert.False(IsFor(One, Two with { Regions = 2 }));
        Assert.False(IsFor(One, Two with { Process = new ProcessMark(9, 9, "") }));
    }

    [Fact]
    public void Other_machine_or_other_pins_are_other_placements()
    {
        MachineFacts other = ScriptedCoordinator.Machine with { Seed = 2 };
        Assert.False(_planned.IsFor(other, [One, Two], None));
        Assert.False(
            _planned.IsFor(ScriptedCoordinator.Machine, [One, Two], None.Add("h0", "node-2"))
        );
    }
}
