using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Tests.Coordination;

/// <summary>A disk that takes nothing costs checkpoints and orders, not a healthy run.</summary>
[Trait("Runs", "Alone")]
public sealed class LostDiskTests
{
    [Fact]
    public async Task Run_goes_on_without_checkpoints_and_says_so_and_acknowledges_no_order()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2, checkpointMilliseconds: 50);
        await run.Order(ClusterVerb.Pace, "2ms");
        await run.Order(ClusterVerb.Hold);
        await run.Until(status => status.Phase == RunPhase.Running, "running");
        string directory = run.Cluster.CheckpointsOf("pvtimer");
        string away = directory + ".away";
        Directory.Move(directory, away);
        await File.WriteAllTextAsync(directory, "no folder");

        RunStatus without = await run.Until(
            status => status.History.Any(IsWithout),
            "run without checkpoints"
        );
        CommandAnswer answer = await run.Answer(
            ClusterVerb.Inject,
            subject: "{ migrate = guest-0, to = h3 }"
        );
        Assert.False(answer.Accepted);
        Assert.Contains("can be written down", answer.What, StringComparison.Ordinal);
        await Task.Delay(500);

        File.Delete(directory);
        Directory.Move(away, directory);
        await run.Order(ClusterVerb.Pace);
        RunStatus done = await run.Finish();
        Assert.Equal(RunPhase.Running, without.Phase);
        // Said once, however many were due.
        Assert.Single(done.History, IsWithout);
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    private static bool IsWithout(string line) =>
        line.Contains("no checkpoint, and the run goes on without", StringComparison.Ordinal);
}
