using System;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Model.Backends;
using PvTimer.TestKit;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>
/// A script is stepped here, and then run by three nodes: whatever is done to them meanwhile, its trace hash
/// is the same.
/// </summary>
[Trait("Runs", "Alone")]
public sealed class ClusterSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    [Fact]
    public async Task Three_nodes_give_the_hash_of_one_process()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);

        ClusterScriptResult result = await cluster.Run(script);

        result.ShouldHaveHash(hash).ShouldKeepItsPromises();
        result.ShouldEndOn("node-1", "node-2", "node-3");

        // All numbers are the same, and a cluster runs one script after the other.
        result.ShouldEqual(Run(script));
        ClusterScriptResult other = await cluster.Run(script, backend: TimerBackends.Hrtimer);
        other.ShouldEqual(Run(script, TimerBackends.Hrtimer)).ShouldKeepItsPromises();
        Assert.NotEqual(hash, other.TraceHash, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Host_that_moves_at_5_ms_and_back_at_8_ms_leaves_no_trace()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);

        ClusterScriptResult result = await cluster.Run(
            script,
            faults =>
                faults
                    .At(5.Milliseconds())
                    .Move("h0", to: "node-2")
                    .At(8.Milliseconds())
                    .Move("h0", to: "node-1")
        );

        result.ShouldHaveHash(hash);
        // Virtual time stood still at exactly these instants.
        Assert.Equal(
            [5.Milliseconds(), 8.Milliseconds()],
            result.Faults.Select(fault => fault.At!.Value - Model.Time.VirtualTime.Zero)
        );
    }

    /// <summary>What was called for live is an event of the scenario by now, and happens on the nodes, too.</summary>
    [Fact]
    public async Task What_a_script_did_live_happens_on_the_cluster_at_the_same_instants()
    {
        Clock.AdvanceTo(3.Milliseconds());
        Vm("on-h0-0").MigrateTo(Machine[2]);
        Clock.AdvanceTo(9.Milliseconds());
        Vm("on-h1-0").Vcpu(1).SaveAndRestore();
        Machine[1].TimerCpu.Stall(300.Microseconds());
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 3);

        // h0 leaves its node while one of its VMs is on its way to h2.
        ClusterScriptResult result = await cluster.Run(
            script,
            faults => faults.At(3_100.Microseconds()).Move("h0", to: "node-3")
        );

        result.ShouldHaveHash(hash);
        Run(script with { Events = [] }).ShouldKeepItsPromises();
        Assert.NotEqual(hash, Run(script with { Events = [] }).TraceHash, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Node_that_joins_and_one_that_leaves_make_no_difference()
    {
        (Scenario script, string hash) = Played();
        await using ClusterScript cluster = Cluster(nodes: 2);

        ClusterScriptResult result = await cluster.Run(
            script,
            faults => faults.At(4.Milliseconds()).Join().Leave("node-2")
        );

        result.ShouldHaveHash(hash);
    }
}
