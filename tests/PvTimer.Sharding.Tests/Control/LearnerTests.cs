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
/// Where directories are not shared, a node without cells that outlives all others goes on with the run: it has to know
/// what was acknowledged.
/// </summary>
public sealed class LearnerTests
{
    private static readonly InjectCommand Event = new("{ stall = h0, for = 1ms }");
    private static readonly ClusterSeat First = Seat(1) with { HasOwnDirectory = true };
    private static readonly ClusterSeat Second = Seat(2) with { HasOwnDirectory = true };

    [Fact]
    public void Node_without_a_cell_is_told_the_formation_until_it_knows_it()
    {
        ScriptedCoordinator script = OnFirstAlone(Second);
        script.Pass(0.1);
        Assert.Equal("node-2", Assert.Single(script.Told<Form>()).Node);
        script.Pass(0.9);
        Assert.Single(script.Told<Form>());
        script.Pass(0.2);
        Assert.Equal(2, script.Told<Form>().Count());
        script.Report(Second, epoch: 1, planned: 1);
        script.Forget();
        script.Pass(3);
        Assert.Empty(script.Told<Form>());
    }

    [Fact]
    public void Command_is_acknowledged_when_a_node_without_a_cell_knows_it_too()
    {
        ScriptedCoordinator script = Commanded(Second);
        script.Report(Second, epoch: 2, planned: 1);
        script.Pass(0.2);
        Assert.Empty(script.Answers);
        script.Report(Second, epoch: 2, planned: 2);
        script.Pass(0.2);
        Assert.True(Assert.Single(script.Answers).Accepted);
    }

    [Fact]
    public void Node_that_has_not_reported_yet_is_one_that_does_not_know()
    {
        ScriptedCoordinator script = Commanded(Second);
        script.Report(Second, epoch: 2, planned: 2);
        script.Members(First, Second, Seat(3));
        script.Pass(0.2);
        Assert.Empty(script.Answers);
        script.Members(First, Second);
        script.Pass(0.2);
        Assert.True(Assert.Single(script.Answers).Accepted);
    }

    /// <summary>A sick node without cells does not keep clients waiting.</summary>
    [Fact]
    public void Node_without_a_cell_that_cannot_know_it_is_not_waited_for()
    {
        ScriptedCoordinator script = Commanded(Second);
        script.Hear(new FormingFailed(2, "node-2", "no space"));
        script.Pass(0.2);
        Assert.True(Assert.Single(script.Answers).Accepted);
        Assert.Equal(2, script.Run.Formation!.Epoch);
    }

    [Fact]
    public void Node_without_a_cell_is_sent_what_the_machine_is_made_from()
    {
        ScriptedCoordinator script = OnFirstAlone(Second);
        script.Hear(new AskInputs(1, "node-2", 7));
        Assert.Equal(7, Assert.IsType<DiskRequest.ReadInputs>(script.Asked).Offset);
        script.Answer(new DiskAnswer.InputsRead(new InputParcel("hash", 9, 7, new byte[2])));
        Assert.Equal("node-2", Assert.Single(script.Told<InputParcel>()).Node);
    }

    [Fact]
    public void Node_without_a_cell_that_cannot_be_sent_it_is_not_waited_for_and_the_run_goes_on()
    {
        ScriptedCoordinator script = Commanded(Second);
        script.Hear(new AskInputs(2, "node-2", 0));
        script.Answer(new DiskAnswer.Failed("it is too large", IsLasting: true));
        script.Pass(0.2);
        Assert.True(Assert.Single(script.Answers).Accepted);
        Assert.Equal((RunPhase.Running, 2), (script.Run.Phase, script.Run.Formation!.Epoch));
    }

    [Fact]
    public void Nodes_that_share_the_disk_need_not_be_told()
    {
        ScriptedCoordinator script = OnFirstAlone(Seat(2), Seat(1));
        script.Pass(3);
        Assert.Empty(script.Told<Form>());
    }

    /// <summary>Its run is on node-1, and an event has been commanded: formation 2 has it.</summary>
    private static ScriptedCoordinator Commanded(ClusterSeat second)
    {
        ScriptedCoordinator script = OnFirstAlone(second);
        script.Report(second, epoch: 1, planned: 1);
        script.Command(Event);
        script.Answer(new DiskAnswer.Written(new AcceptedCommand(1, Spec.Id, Event.Wire)));
        script.Hear(
            new Halted(1, "node-1", HaltReason.Paused, 9, 5_000_000, 1, null, null, null, null)
        );
        RunSpec withEvent = Spec with { Commands = 1 };
        script.Answer(new DiskAnswer.BarrierPrepared(2, withEvent, null, [Event.Wire.Subject], []));
        Assert.Equal(2, script.Run.Formation!.Epoch);
        script.Hear(new Formed(2, "node-1", 1000, null));
        script.Report(First, NodePhase.Running, epoch: 2, planned: 2);
        script.Forget();
        return script;
    }

    /// <summary>A run that runs on node-1 in formation 1; node-2 has been told to take no cells.</summary>
    private static ScriptedCoordinator OnFirstAlone(ClusterSeat second, ClusterSeat? first = null)
    {
        ScriptedCoordinator script = new();
        ClusterSeat living = first ?? First;
        script.Members(living, second);
        script.Report(living);
        script.Report(second);
        script.Pass(0.1);
        script.Command(new DrainCommand("node-2"));
        script.Hear(new Submit(Spec, Machine.InputSha256));
        if (first is null)
        {
            script.Hear(new RunRecalled("node-1", Spec.Id, Kept: null));
            script.Hear(new RunRecalled("node-2", Spec.Id, Kept: null));
        }
        script.Answer(Opened());
        script.Answer(Restored(1));
        script.Hear(new Formed(1, "node-1", 1000, null));
        script.Report(living, NodePhase.Running, epoch: 1, planned: 1);
        Assert.Equal(RunPhase.Running, script.Run.Phase);
        script.Forget();
        return script;
    }
}
