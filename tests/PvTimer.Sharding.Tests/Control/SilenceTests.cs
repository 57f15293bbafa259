using System.Linq;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using static PvTimer.Sharding.Tests.Control.ScriptedCoordinator;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>Nodes whose process lives, and which say nothing.</summary>
public sealed class SilenceTests
{
    [Fact]
    public void Node_that_says_nothing_though_its_process_lives_is_declared_dead()
    {
        ScriptedCoordinator script = WithRun();
        script.Silence(Seat(2));
        script.Pass(SilenceWatch.Limit.TotalSeconds - 1);
        Assert.Empty(script.Effects.OfType<CoordinatorEffect.DeclareDead>());
        script.Pass(2);
        Assert.Equal(
            Seat(2).Address,
            Assert.Single(script.Effects.OfType<CoordinatorEffect.DeclareDead>()).Address
        );
        Assert.EndsWith(
            "node-2 has said nothing for 15 s though its process lives: it is declared dead",
            script.Run.History.Last,
            System.StringComparison.Ordinal
        );
    }

    [Fact]
    public void New_coordinator_waits_for_the_report_of_no_node_for_ever()
    {
        ScriptedCoordinator script = new();
        script.Members(Seat(1), Seat(2));
        script.Report(Seat(1), NodePhase.Running, epoch: 1);
        script.Pass(SilenceWatch.Limit.TotalSeconds + 1);
        Assert.Equal(
            Seat(2).Address,
            Assert.Single(script.Effects.OfType<CoordinatorEffect.DeclareDead>()).Address
        );
        Assert.Empty(script.Told<Recall>());
        script.Members(Seat(1));
        script.Pass(0.1);
        Assert.NotEmpty(script.Told<Recall>());
    }

    [Fact]
    public void Coordinator_whose_own_process_stood_still_blames_no_node()
    {
        ScriptedCoordinator script = WithRun();
        script.StandStill(60);
        script.Pass(1);
        Assert.Empty(script.Effects.OfType<CoordinatorEffect.DeclareDead>());
    }
}
