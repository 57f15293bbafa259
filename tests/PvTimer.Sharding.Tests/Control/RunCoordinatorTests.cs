using System;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using static PvTimer.Sharding.Tests.Control.ScriptedCoordinator;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>What the simulation has found, each as the shortest story that shows it.</summary>
public sealed class RunCoordinatorTests
{
    private static readonly InjectCommand Event = new("{ stall = h0, for = 1ms }");

    [Fact]
    public void Run_begins_when_its_nodes_are_there_and_goes_when_all_have_formed()
    {
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, Machine.InputSha256));
        script.Answer(Opened());
        script.Answer(Restored(1));
        Assert.Equal(
            "node-1 node-2",
            string.Join(' ', script.Told<Form>().Select(told => told.Node))
        );
        script.Hear(new Formed(1, "node-1", 1000, null));
        Assert.Empty(script.Told<Go>());
        script.Hear(new Formed(1, "node-2", 1000, null));
        Assert.Equal(
            "node-1 node-2",
            string.Join(' ', script.Told<Go>().Select(told => told.Node))
        );
    }

    [Fact]
    public void Command_is_acknowledged_when_it_is_on_disk_and_not_before()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(Event);
        Assert.IsType<DiskRequest.WriteCommand>(script.Asked);
        Assert.Empty(script.Answers);
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        Assert.True(Assert.Single(script.Answers).Accepted);
    }

    [Fact]
    public void Command_that_cannot_be_written_is_refused_and_not_done()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(Event);
        script.Answer(new DiskAnswer.Failed("no space", IsLasting: false));
        Assert.False(Assert.Single(script.Answers).Accepted);
        Assert.Empty(script.Run.Wishes.Events);
    }

    [Fact]
    public void Event_that_was_acknowledged_in_the_last_round_is_not_lost_with_it()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(Event);
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        script.Halt(1, HaltReason.Done, 20_000_000);
        var again = Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        Assert.Equal(2, Assert.Single(again.Events).Number);
    }

    [Fact]
    public void Command_of_a_run_that_ends_is_refused()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(Event);
        DiskRequest write = script.Asked;
        script.Halt(1, HaltReason.Done, 20_000_000);
        Assert.IsType<DiskRequest.WriteCommand>(write);
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        Assert.False(Assert.Single(script.Answers).Accepted);
        script.Forget();
        script.Command(Event);
        Assert.False(Assert.Single(script.Answers).Accepted);
    }

    [Fact]
    public void Command_that_comes_twice_is_done_once_and_acknowledged_twice()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(Event);
        script.Command(Event);
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        Assert.Equal(2, script.Answers.Count(answer => answer.Accepted));
        Assert.Single(script.Run.Wishes.Events);
    }

    [Theory]
    [InlineData(NodePhase.Running)]
    [InlineData(NodePhase.Halted)]
    public void Frames_that_are_lost_while_it_pauses_have_the_nodes_form_again(NodePhase other)
    {
        ScriptedCoordinator script = WithRun();
        script.Command(new PaceCommand("run", "1ms"));
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        Assert.NotEmpty(script.Told<Pause>());
        string? waits = other == NodePhase.Running ? "node-2" : null;
        script.Report(Seat(1), other, epoch: 1, waits);
        script.Report(Seat(2), NodePhase.Running, epoch: 1, waitingFor: "node-1");
        script.Pass(3.5);
        Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
    }

    [Fact]
    public void Node_that_has_not_heard_Go_is_told_again_while_the_run_pauses()
    {
        ScriptedCoordinator script = WithRun();
        script.Report(Seat(2), NodePhase.Formed, epoch: 1);
        script.Command(new PaceCommand("run", "1ms"));
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        script.Forget();
        script.Pass(1.2);
        Assert.Equal("node-2", Assert.Single(script.Told<Go>()).Node);
    }

    [Fact]
    public void Node_is_missed_though_another_process_has_its_name_already()
    {
        ScriptedCoordinator script = WithRun();
        // The view is ahead of the event, and the new process reports in between.
        script.Members(Seat(1), Seat(2, process: 1));
        script.Report(Seat(2, process: 1));
        script.Gone(Seat(2));
        var restore = Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        script.Answer(Restored(2));
        Assert.Contains("node-2 was lost", script.Run.History.Lines[^1], StringComparison.Ordinal);
        Assert.NotNull(restore);
    }

    [Fact]
    public void Nodes_that_another_coordinator_has_led_away_are_led_back()
    {
        ScriptedCoordinator script = WithRun();
        script.Report(Seat(2), NodePhase.Running, epoch: 4);
        script.Pass(0.1);
        var restore = Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        Assert.Equal(4, restore.Epoch);
    }

    [Fact]
    public void Result_that_cannot_be_read_back_is_computed_again()
    {
        ScriptedCoordinator script = WithRun();
        script.Halt(1, HaltReason.Done, 20_000_000);
        var commit = Assert.IsType<DiskRequest.Commit>(script.Asked);
        Assert.Equal("h0 h1", string.Join(' ', commit.Cells!.Value));
        script.Answer(new DiskAnswer.Failed("damaged", IsLasting: false, IsDamage: true));
        Assert.Equal(RunPhase.Running, script.Run.Phase);
        script.Pass(1.1);
        Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
    }

    [Fact]
    public void Disk_that_fails_is_asked_once_a_second_and_the_run_breaks_after_twenty()
    {
        ScriptedCoordinator script = WithRun();
        script.Halt(1, HaltReason.Done, 20_000_000);
        int asked = 0;
        while (script.Run.Phase != RunPhase.Broken && asked < 100)
        {
            asked++;
            script.Answer(new DiskAnswer.Failed("input/output error", IsLasting: false));
            script.Pass(1.1);
        }
        Assert.Equal(21, asked);
        Assert.Contains(
            "to go on: pvtimer run --resume",
            script.Run.Failure,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Last_node_that_fails_is_tried_for_seconds_and_another_one_at_once()
    {
        ScriptedCoordinator script = WithRun();
        for (int failures = 1; failures <= FailureCount.Most; failures++)
        {
            script.Hear(new FormingFailed(failures, "node-2", "no space"));
            script.Answer(Restored(failures + 1));
        }
        script.Hear(new FormingFailed(FailureCount.Most + 1, "node-2", "no space"));
        script.Answer(Restored(FailureCount.Most + 2));
        Assert.Equal("node-1", Assert.Single(script.Run.Seats).Name);
        for (int failures = 1; failures <= FailureCount.Most; failures++)
        {
            script.Hear(new FormingFailed(script.Run.Formation!.Epoch, "node-1", "no space"));
            script.Answer(Restored(script.Run.Formation.Epoch + 1));
        }
        script.Hear(new FormingFailed(script.Run.Formation!.Epoch, "node-1", "no space"));
        Assert.False(script.HasAsked);
        Assert.False(script.Run.IsOver);
        script.Pass(1.1);
        Assert.True(script.HasAsked);
    }

    [Fact]
    public void What_a_run_waits_for_is_said_with_the_names_of_the_nodes()
    {
        ScriptedCoordinator script = WithNodes();
        RunSpec spec = Spec with { Nodes = 3 };
        script.Hear(new Submit(spec, Machine.InputSha256));
        script.Answer(Opened(spec));
        Assert.Equal("waits for 3 nodes, 2 are there", script.What);
        script = WithNodes();
        script.Hear(new Submit(Spec, Machine.InputSha256));
        script.Answer(Opened());
        script.Answer(Restored(1));
        script.Hear(new Formed(1, "node-1", 1000, null));
        Assert.Null(script.What);
        script.Pass(0.5);
        Assert.Equal("waits for node-2 to take its cells", script.What);
        script.Report(Seat(2), NodePhase.Forming, epoch: 1, waitingFor: "h1");
        Assert.Equal("waits for node-2 (lacks the state of h1) to take its cells", script.What);
        script = WithRun();
        script.Silence(Seat(2));
        script.Pass(1.2);
        Assert.Equal("waits for node-2 (silent)", script.What);
    }

    [Fact]
    public void Run_whose_nodes_were_all_drained_before_it_says_that_it_waits_for_another_one()
    {
        ScriptedCoordinator script = WithNodes();
        script.Command(new DrainCommand("node-1"));
        script.Command(new DrainCommand("node-2"));
        script.Hear(new Submit(Spec, ScriptedCoordinator.Machine.InputSha256));
        script.Answer(Opened());
        script.Answer(Restored(1));
        Assert.Equal("waits for a node that may take cells", script.What);
        script.Members(Seat(1), Seat(2), Seat(3));
        script.Report(Seat(3));
        script.Pass(0.1);
        Assert.Equal("node-3", Assert.Single(script.Told<Form>()).Node);
    }

    [Fact]
    public void Span_counts_from_the_barrier_though_no_node_has_reported_since()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(new HoldCommand("run", "9ms"));
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        script.Halt(1, HaltReason.Paused, 9_000_000);
        script.Command(new HoldCommand("run", At: null));
        script.Answer(new DiskAnswer.Written(Accepted(3)));
        script.Answer(new DiskAnswer.BarrierPrepared(2, Spec, null, [], []));
        Assert.Equal(RunPhase.Forming, script.Run.Phase);
        script.Command(new HoldCommand("run", "+1ms"));
        var write = Assert.IsType<DiskRequest.WriteCommand>(script.Asked);
        Assert.Equal("10ms", write.Command.To);
    }

    [Fact]
    public void Node_that_was_drained_before_the_run_is_not_waited_for()
    {
        ScriptedCoordinator script = WithNodes();
        script.Command(new DrainCommand("node-2"));
        script.Hear(new Submit(Spec, Machine.InputSha256));
        script.Answer(Opened());
        script.Answer(Restored(1));
        Assert.Equal("node-1", Assert.Single(script.Told<Form>()).Node);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void Coordinator_makes_way_if_its_process_has_no_descriptors_and_another_node_is_there(
        bool isOfProcess,
        bool isAnotherThere,
        bool makesWay
    )
    {
        ScriptedCoordinator script = WithRun();
        if (!isAnotherThere)
        {
            script.Members(Seat(1));
        }
        script.Hear(new FormingFailed(1, "node-1", "frames were lost"));
        for (int failure = 0; failure < 6; failure++)
        {
            script.Answer(
                new DiskAnswer.Failed("too many", IsLasting: false, IsOfProcess: isOfProcess)
            );
            script.Pass(1.1);
        }
        Assert.False(script.Run.IsOver);
        Assert.Equal(
            makesWay,
            script
                .Effects.OfType<CoordinatorEffect.DeclareDead>()
                .Any(dead => dead.Address == Seat(1).Address)
        );
    }

    [Fact]
    public void Node_that_leaves_before_the_run_has_begun_is_let_go()
    {
        ScriptedCoordinator script = WithNodes();
        RunSpec spec = Spec with { Nodes = 3 };
        script.Hear(new Submit(spec, Machine.InputSha256));
        script.Answer(Opened(spec));
        script.Command(new LeaveCommand("node-2"));
        script.Answer(new DiskAnswer.Written(Accepted(1)));
        script.Pass(0.1);
        CoordinatorEffect.LetLeave leave = Assert.Single(
            script.Effects.OfType<CoordinatorEffect.LetLeave>()
        );
        Assert.Equal(Seat(2).Address, leave.Address);
    }

    private static AcceptedCommand Accepted(long number) =>
        new(number, Spec.FirstId, Event.Wire, EarliestNanoseconds: 5_000_000);
}
