using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using static PvTimer.Sharding.Tests.Control.ScriptedCoordinator;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>
/// Runs that another coordinator had before, or has for a moment: what the simulation has found, each as the shortest
/// story that shows it.
/// </summary>
public sealed class RunSuccessionTests
{
    private static readonly InjectCommand Event = new("{ stall = h0, for = 1ms }");

    [Fact]
    public void Successor_goes_back_with_the_scenario_that_the_nodes_have()
    {
        ScriptedCoordinator script = new();
        script.Members(Seat(1), Seat(2));
        script.Report(Seat(1), NodePhase.Forming, epoch: 2);
        script.Report(Seat(2), NodePhase.Forming, epoch: 2);
        script.Pass(0.1);
        Assert.NotEmpty(script.Told<Recall>());
        Recalls(script, FormOf(2, "/run/scenario-2-0.conf"));
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [], Writer: 5));
        var restore = Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        Assert.Equal("/run/scenario-2-0.conf", restore.Run.ScenarioFile);
    }

    /// <summary>The last formation's scenario went with the coordinator: nothing of it was acknowledged.</summary>
    [Fact]
    public void Successor_goes_on_from_the_last_formation_that_a_node_could_plan()
    {
        ScriptedCoordinator script = Successor();
        Form last = FormOf(3, "/run/scenario-3-0.conf");
        script.Hear(new Recalled("node-2", 3, last, Planned: null));
        Assert.False(script.HasAsked);
        script.Hear(new Recalled("node-1", 3, last, FormOf(2, "/run/scenario-2-0.conf")));
        var taken = Assert.IsType<DiskRequest.TakeOver>(script.Asked);
        Assert.Equal("/run/scenario-2-0.conf", taken.Run.ScenarioFile);
    }

    [Fact]
    public void Successor_of_a_run_that_is_over_takes_none_up_though_a_node_has_not_heard_of_its_end()
    {
        ScriptedCoordinator script = Successor();
        script.Hear(new Recalled("node-2", 3, FormOf(3, "/run/scenario-3-0.conf"), Planned: null));
        script.Hear(new Recalled("node-1", 3, Form: null, Planned: null));
        Assert.False(script.HasAsked);
        script.Hear(new Submit(Spec, Machine.InputSha256));
        Assert.Equal(
            Spec.ScenarioFile,
            Assert.IsType<DiskRequest.Open>(script.Asked).Run.ScenarioFile
        );
    }

    /// <summary>
    /// One node could plan formation 3, and may die before it has sent what that is made from: the other could not, so that
    /// nothing of it was acknowledged.
    /// </summary>
    [Fact]
    public void Successor_goes_on_from_what_all_nodes_could_plan_where_directories_are_not_shared()
    {
        Assert.Equal("/run/scenario-2-0.conf", TakenOverBy(third: 2));
        Assert.Equal("/run/scenario-3-0.conf", TakenOverBy(third: 3));

        static string TakenOverBy(long third)
        {
            ScriptedCoordinator script = Successor();
            script.Hear(new Recalled("node-1", 3, Apart(3), Apart(third)));
            script.Hear(new Recalled("node-2", 3, Apart(3), Apart(3)));
            return Assert.IsType<DiskRequest.TakeOver>(script.Asked).Run.ScenarioFile;
        }

        static Form Apart(long epoch) =>
            FormOf(epoch) with
            {
                Seats =
                [
                    Seat(1) with
                    {
                        HasOwnDirectory = true,
                    },
                    Seat(2) with
                    {
                        HasOwnDirectory = true,
                    },
                ],
            };
    }

    /// <summary>A node of the formation could not plan it: nothing of it was acknowledged, and it is begun again.</summary>
    [Fact]
    public void First_formation_that_only_a_learner_could_plan_is_given_up()
    {
        ScriptedCoordinator script = Successor();
        Form form = FormOf(3) with { Seats = [Seat(1) with { HasOwnDirectory = true }] };
        script.Hear(new Recalled("node-1", 3, form, Planned: null));
        script.Hear(new Recalled("node-2", 3, form, form));
        Assert.False(script.HasAsked);
        Assert.Equal(2, script.Told<Dissolve>().Count());
    }

    [Fact]
    public void Formation_whose_nodes_have_all_gone_is_gone_on_from_by_a_learner()
    {
        ScriptedCoordinator script = new();
        script.Members(Seat(2));
        script.Report(Seat(2), NodePhase.Idle, epoch: 3);
        script.Pass(0.1);
        Form form = FormOf(3) with { Seats = [Seat(1) with { HasOwnDirectory = true }] };
        script.Hear(new Recalled("node-2", 3, form, form));
        Assert.IsType<DiskRequest.TakeOver>(script.Asked);
    }

    /// <summary>Its client has not heard of the end, nor of the commands that were acknowledged before.</summary>
    [Fact]
    public void Run_that_is_submitted_again_after_its_end_has_what_was_commanded_of_it()
    {
        ScriptedCoordinator script = Successor();
        Form ended = FormOf(3, "/run/scenario-3-0.conf");
        ended = ended with { Run = ended.Run with { Commands = 4 } };
        script.Hear(new Recalled("node-1", 3, Form: null, ended));
        script.Hear(new Recalled("node-2", 3, Form: null, ended));
        script.Hear(new Submit(Spec, "as it was first"));
        var open = Assert.IsType<DiskRequest.Open>(script.Asked);
        Assert.Equal(
            (Spec.Id, "/run/scenario-3-0.conf", 4, Machine.InputSha256),
            (open.Run.Id, open.Run.ScenarioFile, open.Run.Commands, open.InputSha256)
        );
    }

    [Fact]
    public void Stop_that_was_acknowledged_before_the_run_had_to_form_again_is_kept_by_the_successor()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(new StopCommand("run"));
        script.Answer(new DiskAnswer.Written(Accepted(2)));
        script.Hear(new FormingFailed(1, "node-2", "no space"));
        script.Answer(Restored(2));
        Assert.All(script.Told<Form>(), told => Assert.True(told.Message.Stop));
        script = new ScriptedCoordinator();
        script.Members(Seat(1), Seat(2));
        script.Report(Seat(1), NodePhase.Running, epoch: 2);
        script.Report(Seat(2), NodePhase.Running, epoch: 2);
        script.Pass(0.1);
        Recalls(script, FormOf(2, Spec.ScenarioFile, stop: true));
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [], Writer: 5));
        Assert.All(script.Told<Pause>(), told => Assert.True(told.Message.Keep));
        Assert.NotEmpty(script.Told<Pause>());
    }

    [Fact]
    public void Event_that_another_coordinator_acknowledges_while_the_result_is_written_is_not_lost()
    {
        ScriptedCoordinator script = WithRun();
        script.Halt(1, HaltReason.Done, 20_000_000);
        script.Answer(new DiskAnswer.Failed("taken over", IsLasting: false, IsDeposed: true));
        script.Pass(1.1);
        DiskRequest retry = script.Asked;
        Assert.IsType<DiskRequest.Commit>(retry);
        script.Answer(new DiskAnswer.Failed("taken over", IsLasting: false, IsDeposed: true));
        Assert.IsType<DiskRequest.TakeOver>(script.Asked);
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [Accepted(7)], Writer: 8));
        script.Pass(1.1);
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [], Writer: 9));
        var again = Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        Assert.Equal(7, Assert.Single(again.Events).Number);
    }

    [Fact]
    public void Run_that_another_coordinator_has_brought_to_its_end_is_over_for_one_that_takes_it_back()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(Event);
        script.Answer(new DiskAnswer.Failed("taken over", IsLasting: false, IsDeposed: true));
        script.Pass(1.1);
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [], Writer: 8, Result()));
        Assert.Equal(RunPhase.Done, script.Run.Phase);
        script.Forget();
        script.Command(Event);
        Assert.False(Assert.Single(script.Answers).Accepted);
    }

    [Fact]
    public void Run_that_was_stopped_before_it_had_begun_stays_so_when_it_is_submitted_once_more()
    {
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, ScriptedCoordinator.Machine.InputSha256));
        AcceptedCommand stop = Given(2, new StopCommand("run"));
        script.Answer(Opened() with { Since = [stop] });
        Assert.Equal(RunPhase.Stopped, script.Run.Phase);
        script = WithNodes();
        RunSpec resumed = Spec with { Id = "again" };
        script.Hear(new Submit(resumed, ScriptedCoordinator.Machine.InputSha256));
        script.Answer(Opened(resumed) with { Since = [stop] });
        Assert.False(script.Run.IsOver);
    }

    [Fact]
    public void Resumed_run_says_which_commands_its_checkpoint_contains()
    {
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, ScriptedCoordinator.Machine.InputSha256));
        RunSpec before = Spec with { Commands = 7 };
        script.Answer(Opened() with { Run = before });
        script.Answer(Restored(4) with { Run = before });
        Assert.All(script.Told<Form>(), told => Assert.Equal(7, told.Message.Run.Commands));
    }

    [Fact]
    public void Resumed_run_that_goes_back_keeps_the_scenario_with_the_events_in_it()
    {
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, ScriptedCoordinator.Machine.InputSha256));
        RunSpec withEvent = Spec with { ScenarioFile = "/run/scenario-2-0.conf", Commands = 7 };
        script.Answer(Opened() with { Run = withEvent, Since = [Accepted(8)] });
        var again = Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        Assert.Equal("/run/scenario-2-0.conf", again.Run.ScenarioFile);
        Assert.Equal(8, Assert.Single(again.Events).Number);
    }

    [Fact]
    public void Event_of_before_the_run_was_resumed_is_known_before_a_command_is_accepted()
    {
        ScriptedCoordinator script = WithNodes();
        RunSpec spec = Spec with { Nodes = 3 };
        script.Hear(new Submit(spec, ScriptedCoordinator.Machine.InputSha256));
        script.Answer(Opened(spec) with { Since = [Accepted(2)] });
        script.Command(new HoldCommand("run", "9ms"));
        script.Answer(new DiskAnswer.Written(Accepted(4)));
        Assert.Equal(2, Assert.Single(script.Run.Wishes.Events).Number);
        Assert.Equal(4, script.Run.LastCommand);
    }

    [Fact]
    public void Run_that_is_taken_over_stops_with_a_checkpoint_and_not_as_if_it_had_not_begun()
    {
        ScriptedCoordinator script = new();
        script.Members(Seat(1), Seat(2));
        script.Report(Seat(1), NodePhase.Halted, epoch: 2);
        script.Report(Seat(2), NodePhase.Halted, epoch: 2);
        script.Pass(0.1);
        Recalls(script, FormOf(2, Spec.ScenarioFile));
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [], Writer: 5));
        script.Command(new StopCommand("run"));
        script.Answer(new DiskAnswer.Failed("input/output error", IsLasting: false));
        script.Answer(new DiskAnswer.Written(Accepted(6)));
        Assert.True(Assert.Single(script.Answers).Accepted);
        Assert.False(script.Run.IsOver);
    }

    [Fact]
    public void Coordinator_that_was_deposed_by_one_that_dies_takes_the_run_back_with_all_its_commands()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(Event);
        script.Answer(new DiskAnswer.Failed("taken over", IsLasting: false, IsDeposed: true));
        Assert.False(Assert.Single(script.Answers).Accepted);
        script.Pass(1.1);
        Assert.IsType<DiskRequest.TakeOver>(script.Asked);
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [Accepted(7)], Writer: 8));
        Assert.Equal(7, Assert.Single(script.Run.Wishes.Events).Number);
        Assert.Equal(8, script.Run.Writer);
    }

    [Fact]
    public void What_was_acknowledged_before_the_first_formation_is_taken_up_when_the_run_is_submitted_once_more()
    {
        AcceptedCommand[] all =
        [
            Given(2, new HoldCommand("run", "9ms")),
            Given(3, new PaceCommand("run", "10ms")),
            Given(4, new MoveCommand("h0", "node-2")),
            Given(5, new TravelCommand("run", "3ms")),
        ];
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, ScriptedCoordinator.Machine.InputSha256));
        script.Answer(Opened() with { Since = [.. all] });
        script.Answer(Restored(1));
        Form form = script.Told<Form>().First().Message;
        Assert.Equal(3_000_000, form.HoldAtNanoseconds);
        Assert.Equal(10_000_000, form.NanosecondsPerSecond);
        Assert.Equal("node-2", form.Pins["h0"]);
        Assert.Equal(5, form.Run.Commands);
    }

    [Fact]
    public void What_a_run_was_told_before_its_checkpoint_holds_when_it_is_submitted_once_more_and_not_when_it_is_resumed()
    {
        AcceptedCommand[] told =
        [
            Given(2, new HoldCommand("run", "9ms")),
            Given(3, new PaceCommand("run", "10ms")),
            Accepted(4),
        ];
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, ScriptedCoordinator.Machine.InputSha256));
        RunSpec before = Spec with { Commands = 4 };
        script.Answer(Opened(before) with { Contained = [.. told] });
        Assert.Equal(9_000_000, script.Run.Wishes.HoldAtNanoseconds);
        Assert.Equal(10_000_000, script.Run.Wishes.NanosecondsPerSecond);
        Assert.Empty(script.Run.Wishes.Events);
        script = WithNodes();
        RunSpec resumed = Spec with { Id = "again" };
        script.Hear(new Submit(resumed, ScriptedCoordinator.Machine.InputSha256));
        script.Answer(Opened(resumed) with { Since = [.. told] });
        Assert.Null(script.Run.Wishes.HoldAtNanoseconds);
        Assert.Null(script.Run.Wishes.NanosecondsPerSecond);
        Assert.Equal(4, Assert.Single(script.Run.Wishes.Events).Number);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Node_that_was_told_to_drain_gets_no_cells_from_the_successor_and_another_process_of_its_name_does(
        bool isSameProcess
    )
    {
        ScriptedCoordinator script = WithRun();
        script.Command(new DrainCommand("node-2"));
        var written = Assert.IsType<DiskRequest.WriteCommand>(script.Asked);
        AcceptedCommand drain = new(2, Spec.FirstId, written.Command, 0, Spec.Id);
        script.Answer(new DiskAnswer.Written(drain));
        Assert.True(Assert.Single(script.Answers).Accepted);
        script = new ScriptedCoordinator();
        ClusterSeat second = Seat(2, isSameProcess ? 0 : 1);
        script.Members(Seat(1), second);
        script.Report(Seat(1), NodePhase.Running, epoch: 2);
        script.Report(second, NodePhase.Idle);
        script.Pass(0.1);
        Recalls(script, FormOf(2, Spec.ScenarioFile));
        script.Answer(new DiskAnswer.TakenOver(Machine, [drain], [], Writer: 5));
        script.Answer(Restored(3));
        Form form = script.Told<Form>().First().Message;
        Assert.Equal(isSameProcess, form.Seats.All(seat => seat.Name == "node-1"));
    }

    [Fact]
    public void Node_that_was_told_to_leave_leaves_though_its_coordinator_has_died()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(new LeaveCommand("node-2"));
        var written = Assert.IsType<DiskRequest.WriteCommand>(script.Asked);
        AcceptedCommand leave = new(2, Spec.FirstId, written.Command, 0, Spec.Id);
        script = WithNodes();
        script.Hear(new Submit(Spec, ScriptedCoordinator.Machine.InputSha256));
        script.Answer(Opened() with { Since = [leave] });
        script.Answer(Restored(1));
        script.Hear(new Formed(1, "node-1", 1000, null));
        script.Report(Seat(1), NodePhase.Running, epoch: 1);
        script.Pass(0.2);
        var left = Assert.Single(script.Effects.OfType<CoordinatorEffect.LetLeave>());
        Assert.Equal(Seat(2).Address, left.Address);
    }

    [Fact]
    public void Checkpoint_that_was_acknowledged_is_taken_by_the_successor()
    {
        ScriptedCoordinator script = new();
        script.Members(Seat(1), Seat(2));
        script.Report(Seat(1), NodePhase.Running, epoch: 2);
        script.Report(Seat(2), NodePhase.Running, epoch: 2);
        script.Pass(0.1);
        Recalls(script, FormOf(2, Spec.ScenarioFile));
        AcceptedCommand asked = Given(2, new CheckpointCommand());
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [asked], Writer: 5));
        script.Pass(0.2);
        Assert.Equal(2, Assert.Single(script.Told<TakeCheckpoint>()).Message.Epoch);
    }

    private static AcceptedCommand Given(long number, RunCommand command) =>
        new(number, Spec.FirstId, command.Wire, 0, Spec.Id);

    private static CheckpointManifest Result() =>
        new(CheckpointManifest.CurrentVersion, Spec, "hash", 1, 9, 20_000_000, Done: true, [], []);

    private static AcceptedCommand Accepted(long number) =>
        new(number, Spec.FirstId, Event.Wire, EarliestNanoseconds: 5_000_000);

    private static void Recalls(ScriptedCoordinator script, Form form)
    {
        script.Hear(new Recalled("node-1", form.Epoch, form, form));
        script.Hear(new Recalled("node-2", form.Epoch, form, form));
    }
}
