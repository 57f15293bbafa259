using System.Linq;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Wire;
using static PvTimer.Sharding.Tests.Control.ScriptedAgent;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>Epochs number formations: what an older one says is ignored, what is said of a later one waits.</summary>
public sealed class NodeAgentEpochTests
{
    private readonly ScriptedAgent _agent = new();

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    public void Form_of_an_epoch_that_is_not_later_is_ignored(long epoch)
    {
        _agent.Receive(Form(4)).Receive(Form(epoch));
        Assert.Empty(_agent.Effects);
        Assert.Equal(4, _agent.Report().Epoch);
    }

    [Fact]
    public void What_became_of_an_effect_of_an_older_formation_is_ignored()
    {
        _agent.Formed(1).Receive(Form(2));
        NodeEvent[] late =
        [
            new NodeEvent.PlanMade(1, ["h0", "h1", "h2"]),
            new NodeEvent.Populated(1, "h0", 1),
            Ended(NodeRunEnd.Done),
            Frozen(),
            new NodeEvent.FormationFailed(1, "its actors have gone"),
        ];
        Assert.All(late, happening => Assert.Empty(_agent.Step(happening).Effects));
        Assert.Equal(NodePhase.Idle, _agent.Report().Phase);
    }

    [Fact]
    public void Message_of_an_older_epoch_is_ignored()
    {
        _agent.Formed(2);
        IWireMessage[] late = [new Go(1), new Pause(1, true), Look(5), new TakeCheckpoint(1)];
        Assert.All(late, message => Assert.Empty(_agent.Receive(message).Effects));
        Assert.Equal(NodePhase.Formed, _agent.Report().Phase);
    }

    [Fact]
    public void Messages_of_an_epoch_that_is_not_heard_of_yet_wait_for_it_in_their_order()
    {
        Form form = Form(2, StateSource.Barrier);
        _agent.Here("h0").Here("h1");
        Assert.Empty(_agent.Receive(new CellParcel(2, "h0", 2, 0, new byte[] { 1 })).Effects);
        Assert.Empty(_agent.Receive(new CellParcel(2, "h0", 2, 1, new byte[] { 2 })).Effects);
        Assert.Empty(_agent.Receive(new CellParcel(3, "h1", 1, 0, new byte[] { 9 })).Effects);
        _agent.Receive(new CellParcel(2, "h1", 1, 0, new byte[] { 3 })).Receive(form).Planned(2);
        Assert.Equal(
            [1, 2, 3],
            Assert
                .Single(_agent.Effects.OfType<NodeEffect.StartRegions>())
                .States!.Value.SelectMany(state => state.ToArray())
                .Select(part => (int)part)
        );
    }

    [Fact]
    public void Messages_that_wait_are_bounded_and_what_is_discarded_is_said_once()
    {
        for (int count = 0; count < NodeEarlyMessages.MostMessages; count++)
        {
            Assert.Empty(_agent.Receive(new Go(9)).Effects);
        }
        Assert.IsType<NodeEffect.Log>(Assert.Single(_agent.Receive(new Go(9)).Effects));
        Assert.Empty(_agent.Receive(new Go(9)).Effects);
    }

    [Fact]
    public void Bytes_of_cells_that_wait_are_bounded()
    {
        NodeEarlyMessages early = new();
        CellParcel parcel = new(2, "h0", 1, 0, new byte[CellParcel.MaxContentBytes]);
        for (int count = 0; count < 256; count++)
        {
            Assert.True(early.TryAdd(parcel));
        }
        Assert.False(early.TryAdd(parcel));
        Assert.Equal(256, early.Take(2).Count);
        Assert.True(early.TryAdd(parcel with { Epoch = 3 }));
    }

    [Fact]
    public void Form_that_is_said_again_has_Formed_said_again()
    {
        _agent.Formed().Receive(Form(1));
        Assert.Equal([new Formed(1, "node-1", 1_000, "h0 - h2")], _agent.Said);
        Assert.Single(_agent.Effects);
    }

    [Fact]
    public void Form_that_is_said_again_has_Halted_said_again()
    {
        _agent.Halted();
        IWireMessage said = Assert.Single(_agent.Said);
        Assert.Equal([said], _agent.Receive(Form(1)).Said);
        Assert.IsType<Halted>(said);
    }

    [Fact]
    public void Form_that_is_said_again_has_the_failure_said_again()
    {
        _agent.Receive(Form(1)).Step(new NodeEvent.FormationFailed(1, "no such file"));
        Assert.Equal(
            [new FormingFailed(1, "node-1", "no such file")],
            _agent.Receive(Form(1)).Said
        );
    }

    [Fact]
    public void Form_that_is_said_again_while_it_forms_or_runs_is_not_answered()
    {
        Assert.Empty(_agent.Assembled().Receive(Form(1)).Effects);
        _agent.Populated("h0").Populated("h1").Receive(new Go(1));
        Assert.Empty(_agent.Receive(Form(1)).Effects);
    }

    [Fact]
    public void Recall_is_answered_with_the_form_that_was_heard_last()
    {
        _agent.Receive(Recall.Instance);
        Assert.Equal([new NodeEffect.Reply(new Recalled("node-1", 0, null, null))], _agent.Effects);
        Form form = Form(3);
        _agent.Receive(form).Receive(Recall.Instance);
        Assert.Equal([new NodeEffect.Reply(new Recalled("node-1", 3, form, null))], _agent.Effects);
    }

    [Fact]
    public void Dissolve_lets_the_formation_and_the_cells_go()
    {
        Dissolve dissolve = new(1);
        _agent.Formed().Receive(dissolve);
        Assert.Equal(
            [new NodeEffect.StopFormation(1), new NodeEffect.DissolveCells(dissolve)],
            _agent.Effects
        );
        NodeReport report = _agent.Report();
        Assert.Equal((NodePhase.Idle, 1, 0), (report.Phase, report.Epoch, report.Cells));
    }

    [Fact]
    public void Dissolve_of_an_older_formation_is_ignored()
    {
        _agent.Formed(2).Receive(new Dissolve(1));
        Assert.Empty(_agent.Effects);
    }

    [Fact]
    public void Cells_that_go_with_a_run_are_not_taken_for_those_of_the_next()
    {
        _agent.Formed().Receive(new Dissolve(1)).Receive(Form(2)).Planned(2);
        Assert.Equal(
            [new NodeEffect.TouchCell("h0"), new NodeEffect.TouchCell("h1")],
            _agent.Effects
        );
    }

    [Fact]
    public void What_was_frozen_goes_with_the_run_that_is_dissolved()
    {
        _agent.Halted().Receive(new Dissolve(1));
        _agent.Receive(Form(2, StateSource.Barrier, [1, 1, 1], reached: 500)).Planned(2);
        Assert.Empty(_agent.Effects.OfType<NodeEffect.ToNode>());
    }
}
