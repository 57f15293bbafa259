using System;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;
using static PvTimer.Sharding.Tests.Control.ScriptedAgent;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>From Go to Halted.</summary>
public sealed class NodeAgentRunTests
{
    private static readonly CheckpointPart Part = new("e1-r12-node-1.ckpt", "node-1", 9, "00");

    private readonly ScriptedAgent _agent = new();

    private static Halted Word(HaltReason reason, CheckpointPart? part, Func<Halted, Halted> but) =>
        but(new Halted(1, "node-1", reason, 12, 500, 99, 600, part, null, null));

    private static Halted Word(HaltReason reason, CheckpointPart? part = null) =>
        Word(reason, part, halted => halted);

    [Fact]
    public void Go_runs_the_regions_once()
    {
        _agent.Formed().Receive(new Go(1));
        Assert.Equal([new NodeEffect.RunRegions(1)], _agent.Effects);
        Assert.Empty(_agent.Receive(new Go(1)).Effects);
        Assert.Equal(NodePhase.Running, _agent.Report().Phase);
    }

    [Fact]
    public void Go_before_it_has_formed_is_ignored() =>
        Assert.Empty(_agent.Assembled().Receive(new Go(1)).Effects);

    [Fact]
    public void Pause_halts_the_regions_and_what_they_freeze_is_not_written_unless_asked()
    {
        _agent.Running().Receive(new Pause(1, Keep: false));
        Assert.Equal([new NodeEffect.PauseRegions(1)], _agent.Effects);
        _agent.Step(Ended(NodeRunEnd.Paused));
        Assert.Equal([new NodeEffect.FreezeRegions(1)], _agent.Effects);
        _agent.Step(Frozen());
        Assert.Equal([new NodeEffect.ToCoordinator(Word(HaltReason.Paused))], _agent.Effects);
    }

    [Fact]
    public void Pause_that_keeps_has_it_written_before_it_says_that_it_has_halted()
    {
        _agent.Running().Receive(new Pause(1, Keep: true)).Step(Ended(NodeRunEnd.Paused));
        _agent.Step(Frozen());
        Assert.Equal([new NodeEffect.WriteFrozen(1, 12)], _agent.Effects);
        _agent.Step(new NodeEvent.FrozenWritten(1, Part));
        Assert.Equal([Word(HaltReason.Paused, Part)], _agent.Said);
    }

    [Fact]
    public void Pause_that_keeps_after_it_has_halted_has_it_written_once_and_says_so()
    {
        _agent.Halted().Receive(new Pause(1, Keep: true));
        Assert.Equal([new NodeEffect.WriteFrozen(1, 12)], _agent.Effects);
        Assert.Empty(_agent.Receive(new Pause(1, Keep: true)).Effects);
        _agent.Step(new NodeEvent.FrozenWritten(1, Part));
        Assert.Equal([Word(HaltReason.Paused, Part)], _agent.Said);
        Assert.Equal([Word(HaltReason.Paused, Part)], _agent.Receive(new Pause(1, true)).Said);
    }

    [Fact]
    public void Pause_after_it_has_halted_has_Halted_said_again()
    {
        _agent.Halted().Receive(new Pause(1, Keep: false));
        Assert.Equal([new NodeEffect.ToCoordinator(Word(HaltReason.Paused))], _agent.Effects);
    }

    [Fact]
    public void Disk_that_takes_nothing_at_a_pause_fails_the_formation_with_that_line()
    {
        _agent.Halted().Receive(new Pause(1, Keep: true));
        _agent.Step(new NodeEvent.FormationFailed(1, "No space left on device"));
        Assert.Equal([new FormingFailed(1, "node-1", "No space left on device")], _agent.Said);
        Assert.Contains(new NodeEffect.StopFormation(1), _agent.Effects);
    }

    [Fact]
    public void Failure_that_was_lost_on_its_way_is_said_again_to_a_coordinator_that_goes_on_asking()
    {
        _agent.Halted().Receive(new Pause(1, Keep: true));
        _agent.Step(new NodeEvent.FormationFailed(1, "No space left on device"));
        _agent.Receive(new Pause(1, Keep: true));
        Assert.Equal([new FormingFailed(1, "node-1", "No space left on device")], _agent.Said);
    }

    [Fact]
    public void Run_that_is_done_is_looked_at_and_written()
    {
        _agent.Running().Step(Ended(NodeRunEnd.Done));
        Assert.Equal(
            LookTaken.LastLook,
            Assert.Single(_agent.Effects.OfType<NodeEffect.LookNow>()).Take.Number
        );
        Assert.Equal([new NodeEffect.WriteFrozen(1, 12)], _agent.Step(Frozen()).Effects);
        _agent.Step(new NodeEvent.FrozenWritten(1, Part));
        Assert.Equal([Word(HaltReason.Done, Part)], _agent.Said);
    }

    [Fact]
    public void Entity_that_breaks_the_run_is_named_with_its_event()
    {
        _agent.Running().Step(Ended(NodeRunEnd.Broke));
        Halted broken = Word(
            HaltReason.Broken,
            null,
            word => word with { What = "it broke", BrokeAt = new BrokenAt(499, 3, 7) }
        );
        Assert.Equal([new NodeEffect.ToCoordinator(broken)], _agent.Effects);
    }

    [Fact]
    public void Run_that_broke_elsewhere_has_no_line_of_its_own()
    {
        _agent.Running().Step(Ended(NodeRunEnd.BrokeElsewhere));
        Assert.Equal([Word(HaltReason.Broken)], _agent.Said);
    }

    [Fact]
    public void Crash_is_told_unless_the_node_ends()
    {
        _agent.Running().Step(Ended(NodeRunEnd.Crashed));
        Assert.Equal(
            [Word(HaltReason.Crashed, null, word => word with { What = "it broke" })],
            _agent.Said
        );
        ScriptedAgent ending = new ScriptedAgent().Running();
        ending.Step(new NodeEvent.NodeEnding(true)).Step(Ended(NodeRunEnd.Crashed));
        Assert.Empty(ending.Effects);
    }

    [Fact]
    public void Node_that_has_joined_tells_a_crash()
    {
        _agent.Step(new NodeEvent.NodeEnding(true)).Running();
        _agent.Step(new NodeEvent.NodeEnding(false)).Step(Ended(NodeRunEnd.Crashed));
        Assert.Single(_agent.Said);
    }

    [Fact]
    public void Peer_that_was_lost_is_the_coordinators_to_tell()
    {
        _agent.Running().Step(Ended(NodeRunEnd.PeerLost));
        Assert.Empty(_agent.Effects);
        Assert.Equal(NodePhase.Halted, _agent.Report().Phase);
        Assert.Empty(_agent.Receive(Form(1)).Effects);
    }

    [Fact]
    public void Checkpoint_is_asked_of_regions_that_run()
    {
        Assert.Empty(_agent.Receive(Form(1)).Receive(new TakeCheckpoint(1)).Effects);
        _agent.Here("h0").Here("h1").Planned().Receive(new TakeCheckpoint(1));
        Assert.Equal([new NodeEffect.RequestCheckpoint(1)], _agent.Effects);
        _agent.Step(Ended(NodeRunEnd.Paused)).Receive(new TakeCheckpoint(1));
        Assert.Empty(_agent.Effects);
    }

    [Fact]
    public void Look_is_taken_at_a_barrier_while_it_runs_and_at_once_when_it_has_halted()
    {
        _agent.Running().Receive(Look(3));
        Assert.Equal([new NodeEffect.RequestLook(Look(3))], _agent.Effects);
        _agent.Step(Ended(NodeRunEnd.Paused, look: 3));
        Assert.Empty(_agent.Effects.OfType<NodeEffect.LookNow>());
        _agent.Step(Frozen()).Receive(Look(4));
        Assert.Equal([new NodeEffect.LookNow(Look(4))], _agent.Effects);
    }

    /// <summary>When it has heard that the node has halted, the coordinator waits for no look any more.</summary>
    [Fact]
    public void Look_that_waited_for_the_next_barrier_is_taken_before_it_says_that_it_has_halted()
    {
        _agent.Running().Receive(Look(3)).Step(Ended(NodeRunEnd.Paused, look: 2));
        Assert.Equal(
            [new NodeEffect.LookNow(Look(3)), new NodeEffect.FreezeRegions(1)],
            _agent.Effects
        );
    }
}
