using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using static PvTimer.Sharding.Tests.Control.ScriptedAgent;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>From Form to Formed.</summary>
public sealed class NodeAgentFormingTests
{
    private readonly ScriptedAgent _agent = new();

    [Fact]
    public void Form_has_the_plan_made_and_ends_the_formation_before()
    {
        _agent.Receive(Form(1));
        Assert.Equal(1, Assert.Single(_agent.Effects.OfType<NodeEffect.MakePlan>()).Epoch);
        _agent.Receive(Form(2));
        Assert.Equal(
            ["StopFormation", "MakePlan"],
            _agent.Effects.OfType<NodeEffect.OfFormation>().Select(effect => effect.GetType().Name),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Formation_is_assembled_only_when_all_its_cells_are_here()
    {
        _agent.Receive(Form(1)).Planned().Here("h0");
        Assert.Empty(_agent.Effects);
        _agent.Here("h1", 7);
        Assert.Equal(
            [
                new NodeEffect.StartRegions(1, null),
                new NodeEffect.Populate(1, "h0", 1),
                new NodeEffect.Populate(1, "h1", 7),
            ],
            _agent.Effects
        );
    }

    [Fact]
    public void Cells_that_are_missing_are_touched_until_they_are_here()
    {
        _agent.Receive(Form(1)).Here("h1").Planned();
        Assert.Equal([new NodeEffect.TouchCell("h0")], _agent.Effects);
        _agent.Wait(NodeAgent.Interval);
        Assert.Equal(
            [new NodeEffect.TouchCell("h0")],
            _agent.Effects.OfType<NodeEffect.TouchCell>()
        );
        _agent.Here("h0").Wait(NodeAgent.Interval);
        Assert.Empty(_agent.Effects.OfType<NodeEffect.TouchCell>());
    }

    [Fact]
    public void Formed_is_said_when_the_actors_of_all_cells_are_alive()
    {
        _agent.Assembled().Populated("h1");
        Assert.Empty(_agent.Effects);
        _agent.Populated("h0");
        Assert.Equal([new Formed(1, "node-1", 1_000, "h0 - h2")], _agent.Said);
        Assert.Equal(NodePhase.Formed, _agent.Report().Phase);
    }

    [Fact]
    public void Cell_that_is_replaced_while_it_is_populated_is_populated_anew()
    {
        _agent.Assembled().Gone("h0");
        Assert.Equal([new NodeEffect.TouchCell("h0")], _agent.Effects);
        _agent.Here("h0", 2);
        Assert.Equal([new NodeEffect.Populate(1, "h0", 2)], _agent.Effects);
        _agent.Populated("h1").Populated("h0", 1);
        // Those actors live in the cell that has been replaced.
        Assert.Empty(_agent.Effects);
        _agent.Populated("h0", 2);
        Assert.Single(_agent.Said.OfType<Formed>());
    }

    [Fact]
    public void Cell_whose_successor_is_heard_of_before_its_own_end_is_populated_anew()
    {
        _agent.Assembled().Here("h0", 2);
        Assert.Contains(new NodeEffect.Populate(1, "h0", 2), _agent.Effects);
        _agent.Gone("h0", 1).Populated("h0", 2).Populated("h1");
        Assert.Single(_agent.Said.OfType<Formed>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Populated_cell_that_is_taken_away_while_it_forms_fails_the_formation(
        bool isReplaced
    )
    {
        _agent.Assembled().Populated("h0");
        _ = isReplaced ? _agent.Here("h0", 2) : _agent.Gone("h0");
        Assert.Equal(
            [new FormingFailed(1, "node-1", "cell h0 was taken away while it formed")],
            _agent.Said
        );
        Assert.Contains(new NodeEffect.StopFormation(1), _agent.Effects);
    }

    [Theory]
    [InlineData(NodePhase.Forming)]
    [InlineData(NodePhase.Running)]
    public void Cell_that_goes_before_it_is_assembled_or_while_it_runs_fails_no_formation(
        NodePhase phase
    )
    {
        _ =
            phase == NodePhase.Forming
                ? _agent.Here("h0").Receive(Form(1)).Planned()
                : _agent.Running();
        _agent.Gone("h0");
        Assert.Empty(_agent.Effects);
    }

    [Fact]
    public void State_is_read_from_the_checkpoint_and_thawed_in_the_order_of_the_cells()
    {
        _agent.Here("h0").Here("h1").Receive(Form(1, StateSource.Checkpoint)).Planned();
        NodeEffect.ReadStates read = Assert.Single(_agent.Effects.OfType<NodeEffect.ReadStates>());
        Assert.Equal(["h0", "h1"], read.Cells.ToArray());
        _agent.Step(
            new NodeEvent.StatesRead(
                1,
                new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal)
                {
                    ["h1"] = new byte[] { 11 },
                    ["h0"] = new byte[] { 10 },
                }
            )
        );
        NodeEffect.StartRegions start = Assert.Single(
            _agent.Effects.OfType<NodeEffect.StartRegions>()
        );
        Assert.Equal([10, 11], start.States!.Value.Select(state => (int)state.Span[0]));
    }

    [Fact]
    public void What_cannot_be_done_for_the_formation_fails_it_once()
    {
        _agent.Receive(Form(1)).Step(new NodeEvent.FormationFailed(1, "no such file"));
        Assert.Equal([new FormingFailed(1, "node-1", "no such file")], _agent.Said);
        _agent.Step(new NodeEvent.FormationFailed(1, "and again"));
        Assert.Empty(_agent.Effects);
    }

    [Fact]
    public void Failure_of_a_node_that_ends_is_not_told()
    {
        _agent.Receive(Form(1)).Step(new NodeEvent.NodeEnding(true));
        _agent.Step(new NodeEvent.FormationFailed(1, "its actors have gone"));
        Assert.Empty(_agent.Said);
        Assert.Contains(new NodeEffect.StopFormation(1), _agent.Effects);
    }

    [Fact]
    public void Node_that_has_no_seat_any_more_gives_its_cells_away_and_has_no_part()
    {
        _agent.Halted();
        _agent
            .Receive(Form(2, StateSource.Barrier, homes: [0, 0, 0], seats: [2], reached: 500))
            .Planned(2);
        Assert.Equal(
            ["h0", "h1"],
            _agent
                .Effects.OfType<NodeEffect.ToNode>()
                .Select(to => Assert.IsType<CellParcel>(to.Message).Cell),
            StringComparer.Ordinal
        );
        Assert.Contains(new NodeEffect.StopFormation(2), _agent.Effects);
        Assert.Equal((NodePhase.Idle, 2), (_agent.Report().Phase, _agent.Report().Epoch));
    }
}
