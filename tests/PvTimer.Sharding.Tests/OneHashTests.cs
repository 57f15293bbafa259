using System.Threading.Tasks;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests;

/// <summary>The trace hash of the sequential engine, whatever the cluster.</summary>
[Trait("Runs", "Alone")]
public sealed class OneHashTests
{
    internal static readonly string[] FourHosts =
    [
        "duration=20ms",
        "hosts=4",
        "host.cpus=3",
        "host.costs=cascadelake-kvm",
        "vms.0.count=8",
        "vms.0.pin=spread",
    ];

    [Theory]
    [InlineData(1, "pack-by-host")]
    [InlineData(2, "pack-by-host")]
    [InlineData(3, "pack-by-host")]
    [InlineData(3, "spread")]
    [InlineData(3, "dedicated")]
    public async Task Nodes_give_the_hash_of_one_kernel(int nodes, string policy)
    {
        await using InProcessCluster cluster = InProcessCluster.Of(nodes, "cpu", "cpu", "timer");
        string file = cluster.Resolve(
            "exponential.conf",
            [.. FourHosts, "duration=6ms", $"placement.policy={policy}"]
        );
        RunStatus status = await cluster.Run(cluster.Spec(file, "pvtimer"));
        Assert.True(status.Phase == RunPhase.Done, status.ToString());
        ClusterResult result = ClusterResult.Read(status.Result!);
        RunOutcome expected = Sequential(file);
        Assert.Equal(expected, result.Outcome);
    }

    internal static RunOutcome Sequential(string file)
    {
        Scenario scenario = ScenarioReader.Read(file, []);
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, TimerBackends.PvTimer)
        );
        return SequentialEngine.Run(machine, new RunOptions());
    }
}
