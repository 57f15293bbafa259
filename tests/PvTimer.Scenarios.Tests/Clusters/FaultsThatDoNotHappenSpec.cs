using System;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.ActorTime;
using PvTimer.Model.Time;
using PvTimer.TestKit;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>A script whose faults did not happen has shown nothing, so it fails and says why.</summary>
[Trait("Runs", "Alone")]
public sealed class FaultsThatDoNotHappenSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    [Theory]
    [InlineData("kill:node-2@20ms: not done: the run was over", 20, "node-2")]
    [InlineData("there will be no 'node-7'; accepted: node-1 to node-2", 5, "node-7")]
    public async Task Fault_that_does_not_happen_fails_the_script(
        string why,
        int milliseconds,
        string node
    )
    {
        (Scenario script, _) = Played();
        await using ClusterScript cluster = Cluster(nodes: 2);

        ScriptException failure = await Assert.ThrowsAsync<ScriptException>(() =>
            cluster.Run(script, faults => faults.At(milliseconds.Milliseconds()).Kill(node))
        );

        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Move_of_what_is_not_there_fails_the_script()
    {
        (Scenario script, _) = Played();
        await using ClusterScript cluster = Cluster(nodes: 2);

        ScriptException failure = await Assert.ThrowsAsync<ScriptException>(() =>
            cluster.Run(script, faults => faults.At(5.Milliseconds()).Move("h9", to: "node-1"))
        );

        Assert.Contains(
            "there is no 'h9'; accepted: h0, h1, h2",
            failure.Message,
            StringComparison.Ordinal
        );
    }

    /// <summary>A run of which more is left than the script's patience takes is stopped at a barrier.</summary>
    [Fact]
    public async Task Run_that_is_not_waited_for_any_more_is_stopped()
    {
        (Scenario script, _) = Played();
        await using ClusterScript cluster = Cluster(nodes: 2);
        using CancellationTokenSource over = new();
        Scenario endless = script with { Duration = VirtualDuration.FromMilliseconds(1_000_000) };

        Task<ClusterScriptResult> run = cluster.Run(endless, cancel: over.Token);
        await over.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => run);
        // The nodes are free.
        await cluster.Run(script);
    }

    [Fact]
    public async Task Node_in_this_process_cannot_be_suspended()
    {
        (Scenario script, _) = Played();
        await using ClusterScript cluster = Cluster(nodes: 2);

        ScriptException failure = await Assert.ThrowsAsync<ScriptException>(() =>
            cluster.Run(
                script,
                faults =>
                    faults.At(5.Milliseconds()).Suspend("node-2", TimeSpan.FromMilliseconds(100))
            )
        );

        Assert.Contains("accepted: Nodes.Processes()", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_program_is_named_with_what_is_accepted()
    {
        ScriptException failure = Assert.Throws<ScriptException>(() =>
            Nodes.Processes("no/such/pvtimer.dll")
        );
        Assert.Equal(
            "there is no no/such/pvtimer.dll; accepted: a path given to Processes(), or in PVTIMER_NODE, or a pvtimer.dll beside the test's assembly or above it",
            failure.Message
        );
    }
}
