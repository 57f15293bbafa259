using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Tasks;
using PvTimer.TestKit;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>Nodes in this process live by a clock of their own: what they wait for takes its time, and not the wall's.</summary>
public sealed class ClusterClockSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    private readonly ITestOutputHelper _output = output;

    /// <summary>The minute of a partition is over long before the sides have waited for it on the wall.</summary>
    [Theory]
    [InlineData("kill", 2)]
    [InlineData("partition", 5)]
    [InlineData("long", 60)]
    public async Task Lost_nodes_are_missed_after_seconds_of_the_clusters_time(string what, int seconds)
    {
        (Scenario script, string hash) = Played();
        InProcessCluster nodes = new();
        await using ClusterScript cluster = Cluster(nodes: 3, on: nodes);
        TimeSpan began = nodes.Clock.Elapsed;
        long wall = Stopwatch.GetTimestamp();

        ClusterScriptResult result = await cluster.Run(
            script,
            faults =>
            {
                ClusterMoment at = faults.At(5.Milliseconds()).Checkpoint();
                _ =
                    what == "kill"
                        ? at.Kill("node-3")
                        : at.Partition("node-3|node-1,node-2");
            }
        );
        if (what == "long")
        {
            await Task.Delay(TimeSpan.FromMinutes(1), nodes.Clock);
        }

        TimeSpan passed = nodes.Clock.Elapsed - began;
        _output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{passed.TotalSeconds:0.00} s of the cluster's time in {Stopwatch.GetElapsedTime(wall).TotalSeconds:0.00} s of the wall's"
            )
        );
        result.ShouldEndOn("node-1", "node-2").ShouldHaveHash(hash);
        Assert.True(passed > TimeSpan.FromSeconds(seconds), $"{passed}");
    }
}
