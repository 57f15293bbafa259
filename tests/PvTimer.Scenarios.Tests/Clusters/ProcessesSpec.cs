using System;
using System.Threading.Tasks;
using PvTimer.TestKit;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>
/// The same scripts over processes of this machine, each a "pvtimer node": the pvtimer.dll beside this
/// assembly, unless PVTIMER_NODE names another one.
/// </summary>
[Trait("Runs", "Alone")]
public sealed class ProcessesSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    [Fact]
    public async Task Processes_that_stop_for_a_while_or_for_ever_give_the_same_hash()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3, Nodes.Processes());

        ClusterScriptResult result = await cluster.Run(
            script,
            faults =>
                faults
                    .At(3.Milliseconds())
                    // Nobody can tell it from a dead one until it goes on.
                    .Suspend("node-2", TimeSpan.FromMilliseconds(500))
                    .At(5.Milliseconds())
                    .Move("h1", to: "node-3")
                    .Checkpoint()
                    .At(8.Milliseconds())
                    .Kill("node-3")
        );

        result.ShouldHaveHash(hash);
        result.ShouldEndOn("node-1", "node-2");
    }
}
