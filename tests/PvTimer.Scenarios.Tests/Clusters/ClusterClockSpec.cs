using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Tasks;
using PvTimer.TestKit;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Clusters;

#pragma warning disable PVT0004 // reason: how little the wall's time is, is what is measured

/// <summary>
/// Nodes in this process live by a clock of their own: what they wait for takes its time there, whatever the wall says.
/// </summary>
public sealed class ClusterClockSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    private readonly ITestOutputHelper _output = output;

    [Fact]
    public async Task Killed_node_is_missed_after_seconds_of_the_clusters_time()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);
        long wall = Stopwatch.GetTimestamp();

        ClusterScriptResult result = await cluster.Run(
            script,
            faults => faults.At(5.Milliseconds()).Checkpoint().At(8.Milliseconds()).Kill("node-3")
        );

        Say(result.Took, wall);
        result.ShouldEndOn("node-1", "node-2").ShouldHaveHash(hash);
        Assert.InRange(result.Took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    }

    /// <summary>Two seconds of silence, one of stability, and the survivors wait as long until they take over.</summary>
    [Fact]
    public async Task Partition_is_decided_after_seconds_of_the_clusters_time()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);
        long wall = Stopwatch.GetTimestamp();

        ClusterScriptResult result = await cluster.Run(
            script,
            faults => faults.At(5.Milliseconds()).Checkpoint().Partition("node-1|node-2,node-3")
        );

        Say(result.Took, wall);
        result.ShouldEndOn("node-2", "node-3").ShouldHaveHash(hash);
        Assert.InRange(result.Took, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(30));
    }

    private void Say(TimeSpan passed, long wall) =>
        _output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{passed.TotalSeconds:0.00} s of the cluster's time, {Stopwatch.GetElapsedTime(wall).TotalSeconds:0.00} s of the wall's"
            )
        );
}
