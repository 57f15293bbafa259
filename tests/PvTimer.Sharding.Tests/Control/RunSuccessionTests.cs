using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
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
        script.Hear(new Recalled("node-1", FormOf(2, "/run/scenario-2-0.conf")));
        script.Answer(new DiskAnswer.TakenOver(Machine, [], Writer: 5));
        var restore = Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        Assert.Equal("/run/scenario-2-0.conf", restore.Run.ScenarioFile);
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
        script.Hear(new Recalled("node-1", FormOf(2, Spec.ScenarioFile, stop: true)));
        script.Answer(new DiskAnswer.TakenOver(Machine, [], Writer: 5));
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
        script.Answer(new DiskAnswer.TakenOver(Machine, [Accepted(7)], Writer: 8));
        script.Pass(1.1);
        script.Answer(new DiskAnswer.TakenOver(Machine, [], Writer: 9));
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
        script.Answer(new DiskAnswer.TakenOver(Machine, [], Writer: 8, Result()));
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
        AcceptedCommand stop = new(2, Spec.FirstId, new StopCommand("run").Wire);
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
        script.Hear(new Recalled("node-1", FormOf(2, Spec.ScenarioFile)));
        script.Answer(new DiskAnswer.TakenOver(Machine, [], Writer: 5));
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
        script.Answer(new DiskAnswer.TakenOver(Machine, [Accepted(7)], Writer: 8));
        Assert.Equal(7, Assert.Single(script.Run.Wishes.Events).Number);
        Assert.Equal(8, script.Run.Writer);
    }

    private static CheckpointManifest Result() =>
        new(CheckpointManifest.CurrentVersion, Spec, "hash", 1, 9, 20_000_000, Done: true, [], []);

    private static AcceptedCommand Accepted(long number) =>
        new(number, Spec.FirstId, Event.Wire, EarliestNanoseconds: 5_000_000);

    private static Form FormOf(long epoch, string scenario, bool stop = false) =>
        new(
            epoch,
            Spec with
            {
                ScenarioFile = scenario,
            },
            Machine.InputSha256,
            [Seat(1), Seat(2)],
            [0, 1],
            StateSource.Beginning,
            0,
            [],
            System.Collections.Immutable.ImmutableDictionary<string, string>.Empty,
            [],
            null,
            null,
            stop
        );
}
