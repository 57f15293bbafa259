using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using static PvTimer.Sharding.Tests.Control.ScriptedCoordinator;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>
/// That a run is over outlives the coordinator whose client has heard so, and what the run was made from does, too: what
/// the simulation has found of it, each as the shortest story that shows it.
/// </summary>
public sealed class RunEndTests
{
    private static readonly CheckpointManifest Last = new(
        CheckpointManifest.CurrentVersion,
        Spec,
        "hash",
        1,
        9,
        500,
        Done: false,
        [],
        []
    );

    private readonly ScriptedAgent _agent = new();

    [Fact]
    public void End_is_told_to_nodes_that_have_no_cells_as_well()
    {
        ScriptedCoordinator script = WithRun();
        script.Members(Seat(1), Seat(2), Seat(3));
        script.Report(Seat(3));
        script.Halt(1, HaltReason.Done, 20_000_000);
        script.Answer(DiskAnswer.Committed.Instance);
        Assert.Equal(
            "node-1 node-2 node-3",
            string.Join(' ', script.Told<Dissolve>().Select(told => told.Node))
        );
    }

    [Fact]
    public void Successor_asks_all_nodes_of_the_latest_formation_whether_it_is_over()
    {
        ScriptedCoordinator script = Successor();
        Form form = Commanded(3);
        script.Hear(new Recalled("node-1", 3, form, form));
        Assert.False(script.HasAsked);
        script.Hear(new Recalled("node-2", 3, Form: null, form));
        Assert.False(script.HasAsked);
        script.Hear(new Submit(Spec with { Id = "another" }, Machine.InputSha256));
        Assert.IsType<DiskRequest.Open>(script.Asked);
    }

    [Fact]
    public void Run_that_goes_on_after_its_end_is_what_the_node_that_heard_most_of_it_knows()
    {
        ScriptedCoordinator script = Successor();
        script.Hear(new Recalled("node-1", 3, Commanded(3), Commanded(2)));
        script.Hear(new Recalled("node-2", 3, Form: null, Commanded(3)));
        script.Hear(new Submit(Spec, "as it was first"));
        var open = Assert.IsType<DiskRequest.Open>(script.Asked);
        Assert.Equal("/run/scenario-3-0.conf", open.Run.ScenarioFile);
        script.Answer(DiskAnswer.InputsLacking.Instance);
        script.Pass(2.1);
        script.Answer(DiskAnswer.InputsLacking.Instance);
        Assert.Equal(
            [("node-1", 3L), ("node-2", 3L)],
            script.Told<AskInputs>().Select(told => (told.Node, told.Message.Epoch)).Take(2)
        );
    }

    [Fact]
    public void Node_that_has_kept_the_last_checkpoint_knows_that_the_run_is_over()
    {
        _agent.Formed();
        KeepCopy keep = new(1, Last, IsLast: true);
        var effect = Assert.IsType<NodeEffect.KeepManifest>(
            Assert.Single(_agent.Receive(keep).Effects)
        );
        _agent.Step(new NodeEvent.ManifestKept(1, effect.Manifest, effect.IsLast));
        Assert.Equal([new CopyKept(1, 9)], _agent.Said);
        Assert.Contains(_agent.Effects, each => each is NodeEffect.StopFormation);
        Assert.Null(Recalled().Form);
        // The answer may have been lost.
        Assert.Equal([new CopyKept(1, 9)], _agent.Receive(keep).Said);
    }

    [Fact]
    public void Node_that_has_kept_a_checkpoint_of_a_run_that_goes_on_goes_on()
    {
        _agent.Formed().Receive(new KeepCopy(1, Last, IsLast: false));
        _agent.Step(new NodeEvent.ManifestKept(1, Last, IsLast: false));
        Assert.Equal([new CopyKept(1, 9)], _agent.Said);
        Assert.NotNull(Recalled().Form);
    }

    [Fact]
    public void End_that_is_heard_twice_or_before_its_form_is_one_end()
    {
        Form ended = ScriptedAgent.Form(1);
        _agent.Receive(ended).Here("h0").Here("h1").Planned();
        _agent.Receive(new Dissolve(2)).Receive(new Dissolve(2)).Receive(ScriptedAgent.Form(2));
        Recalled recalled = Recalled();
        Assert.Equal((2L, null, 1L), (recalled.Epoch, recalled.Form, recalled.Planned?.Epoch));
    }

    [Fact]
    public void Node_sends_what_a_run_that_is_over_was_made_from()
    {
        Form ended = ScriptedAgent.Form(1);
        _agent.Receive(ended).Here("h0").Here("h1").Planned().Receive(new Dissolve(1));
        _agent.Receive(new AskInputs(1, "node-1", 7));
        Assert.Equal([new NodeEffect.SendInputs(ended, 7)], _agent.Effects);
        Assert.Empty(_agent.Receive(new AskInputs(0, "node-1", 7)).Effects);
    }

    /// <summary>It has heard of a later one, whose scenario went with the coordinator: the successor goes on from the one before.</summary>
    [Fact]
    public void Node_sends_what_the_last_formation_that_it_could_plan_was_made_from()
    {
        Form planned = ScriptedAgent.Form(1);
        _agent.Receive(planned).Here("h0").Here("h1").Planned().Receive(ScriptedAgent.Form(2));
        Assert.Equal(1, Recalled().Planned?.Epoch);
        _agent.Receive(new AskInputs(1, "node-1", 7));
        Assert.Equal([new NodeEffect.SendInputs(planned, 7)], _agent.Effects);
    }

    private Recalled Recalled() =>
        (Recalled)
            Assert
                .IsType<NodeEffect.Reply>(Assert.Single(_agent.Receive(Recall.Instance).Effects))
                .Message;

    private static Form Commanded(long epoch)
    {
        Form form = FormOf(epoch);
        return form with { Run = form.Run with { Commands = epoch } };
    }
}
