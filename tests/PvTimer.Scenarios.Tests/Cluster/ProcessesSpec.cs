using System;
using System.Threading.Tasks;
using PvTimer.TestKit;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Cluster;

/// <summary>
/// The same scripts over processes of this machine, each a "pvtimer node": the pvtimer.dll beside this
/// assembly, unless PVTIMER_NODE names another one.
/// </summary>
[Trait("Runs", "Alone")]
public sealed class ProcessesSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    [Fact]
    public async Task Processes_that_lose_a_host_and_then_one_of_them_give_the_same_hash()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3, Nodes.Processes());

        ClusterScriptResult result = await cluster.Run(
            script,
            faults =>
                faults
                    .At(5.Milliseconds())
                    .Move("h1", to: "node-3")
                    .Checkpoint()
                    .At(8.Milliseconds())
                    .Kill("node-3")
        );

        result.ShouldHaveHash(hash);
        result.ShouldEndOn("node-1", "node-2");
    }

    /// <summary>Nobody can tell it from a dead one until it goes on.</summary>
    [Fact]
    public async Task Process_that_is_stopped_for_a_while_is_waited_for()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 2, Nodes.Processes());

        ClusterScriptResult result = await cluster.Run(
            script,
            faults => faults.At(5.Milliseconds()).Suspend("node-2", TimeSpan.FromMilliseconds(500))
        );

        result.ShouldHaveHash(hash);
        result.ShouldEndOn("node-1", "node-2");
    }
}
