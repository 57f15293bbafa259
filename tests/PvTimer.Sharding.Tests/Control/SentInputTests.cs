using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Wire;
using static PvTimer.Sharding.Tests.Control.ScriptedCoordinator;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>What a run is made from goes to those that lack it, part by part.</summary>
public sealed class SentInputTests
{
    private const string Sha256 = "hash";

    private readonly ScriptedAgent _agent = new();

    private static InputParcel Part(
        int offset,
        int total = 3,
        int bytes = 1,
        string sha256 = Sha256
    ) => new(sha256, total, offset, new byte[bytes]);

    [Fact]
    public void Node_that_lacks_inputs_asks_for_one_part_after_the_other_and_makes_its_plan_then()
    {
        Lacking();
        Assert.Equal([new AskInputs(1, "node-1", 0)], _agent.Said);
        Assert.Equal([new AskInputs(1, "node-1", 1)], _agent.Receive(Part(0)).Said);
        // Twice, too early, and of something else.
        Assert.Empty(_agent.Receive(Part(0)).Effects);
        Assert.Empty(_agent.Receive(Part(2)).Effects);
        Assert.Empty(_agent.Receive(Part(1, sha256: "another")).Effects);
        _agent.Receive(Part(1, bytes: 2));
        Assert.Equal(
            3,
            Assert.IsType<NodeEffect.TakeInputs>(Assert.Single(_agent.Effects)).Content.Length
        );
        _agent.Here("h0").Here("h1").Planned();
        Assert.Contains(_agent.Effects, effect => effect is NodeEffect.StartRegions);
    }

    [Fact]
    public void Part_that_does_not_come_is_asked_for_again()
    {
        Lacking();
        _agent.Receive(Part(0));
        Assert.Empty(Waited(0.9).OfType<AskInputs>());
        Assert.Equal([new AskInputs(1, "node-1", 1)], Waited(0.2).OfType<AskInputs>());
    }

    [Theory]
    [InlineData(InputParcels.MostBytes + 1, 1, "accepted: 1 to 256000000")]
    [InlineData(0, 1, "accepted: 1 to 256000000")]
    [InlineData(3, 0, "0 came after 0")]
    [InlineData(3, 4, "4 came after 0")]
    public void Part_that_cannot_be_one_fails_the_formation(int total, int bytes, string what)
    {
        Lacking();
        _agent.Receive(Part(0, total, bytes));
        FormingFailed failed = Assert.IsType<FormingFailed>(Assert.Single(_agent.Said));
        Assert.Contains(what, failed.What, StringComparison.Ordinal);
        Assert.Empty(_agent.Receive(Part(0)).Effects);
    }

    [Fact]
    public void Size_that_a_peer_says_takes_no_memory()
    {
        InputParcels parcels = new(Sha256);
        InputParcel first = Part(0, InputParcels.MostBytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(parcels.Add(first, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.NotNull(parcels.Add(Part(1, total: 3), out _));
    }

    [Fact]
    public void Nodes_of_the_formation_are_sent_what_they_ask_for_and_others_nothing()
    {
        ScriptedCoordinator script = WithRun();
        script.Hear(new AskInputs(1, "node-9", 0));
        script.Hear(new AskInputs(2, "node-2", 0));
        Assert.False(script.HasAsked);
        script.Hear(new AskInputs(1, "node-2", 7));
        Assert.Equal(new DiskRequest.ReadInputs(Spec, Sha256, 7) { Writer = 1 }, Read(script));
        script.Answer(new DiskAnswer.InputsRead(Part(7)));
        (string node, InputParcel part) = Assert.Single(script.Told<InputParcel>());
        Assert.Equal(("node-2", 7), (node, part.Offset));

        static DiskRequest.ReadInputs Read(ScriptedCoordinator script)
        {
            var read = Assert.IsType<DiskRequest.ReadInputs>(script.Asked);
            return read with { Run = Spec };
        }
    }

    [Fact]
    public void Node_whose_inputs_cannot_be_sent_has_failed_and_the_line_says_why()
    {
        ScriptedCoordinator script = WithRun();
        script.Hear(new AskInputs(1, "node-2", 0));
        script.Answer(new DiskAnswer.Failed("too many bytes", IsLasting: true));
        Assert.IsType<DiskRequest.PrepareRestore>(script.Asked);
        script.Answer(Restored(2));
        Assert.Contains(
            "node-2: too many bytes",
            script.Run.History.Last,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Coordinator_that_lacks_inputs_takes_them_from_the_client()
    {
        ScriptedCoordinator script = Wanting();
        Assert.Equal(new WantedInputs(Sha256, 0), Status(script).Wanted);
        Assert.Equal(
            "waits for the scenario and its recordings, which the coordinator's node lacks",
            script.What
        );
        script.Hear(Part(0) with { Run = Spec.Id });
        Assert.Equal(new WantedInputs(Sha256, 1), Status(script).Wanted);
        script.Hear(Part(1, bytes: 2) with { Run = Spec.Id });
        Assert.Equal(3, Assert.IsType<DiskRequest.TakeInputs>(script.Asked).Content.Length);
        script.Answer(DiskAnswer.InputsTaken.Instance);
        Assert.IsType<DiskRequest.Open>(script.Asked);
        script.Answer(Opened());
        Assert.Null(Status(script).Wanted);
        script.Answer(Restored(1));
        Assert.Equal(2, script.Told<Form>().Count());
    }

    [Fact]
    public void Inputs_that_nobody_sends_end_the_run_with_a_line_and_those_of_a_disk_that_gets_well_do_not()
    {
        ScriptedCoordinator script = Wanting();
        for (int second = 0; second < 10; second++)
        {
            script.Pass(1.1);
            Assert.IsType<DiskRequest.Open>(script.Asked);
            script.Answer(DiskAnswer.InputsLacking.Instance);
        }
        script.Pass(1.1);
        script.Answer(Opened());
        script.Pass(30);
        Assert.False(script.Run.IsOver);

        script = Wanting();
        while (!script.Run.IsOver)
        {
            script.Pass(1.1);
            if (script.HasAsked)
            {
                script.Answer(DiskAnswer.InputsLacking.Instance);
            }
        }
        Assert.Equal(RunPhase.Broken, script.Run.Phase);
        Assert.Contains(
            "no node and no client has sent it",
            script.Run.Failure,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Successor_that_lacks_inputs_takes_them_from_a_node_of_the_formation()
    {
        ScriptedCoordinator before = WithRun();
        Form form = before.Run.Formation!.Form;
        ScriptedCoordinator script = new();
        script.Members(Seat(1), Seat(2));
        script.Report(Seat(1), NodePhase.Running, epoch: 1);
        script.Report(Seat(2), NodePhase.Running, epoch: 1);
        script.Pass(0.1);
        script.Hear(new Recalled("node-1", 1, form, form));
        script.Hear(new Recalled("node-2", 1, form, form));
        Assert.IsType<DiskRequest.TakeOver>(script.Asked);
        script.Answer(DiskAnswer.InputsLacking.Instance);
        Assert.Equal(
            new AskInputs(1, "node-1", 0),
            Assert.Single(script.Told<AskInputs>()).Message
        );
        script.Hear(new AskCluster());
        script.Hear(Part(0, bytes: 3));
        script.Answer(DiskAnswer.InputsTaken.Instance);
        Assert.IsType<DiskRequest.TakeOver>(script.Asked);
        script.Answer(new DiskAnswer.TakenOver(Machine, [], [], Writer: 2));
        Assert.Equal(RunPhase.Running, script.Run.Phase);
    }

    /// <summary>Of the formation's nodes one lives, and lacks them itself; node-3, which has no cell, has them.</summary>
    [Fact]
    public void Successor_that_lacks_inputs_asks_nodes_that_know_the_formation_without_a_cell_too()
    {
        Form form = WithRun().Run.Formation!.Form;
        ScriptedCoordinator script = new();
        script.Members(Seat(1), Seat(3), Seat(4));
        script.Report(Seat(1), NodePhase.Running, epoch: 1);
        script.Report(Seat(3), epoch: 1, planned: 1);
        script.Report(Seat(4), epoch: 1, planned: 0);
        script.Pass(0.1);
        script.Hear(new Recalled("node-1", 1, form, Planned: null));
        script.Hear(new Recalled("node-3", 1, form, form));
        script.Hear(new Recalled("node-4", 1, form, Planned: null));
        script.Answer(DiskAnswer.InputsLacking.Instance);
        script.Pass(1.1);
        script.Answer(DiskAnswer.InputsLacking.Instance);
        script.Pass(1.1);
        script.Answer(DiskAnswer.InputsLacking.Instance);
        Assert.Equal(
            ["node-1", "node-3", "node-1"],
            script.Told<AskInputs>().Select(told => told.Node),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Node_of_the_formation_sends_the_coordinator_what_it_lacks()
    {
        _agent.Running().Receive(new AskInputs(1, "node-1", 5));
        Assert.Equal(new NodeEffect.ReadInputs(1, 5), Assert.Single(_agent.Effects));
        _agent.Step(new NodeEvent.InputsRead(1, Part(5)));
        Assert.Equal(5, Assert.IsType<InputParcel>(Assert.Single(_agent.Said)).Offset);
    }

    private void Lacking() =>
        _agent
            .Receive(ScriptedAgent.Form(1) with { InputSha256 = Sha256 })
            .Step(new NodeEvent.InputsLacking(1));

    /// <summary>What it says while time passes.</summary>
    private List<IWireMessage> Waited(double seconds)
    {
        List<IWireMessage> said = [];
        for (double passed = 0; passed < seconds - 0.05; passed += 0.1)
        {
            said.AddRange(_agent.Wait(NodeAgent.Interval).Said);
        }
        return said;
    }

    private static ScriptedCoordinator Wanting()
    {
        ScriptedCoordinator script = WithNodes();
        script.Hear(new Submit(Spec, Sha256));
        script.Answer(DiskAnswer.InputsLacking.Instance);
        return script;
    }

    private static RunStatus Status(ScriptedCoordinator script)
    {
        script.Hear(new AskRun(Spec.Id));
        return script
            .Effects.OfType<CoordinatorEffect.Answer>()
            .Select(answer => answer.Message)
            .OfType<RunStatus>()
            .Last();
    }
}
