using System;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Looks;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Looks;

/// <summary>A machine of which not every part can be seen.</summary>
[Trait("Runs", "Alone")]
public sealed class PartialLookTests
{
    [Fact]
    public async Task Node_that_is_cut_off_is_missing_and_the_others_are_seen_within_two_seconds()
    {
        InProcessCluster cluster = new();
        for (int node = 0; node < 3; node++)
        {
            cluster.Add("cpu", options => options with { Drills = true });
        }
        await using HeldRun run = await HeldRun.At5Milliseconds(cluster);
        LookAnswer whole = await run.Look();
        Assert.Equal((whole.Regions, 4), (whole.Seen, whole.Look!.Hosts.Length));
        string there = string.Join(' ', (await Homes(run, "node-3")).Order(StringComparer.Ordinal));
        Task<LookAnswer> look;
        TimeSpan began;
        using (cluster.Clock.Hold())
        {
            // Too short for anybody to decide that it is dead.
            CommandAnswer cut = await NetworkPartition
                .Parse("node-3|node-1,node-2")
                .Begin(cluster.Door, TimeSpan.FromSeconds(1.6));
            Assert.True(cut.Accepted, cut.What);
            began = cluster.Clock.Elapsed;
            look = run.Look();
        }
        LookAnswer part = await look;
        Assert.InRange((cluster.Clock.Elapsed - began).TotalSeconds, 0.5, 2);
        Assert.Equal("node-3", Assert.Single(part.Missing));
        Assert.Equal(whole.Regions - 1, part.Seen);
        Assert.Null(part.TraceHash);
        string[] seen = [.. part.Look!.Hosts.Select(host => host.Name)];
        Assert.Equal(
            there,
            string.Join(
                ' ',
                whole
                    .Look.Hosts.Select(host => host.Name)
                    .Except(seen, StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)
            )
        );
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    private static async Task<string[]> Homes(HeldRun run, string node)
    {
        ClusterStatus status = await run.Cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
        return [.. status.Cells.Where(cell => cell.Node == node).Select(cell => cell.Cell)];
    }
}
