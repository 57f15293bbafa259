using System;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.TestKit;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>Nodes that are killed in mid-run: the others go on from a checkpoint, and the hash stays.</summary>
[Trait("Runs", "Alone")]
public sealed class LostNodesSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    [Fact]
    public async Task Killed_node_is_replaced_by_the_others_from_the_last_checkpoint()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);

        ClusterScriptResult result = await cluster.Run(
            script,
            faults => faults.At(5.Milliseconds()).Checkpoint().At(8.Milliseconds()).Kill("node-3")
        );

        result.ShouldEndOn("node-1", "node-2").ShouldHaveHash(hash);
        AssertLine(result, "node-3 was lost", "from the checkpoint of 5 ms");
    }

    /// <summary>Node-1 is the oldest, and the coordinator lives there. Its successor asks what it was told.</summary>
    [Fact]
    public async Task Killed_coordinator_has_a_successor_that_begins_again_without_a_checkpoint()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);

        ClusterScriptResult result = await cluster.Run(
            script,
            faults => faults.At(8.Milliseconds()).Kill("coordinator").At(9.Milliseconds()).Join()
        );

        result.ShouldHaveHash(hash);
        Assert.DoesNotContain("node-1", result.Nodes, StringComparer.Ordinal);
        AssertLine(result, "the coordinator was lost", "from the beginning");
    }

    private static void AssertLine(ClusterScriptResult result, params string[] parts) =>
        Assert.Contains(
            result.History,
            line => parts.All(part => line.Contains(part, StringComparison.Ordinal))
        );
}
