using System;
using System.Threading.Tasks;
using PvTimer.TestKit;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>
/// The network falls apart while virtual time stands still, and stays so for a while of the nodes' time. What is
/// said meanwhile is heard later or never.
/// </summary>
public sealed class PartitionSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    /// <summary>The smaller side ends itself, coordinator or not, and the other restores what it had.</summary>
    [Fact]
    [Trait("Runs", "Alone")]
    public async Task Network_that_falls_apart_for_long_costs_the_smaller_side()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);

        ClusterScriptResult result = await cluster.Run(
            script,
            faults => faults.At(5.Milliseconds()).Checkpoint().Partition("node-1|node-2,node-3")
        );

        result.ShouldEndOn("node-2", "node-3").ShouldHaveHash(hash);
    }

    [Fact]
    [Trait("Runs", "Alone")]
    public async Task Network_that_is_whole_again_soon_costs_nobody()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);

        ClusterScriptResult result = await cluster.Run(
            script,
            faults =>
                faults
                    .At(5.Milliseconds())
                    .Partition("node-1,node-2|node-3", TimeSpan.FromMilliseconds(300))
        );

        result.ShouldEndOn("node-1", "node-2", "node-3").ShouldHaveHash(hash);
    }
}
