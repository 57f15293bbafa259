using System;
using System.Linq;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using static PvTimer.Sharding.Tests.Control.ScriptedAgent;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>What the coordinator hears of a node several times a second, and of its neighbours.</summary>
public sealed class NodeAgentReportTests
{
    private static readonly NodeProgress Progress = new(
        Epoch: 1,
        Round: 7,
        ReachedNanoseconds: 300,
        Events: 55,
        WaitingFor: "node-2",
        WaitedMilliseconds: 4,
        FrameBytes: 1_234,
        Look: 6,
        MemoryBytes: 80
    );

    private readonly ScriptedAgent _agent = new();

    [Fact]
    public void Report_is_due_with_every_second_interval()
    {
        Assert.Single(_agent.Wait(NodeAgent.Interval).Said);
        Assert.Empty(_agent.Wait(NodeAgent.Interval).Said);
        Assert.Single(_agent.Wait(NodeAgent.Interval * 0.9).Said);
    }

    [Fact]
    public void Report_of_a_node_that_runs_says_how_far_its_regions_are()
    {
        NodeReport report = _agent.Running().Report(Progress);
        ClusterSeat node = report.Seat;
        Assert.Equal("node-1", node.Name);
        Assert.Equal(
            new NodeReport(node, NodePhase.Running, 1, 1, 7, 300, 55, "node-2", 4, 6, 1_234, 2, 80),
            report
        );
    }

    [Fact]
    public void Report_does_not_take_an_older_formations_progress_for_its_own()
    {
        _agent.Running().Receive(Form(2, reached: 200)).Planned(2);
        NodeReport report = _agent.Report(Progress);
        Assert.Equal(
            (NodePhase.Forming, 2L, 0L, 200L, 0L, 6),
            (
                report.Phase,
                report.Epoch,
                report.Round,
                report.ReachedNanoseconds,
                report.FrameBytes,
                report.Look
            )
        );
        Assert.Null(report.WaitingFor);
    }

    /// <summary>It has no cell of it, and knows what the run is all the same.</summary>
    [Fact]
    public void Report_of_a_learner_says_which_formation_it_could_plan()
    {
        Form elsewhere = Form(2) with { Seats = [Seat(2)], Homes = [0, 0] };
        _agent.Receive(elsewhere);
        Assert.Equal((2L, 0L), Known(_agent.Report(Progress)));
        _agent.Planned(2);
        NodeReport report = _agent.Report(Progress);
        Assert.Equal((2L, 2L), Known(report));
        Assert.Equal(NodePhase.Idle, report.Phase);
        _agent.Receive(Form(3));
        Assert.Equal((3L, 2L), Known(_agent.Report(Progress)));

        static (long Epoch, long Planned) Known(NodeReport report) =>
            (report.Epoch, report.Planned);
    }

    [Fact]
    public void Report_of_a_node_that_has_halted_says_where()
    {
        NodeReport report = _agent.Halted().Report(Progress);
        Assert.Equal(
            (NodePhase.Halted, 12L, 500L, 99L),
            (report.Phase, report.Round, report.ReachedNanoseconds, report.Events)
        );
    }

    [Fact]
    public void Processes_of_the_formations_nodes_are_checked_with_each_report()
    {
        _agent.Wait(NodeAgent.ReportInterval);
        Assert.Empty(_agent.Effects.OfType<NodeEffect.CheckProcesses>());
        _agent.Receive(Form(1)).Wait(NodeAgent.ReportInterval);
        Assert.Equal(
            ["node-1", "node-2"],
            Assert
                .Single(_agent.Effects.OfType<NodeEffect.CheckProcesses>())
                .Seats.Select(seat => seat.Name),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Node_whose_process_is_dead_is_declared_dead_once()
    {
        _agent.Receive(Form(1)).Step(new NodeEvent.ProcessFoundDead(Seat(2)));
        Assert.Equal(
            "node-2",
            Assert.IsType<NodeEffect.DownMember>(Assert.Single(_agent.Effects)).Seat.Name
        );
        // The coordinator may not have heard of it yet.
        _agent.Receive(Form(2)).Step(new NodeEvent.ProcessFoundDead(Seat(2)));
        Assert.Empty(_agent.Effects);
    }

    [Fact]
    public void Process_that_came_to_the_address_of_a_dead_one_is_declared_dead_when_it_dies()
    {
        _agent.Receive(Form(1)).Step(new NodeEvent.ProcessFoundDead(Seat(2)));
        Form form = Form(2);
        form = form with
        {
            Seats = [form.Seats[0], form.Seats[1] with { Process = new ProcessMark(77, 5, "") }],
        };
        _agent.Receive(form).Step(new NodeEvent.ProcessFoundDead(form.Seats[1]));
        Assert.Single(_agent.Effects.OfType<NodeEffect.DownMember>());
    }

    [Fact]
    public void Process_that_is_in_no_formation_here_is_left_to_others()
    {
        _agent.Receive(Form(1, seats: [1])).Step(new NodeEvent.ProcessFoundDead(Seat(2)));
        Assert.Empty(_agent.Effects);
    }
}
