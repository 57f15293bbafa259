using System;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Tests.Coordination;

/// <summary>What the coordinator has acknowledged happens, though it dies with the answer.</summary>
[Trait("Runs", "Alone")]
public sealed class AcknowledgedCommandTests
{
    [Fact]
    public async Task Event_happens_once_though_the_coordinator_dies_as_soon_as_it_has_acknowledged_it()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(3, sets: "network.latency=50us");
        await run.Order(ClusterVerb.Inject, subject: "{ migrate = guest-0, to = h3, at = 7ms }");
        await run.Cluster.Kill("node-1");
        await run.Succeeded();
        RunStatus done = await run.Finish();
        string amended = done.Result!.Run.ScenarioFile;
        Assert.NotEqual(run.File, amended, StringComparer.Ordinal);
        Assert.Equal(OneHashTests.Sequential(amended), ClusterResult.Read(done.Result).Outcome);
        Assert.Single(ScenarioReader.Read(amended, []).Events);
    }

    [Fact]
    public async Task Hold_stop_pace_and_move_are_taken_up_by_the_successor()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(3, sets: "network.latency=50us");
        await run.Order(ClusterVerb.Pace, "1s");
        await run.Order(ClusterVerb.Move, subject: "h0", to: "node-2");
        await run.Order(ClusterVerb.Hold, "+1ms");
        await run.Cluster.Kill("node-1");
        RunStatus there = await run.Standing(6_000_000);
        Assert.Equal(6_000_000, there.HoldAtNanoseconds);
        ClusterStatus seen = await run.Cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
        Assert.Equal("node-2", seen.Cells.Single(cell => cell.Cell == "h0").Node);
        Assert.Equal(1_000_000_000, seen.Vitals!.NanosecondsPerSecond);
        await run.Finish();
    }
}
