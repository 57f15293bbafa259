using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Engine;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Sharding.Tests;

/// <summary>What happens to the cluster in mid-run does not show in the result.</summary>
[Trait("Runs", "Alone")]
public sealed class MembershipTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Host_moved_in_mid_run_changes_nothing()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);
        await RunWith(
            cluster,
            async () =>
            {
                await Accept(cluster, new ClusterCommand(ClusterVerb.Move, "h0", "node-3"));
                ClusterStatus status = await Eventually(
                    cluster,
                    now => now.Cells.Any(cell => cell is { Cell: "h0", Node: "node-3" })
                );
                Assert.Equal(2, status.Run!.Epoch);
            }
        );
    }

    [Fact]
    public async Task Node_that_joins_in_mid_run_gets_its_share()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        await RunWith(
            cluster,
            async () =>
            {
                cluster.Add();
                await Eventually(cluster, now => now.Cells.Any(cell => cell.Node == "node-3"));
            }
        );
    }

    [Theory]
    [InlineData("node-2")]
    [InlineData("node-1")]
    public async Task Node_that_leaves_in_mid_run_gives_its_cells_away(string leaving)
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);
        await RunWith(
            cluster,
            async () =>
            {
                ClusterNode node = cluster.Nodes.Single(n => n.Seat.Name == leaving);
                await node.Leave().WaitAsync(TimeSpan.FromSeconds(20));
                await Eventually(cluster, now => now.Members.Length == 2);
            }
        );
    }

    [Fact]
    public async Task Checkpoints_in_mid_run_change_nothing()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        await RunWith(cluster, () => Task.Delay(1_000), checkpointMilliseconds: 100);
    }

    [Fact]
    public async Task Run_that_was_stopped_goes_on_from_its_checkpoint_on_other_nodes()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        string file = cluster.Resolve("exponential.conf", Long);
        RunSpec spec = cluster.Spec(file, "pvtimer");
        RunStatus stopped = await cluster.Run(spec, status => status.Rounds < 20);
        Assert.Equal(RunPhase.Stopped, stopped.Phase);
        Assert.True(stopped.ReachedNanoseconds > 0);
        cluster.Add();
        RunStatus done = await cluster.Run(spec with { Id = "again" });
        Assert.True(done.Phase == RunPhase.Done, done.What);
        Assert.Contains("checkpoint", done.History[0], StringComparison.Ordinal);
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(done.Result!).Outcome);
    }

    [Fact]
    public async Task Run_that_is_done_and_submitted_again_waits_for_no_nodes_and_is_not_run_twice()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        RunSpec spec = cluster.Spec(
            cluster.Resolve("exponential.conf", OneHashTests.FourHosts),
            "pvtimer"
        );
        RunStatus done = await cluster.Run(spec);
        Task<RunStatus> again = cluster.Run(spec with { Id = "again", Nodes = 9 });
        RunStatus same = await again.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(RunPhase.Done, same.Phase);
        Assert.Equal(done.Result!.Epoch, same.Result!.Epoch);
        Assert.Equal(
            ClusterResult.Read(done.Result).Outcome,
            ClusterResult.Read(same.Result).Outcome
        );
    }

    [Fact]
    public async Task Event_commanded_in_mid_run_is_the_same_as_one_in_the_scenario()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        string file = cluster.Resolve(
            "exponential.conf",
            [.. Long, "network.latency=50us", "duration=600ms"]
        );
        int commanded = 0;
        RunStatus done = await cluster.Run(
            cluster.Spec(file, "pvtimer"),
            status =>
            {
                if (status is { Phase: RunPhase.Running, Rounds: > 3 } && commanded++ == 0)
                {
                    Accept(
                            cluster,
                            new ClusterCommand(ClusterVerb.Inject, "{ migrate = guest-0, to = h3 }")
                        )
                        .Wait();
                }
                return true;
            }
        );
        Assert.True(done.Phase == RunPhase.Done, done.What);
        output.WriteLine(string.Join('\n', done.History));
        string amended = done.Result!.Run.ScenarioFile;
        Assert.NotEqual(file, amended, StringComparer.Ordinal);
        RunOutcome expected = OneHashTests.Sequential(amended);
        Assert.NotEqual(OneHashTests.Sequential(file), expected);
        Assert.Equal(expected, ClusterResult.Read(done.Result).Outcome);
    }

    private static readonly string[] Long =
    [
        .. OneHashTests.FourHosts,
        "duration=3s",
        "vms.0.count=16",
    ];

    /// <summary>Runs a machine and meanwhile something else.</summary>
    private async Task RunWith(
        InProcessCluster cluster,
        Func<Task> meanwhile,
        int checkpointMilliseconds = 0
    )
    {
        string file = cluster.Resolve("exponential.conf", Long);
        TaskCompletionSource running = new();
        Task<RunStatus> run = cluster.Run(
            cluster.Spec(file, "pvtimer", checkpointMilliseconds),
            status =>
            {
                if (status is { Phase: RunPhase.Running, Rounds: > 3 })
                {
                    running.TrySetResult();
                }
                return true;
            }
        );
        await Task.WhenAny(run, running.Task).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(run.IsCompleted, "it was over before anything could happen to it");
        await meanwhile();
        RunStatus done = await run.WaitAsync(TimeSpan.FromSeconds(60));
        output.WriteLine(string.Join('\n', done.History));
        Assert.True(done.Phase == RunPhase.Done, done.What);
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(done.Result!).Outcome);
    }

    private static async Task Accept(InProcessCluster cluster, ClusterCommand command)
    {
        CommandAnswer answer = await cluster.Door.Ask<CommandAnswer>(command);
        Assert.True(answer.Accepted, answer.What);
    }

    private static async Task<ClusterStatus> Eventually(
        InProcessCluster cluster,
        Func<ClusterStatus, bool> holds
    )
    {
        List<string> seen = [];
        for (DateTime end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end; )
        {
            ClusterStatus status = await cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
            if (holds(status) && status.Run is { Phase: RunPhase.Running or RunPhase.Done })
            {
                return status;
            }
            seen.Add(status.ToString());
            await Task.Delay(20);
        }
        throw new TimeoutException(seen[^1]);
    }
}
