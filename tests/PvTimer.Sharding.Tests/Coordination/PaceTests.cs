using System;
using System.Diagnostics;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Tests.Coordination;

/// <summary>The pace of virtual time, measured, and what a young coordinator knows of it.</summary>
[Trait("Runs", "Alone")]
public sealed class PaceTests
{
    /// <summary>15 ms of virtual time, of which 10 ms may pass in a second.</summary>
    [Fact]
    public async Task Paced_run_takes_as_long_as_its_pace_says()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2);
        await run.Order(ClusterVerb.Pace, "10ms");
        long began = Stopwatch.GetTimestamp();
        RunStatus done = await run.Finish();
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        Assert.InRange(took.TotalSeconds, 1.4, 4);
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    /// <summary>Whatever people said of the run is known to its nodes, and outlives the one who was told.</summary>
    [Fact]
    public async Task Pace_and_hold_outlive_the_coordinator()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(3, checkpointMilliseconds: 1);
        await run.Order(ClusterVerb.Pace, "20ms");
        await run.Order(ClusterVerb.Hold, "18ms");
        RunStatus running = await run.Until(
            status => status is { Phase: RunPhase.Running, HoldAtNanoseconds: 18_000_000 },
            "running"
        );
        await run.Cluster.Kill("node-1");
        await run.Until(status => status.Epoch > running.Epoch, "restored run");
        await run.Standing(18_000_000);
        ClusterStatus status = await run.Cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
        Assert.Equal(20_000_000, status.Vitals!.NanosecondsPerSecond);
        await run.Order(ClusterVerb.Pace);
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }
}
