using System;
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

/// <summary>A run that is submitted to nodes that share no directory goes on as far as any of them knows of it.</summary>
public sealed class RecollectionTests
{
    private static readonly ClusterSeat First = Seat(1) with { HasOwnDirectory = true };
    private static readonly ClusterSeat Second = Seat(2) with { HasOwnDirectory = true };

    [Fact]
    public void Latest_that_any_node_has_kept_is_what_goes_on()
    {
        ScriptedCoordinator script = Submitted();
        Assert.Equal("node-1 node-2", Asked(script));
        script.Hear(new RunRecalled("node-1", "run", Kept(7)));
        script.Hear(new RunRecalled("node-2", "another", Kept(99)));
        Assert.False(script.HasAsked);
        script.Hear(new RunRecalled("node-2", "run", Kept(9)));
        var open = Assert.IsType<DiskRequest.Open>(script.Asked);
        Assert.Equal("/run/scenario-9-0.conf", open.Run.ScenarioFile);
        Assert.Equal(("run", 9), (open.Run.Id, open.Run.Commands));
        script.Answer(Opened(open.Run));
        var restore = Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        Assert.True(restore.Epoch >= 9, "a number is given twice");
    }

    [Fact]
    public void What_is_known_of_another_run_that_ended_later_does_not_hide_it()
    {
        ScriptedCoordinator script = WithOwn(NodePhase.Idle, epoch: 30);
        Form other = Kept(30) with { Run = Spec with { FirstId = "another" } };
        script.Hear(new Recalled("node-1", 30, Form: null, other));
        script.Hear(new Recalled("node-2", 30, Form: null, other));
        script.Hear(new Submit(Spec, Machine.InputSha256));
        script.Hear(new RunRecalled("node-1", "run", Kept(7)));
        script.Hear(new RunRecalled("node-2", "run", Kept(7)));
        var open = Assert.IsType<DiskRequest.Open>(script.Asked);
        Assert.Equal("/run/scenario-7-0.conf", open.Run.ScenarioFile);
    }

    /// <summary>A node that has not joined yet may be the only one that knows.</summary>
    [Fact]
    public void Nodes_that_the_run_waits_for_are_asked_as_well()
    {
        ScriptedCoordinator script = new();
        script.Members(First);
        script.Report(First);
        script.Pass(0.1);
        script.Hear(new Submit(Spec, Machine.InputSha256));
        script.Hear(new RunRecalled("node-1", "run", null));
        script.Pass(Recollection.Patience.TotalSeconds + 1);
        Assert.False(script.HasAsked);
        script.Members(First, Second);
        script.Report(Second);
        script.Pass(0.2);
        script.Hear(new RunRecalled("node-2", "run", Kept(7)));
        var open = Assert.IsType<DiskRequest.Open>(script.Asked);
        Assert.Equal("/run/scenario-7-0.conf", open.Run.ScenarioFile);
    }

    /// <summary>The run waits for no other node, but one that knows more comes before it begins.</summary>
    [Fact]
    public void Node_that_comes_before_the_first_formation_is_asked_as_well()
    {
        ScriptedCoordinator script = OpenedAlone();
        SecondComes(script);
        Assert.Equal("node-2", Asked(script));
        Assert.Empty(script.Told<Form>());
        script.Hear(new RunRecalled("node-2", "run", Kept(7)));
        var open = Assert.IsType<DiskRequest.Open>(script.Asked);
        Assert.Equal(("/run/scenario-7-0.conf", 7), (open.Run.ScenarioFile, open.Run.Commands));
        script.Answer(Opened(open.Run));
        Assert.True(Assert.IsType<DiskRequest.PrepareRestore>(script.Asked).Epoch >= 7);
    }

    [Fact]
    public void Node_that_comes_before_the_first_formation_and_knows_nothing_changes_nothing()
    {
        ScriptedCoordinator script = OpenedAlone();
        SecondComes(script);
        script.Hear(new RunRecalled("node-2", "run", null));
        script.Pass(0.1);
        Assert.False(script.HasAsked);
        Assert.Equal(3, script.Told<Form>().First().Message.Epoch);
    }

    [Fact]
    public void Node_that_comes_before_the_first_formation_and_does_not_answer_is_waited_for_as_long_as_any()
    {
        ScriptedCoordinator script = OpenedAlone();
        SecondComes(script);
        script.Pass(Recollection.Patience.TotalSeconds - 1);
        Assert.Empty(script.Told<Form>());
        script.Pass(2);
        Assert.NotEmpty(script.Told<Form>());
    }

    /// <summary>Two commands would have one number.</summary>
    [Fact]
    public void Run_with_commands_that_a_node_with_others_comes_to_is_given_up_with_a_line()
    {
        ScriptedCoordinator script = OpenedAlone();
        HoldCommand hold = new("run", "5ms");
        script.Command(hold);
        SecondComes(script);
        script.Answer(new DiskAnswer.Written(Accepted(1, hold)));
        script.Hear(new RunRecalled("node-2", "run", Kept(7)));
        Assert.Equal((RunPhase.Broken, Recollection.Late), (script.Run.Phase, script.Run.Failure));
    }

    [Fact]
    public void Client_that_knows_more_than_any_node_is_believed()
    {
        ScriptedCoordinator script = Submitted(Spec with { Commands = 12 });
        script.Hear(new RunRecalled("node-1", "run", Kept(7)));
        script.Hear(new RunRecalled("node-2", "run", null));
        var open = Assert.IsType<DiskRequest.Open>(script.Asked);
        Assert.Equal((Spec.ScenarioFile, 12), (open.Run.ScenarioFile, open.Run.Commands));
    }

    [Fact]
    public void Node_of_the_latest_formation_that_has_not_come_back_is_waited_for_by_name_and_not_for_ever()
    {
        ScriptedCoordinator script = Submitted();
        Form kept = Kept(7) with { Seats = [First, Second, Seat(3)] };
        script.Hear(new RunRecalled("node-1", "run", kept));
        script.Hear(new RunRecalled("node-2", "run", kept));
        script.Pass(Recollection.Patience.TotalSeconds - 1);
        Assert.False(script.HasAsked);
        Assert.Equal("waits for node-3 to say what is known of the run", script.What);
        script.Pass(2);
        Assert.IsType<DiskRequest.Open>(script.Asked);
        Assert.Contains("node-3", script.Run.History.Last, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_does_not_begin_again_without_what_its_client_knows_to_be_in_it()
    {
        ScriptedCoordinator script = WithOwn();
        script.Hear(new Submit(Spec, Machine.InputSha256, KnownCommands: 9));
        script.Hear(new RunRecalled("node-1", "run", Kept(7)));
        script.Hear(new RunRecalled("node-2", "run", Kept(8)));
        Assert.Contains("know what was commanded", script.What, StringComparison.Ordinal);
        script.Pass(Recollection.Patience.TotalSeconds - 1);
        Assert.False(script.HasAsked);
        script.Members(First, Second, Seat(3));
        script.Report(Seat(3));
        script.Pass(0.2);
        script.Hear(new RunRecalled("node-3", "run", Kept(9)));
        Assert.IsType<DiskRequest.Open>(script.Asked);
    }

    [Fact]
    public void Run_whose_last_commands_no_node_knows_is_given_up_with_a_line()
    {
        ScriptedCoordinator script = WithOwn();
        script.Hear(new Submit(Spec, Machine.InputSha256, KnownCommands: 9));
        script.Hear(new RunRecalled("node-1", "run", Kept(7)));
        script.Hear(new RunRecalled("node-2", "run", Kept(8)));
        script.Pass(Recollection.Patience.TotalSeconds + 0.2);
        Assert.Equal((RunPhase.Broken, Recollection.Lost), (script.Run.Phase, script.Run.Failure));
    }

    [Fact]
    public void Client_is_told_which_command_all_nodes_have()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(new MoveCommand("h0", "node-2"));
        script.Answer(new DiskAnswer.Written(Accepted(2, new MoveCommand("h0", "node-2"))));
        script.Halt(1, HaltReason.Paused, 5_000_000);
        script.Answer(new DiskAnswer.BarrierPrepared(2, Spec, null, [], []));
        Assert.Equal(0, script.Status.Commands);
        script.Form(2);
        Assert.Equal(2, script.Status.Commands);
    }

    [Fact]
    public void Nodes_that_do_not_answer_are_asked_again_and_those_that_have_are_not()
    {
        ScriptedCoordinator script = Submitted();
        script.Hear(new RunRecalled("node-1", "run", null));
        script.Forget();
        script.Pass(1.2);
        Assert.Equal("node-2", Asked(script));
    }

    [Fact]
    public void Nodes_that_share_a_directory_are_not_asked()
    {
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, Machine.InputSha256));
        Assert.Empty(script.Told<RecallRun>());
        Assert.IsType<DiskRequest.Open>(script.Asked);
    }

    [Fact]
    public void Node_answers_with_what_it_has_in_memory_if_its_disk_has_less()
    {
        ScriptedAgent agent = new();
        agent.Receive(ScriptedAgent.Form(3)).Here("h0").Here("h1").Planned(3);
        agent.Receive(new Dissolve(3));
        RunSpec run = ScriptedAgent.Form(1).Run;
        Assert.Equal([new NodeEffect.ReadKept(run)], agent.Receive(new RecallRun(run)).Effects);
        Assert.Equal(3, Recalled(new NodeEvent.KeptRead(run, null))?.Epoch);
        Assert.Equal(3, Recalled(new NodeEvent.KeptRead(run, ScriptedAgent.Form(2)))?.Epoch);
        Assert.Equal(4, Recalled(new NodeEvent.KeptRead(run, ScriptedAgent.Form(4)))?.Epoch);
        // Of which it sends what it is made from.
        Assert.IsType<NodeEffect.SendInputs>(
            Assert.Single(agent.Receive(new AskInputs(4, "node-1", 0)).Effects)
        );

        Form? Recalled(NodeEvent read) =>
            Assert.IsType<RunRecalled>(Assert.Single(agent.Step(read).Said)).Kept;
    }

    /// <summary>What it is made from went with the coordinator, and no node has a formation before it.</summary>
    [Fact]
    public void First_formation_that_no_node_could_plan_is_given_up_and_its_client_submits_the_run_again()
    {
        ScriptedCoordinator script = WithOwn(NodePhase.Forming, epoch: 3);
        script.Hear(new Recalled("node-1", 3, Kept(3), Planned: null));
        script.Hear(new Recalled("node-2", 3, Kept(3), Planned: null));
        Assert.False(script.HasAsked);
        Assert.Equal(2, script.Told<Dissolve>().Count());
        script.Hear(new Submit(Spec, Machine.InputSha256));
        Assert.Equal("node-1 node-2", Asked(script));
    }

    [Fact]
    public void Run_stops_with_what_was_commanded_before_it_stops()
    {
        ScriptedCoordinator script = WithRun();
        script.Command(new StopCommand("run"));
        script.Answer(new DiskAnswer.Written(Accepted(2, new StopCommand("run"))));
        InjectCommand inject = new("{ stall = h0, for = 1ms }");
        script.Command(inject);
        script.Answer(new DiskAnswer.Written(Accepted(3, inject)));
        script.Halt(1, HaltReason.Paused, 5_000_000);
        var barrier = Assert.IsType<DiskRequest.PrepareBarrier>(script.Asked);
        Assert.Equal(3, Assert.Single(barrier.Events).Number);
        script.Answer(new DiskAnswer.BarrierPrepared(2, Spec, null, [inject.Event], []));
        script.Form(2);
        script.Halt(2, HaltReason.Paused, 5_000_000);
        var commit = Assert.IsType<DiskRequest.Commit>(script.Asked);
        Assert.Equal(3, commit.Manifest.Run.Commands);
    }

    private static AcceptedCommand Accepted(long number, RunCommand command) =>
        new(number, Spec.FirstId, command.Wire, 0, Spec.Id);

    private static ScriptedCoordinator WithOwn(NodePhase phase = NodePhase.Idle, long epoch = 0)
    {
        ScriptedCoordinator script = new();
        script.Members(First, Second);
        script.Report(First, phase, epoch);
        script.Report(Second, phase, epoch);
        script.Pass(0.1);
        return script;
    }

    /// <summary>A run that node-1 alone is enough for; what its first formation needs is being read.</summary>
    private static ScriptedCoordinator OpenedAlone()
    {
        ScriptedCoordinator script = new();
        script.Members(First);
        script.Report(First);
        script.Pass(0.1);
        script.Hear(new Submit(Spec with { Nodes = 1 }, Machine.InputSha256));
        script.Hear(new RunRecalled("node-1", "run", null));
        script.Answer(Opened(Spec with { Nodes = 1 }));
        Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        script.Forget();
        return script;
    }

    /// <summary>And then the disk has read what the first formation needs.</summary>
    private static void SecondComes(ScriptedCoordinator script)
    {
        script.Members(First, Second);
        script.Report(Second);
        script.Pass(0.2);
        script.Answer(Restored(3));
    }

    private static ScriptedCoordinator Submitted(RunSpec? run = null)
    {
        ScriptedCoordinator script = WithOwn();
        script.Hear(new Submit(run ?? Spec, Machine.InputSha256));
        return script;
    }

    private static string Asked(ScriptedCoordinator script) =>
        string.Join(' ', script.Told<RecallRun>().Select(told => told.Node));

    private static Form Kept(long epoch) =>
        ScriptedAgent.Form(epoch) with
        {
            Run = Spec with { ScenarioFile = $"/run/scenario-{epoch}-0.conf", Commands = epoch },
            Seats = [First, Second],
        };
}
