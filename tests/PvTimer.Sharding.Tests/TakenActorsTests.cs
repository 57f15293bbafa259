using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Sharding.Tests;

/// <summary>
/// What a node that was declared dead does to its cells' actors: sharding stops them while its regions still
/// handle events. Neither that nor a late word of an older formation breaks the machine.
/// </summary>
[Trait("Runs", "Alone")]
public sealed class TakenActorsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(5);

    private static readonly string[] Machine =
    [
        .. OneHashTests.FourHosts,
        "duration=3s",
        "vms.0.count=16",
    ];

    /// <param name="selection">Below /system/sharding/host: which actors are stopped on node-2.</param>
    [Theory]
    [InlineData("*/*/e1")]
    [InlineData("*/*/e1/pcpu-1")]
    public async Task Actors_that_are_stopped_in_mid_run_do_not_break_the_machine(string selection)
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);

        RunStatus done = await RunAndOnceRunning(
            cluster,
            () =>
            {
                cluster
                    .Nodes[1]
                    .System.ActorSelection($"/system/sharding/{CellActor.TypeName}/{selection}")
                    .Tell(PoisonPill.Instance);
                return Task.CompletedTask;
            }
        );

        Assert.Contains(
            done.History,
            line => line.Contains("was stopped from outside", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(cluster.Nodes, node => node.Stopped.IsCompleted);
    }

    /// <summary>Whatever is wrong there, the healthy ones go on.</summary>
    [Fact]
    public async Task Node_whose_actors_are_stopped_again_and_again_gets_no_more_cells_and_the_others_finish()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);
        using CancellationTokenSource over = new();
        Task plague = Task.CompletedTask;

        RunStatus done = await RunAndOnceRunning(
            cluster,
            () =>
            {
                plague = Plague(cluster.Nodes[1], over.Token);
                return Task.CompletedTask;
            }
        );
        await over.CancelAsync();
        await plague;

        Assert.Contains(
            done.History,
            line =>
                line.EndsWith(
                    "node-2 has failed 4 times and gets no more cells",
                    StringComparison.Ordinal
                )
        );
        Assert.Equal(
            ["node-1", "node-3"],
            done.Result!.Parts.Select(part => part.Node),
            StringComparer.Ordinal
        );
    }

    private static async Task Plague(ClusterNode node, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            node.System.ActorSelection($"/system/sharding/{CellActor.TypeName}/*/*/*")
                .Tell(PoisonPill.Instance);
            await Task.Delay(100, CancellationToken.None);
        }
    }

    /// <summary>Sharding of that node stops its cells when it hears of it, and the node ends a little later.</summary>
    [Fact]
    public async Task Node_that_hears_in_mid_run_that_it_is_dead_does_not_break_the_machine()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);

        RunStatus done = await RunAndOnceRunning(
            cluster,
            async () =>
            {
                ClusterNode dead = cluster.Nodes[2];
                Akka.Cluster.Cluster.Get(dead.System).Down(Address.Parse(dead.Seat.Address));
                await dead.Stopped.WaitAsync(HangLimit);
                Assert.True(dead.WasDowned);
            }
        );

        Assert.DoesNotContain(done.Result!.Parts, part => part.Node == "node-3");
    }

    /// <summary>The successor of a coordinator that saw no run uses no epoch that the nodes know already.</summary>
    [Fact]
    public async Task Run_after_the_coordinator_has_gone_begins_with_a_formation_of_its_own()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);
        string file = cluster.Resolve("exponential.conf", OneHashTests.FourHosts);
        RunStatus first = await cluster.Run(cluster.Spec(file, "pvtimer"));
        Assert.True(first.Phase == RunPhase.Done, first.What);
        await cluster.Kill("node-1");

        string other = System.IO.Path.Combine(cluster.Directory, "second");
        RunStatus second = await cluster.Run(
            cluster.Spec(file, "pvtimer") with
            {
                Nodes = 2,
                Directory = other,
            }
        );

        Assert.True(second.Phase == RunPhase.Done, second.What);
        output.WriteLine(string.Join('\n', second.History));
        Assert.True(second.Epoch > first.Epoch, $"{second.Epoch} after {first.Epoch}");
        Assert.Single(
            second.History,
            line => line.Contains("; from the beginning", StringComparison.Ordinal)
        );
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(second.Result!).Outcome);
    }

    private async Task<RunStatus> RunAndOnceRunning(InProcessCluster cluster, Func<Task> happens)
    {
        string file = cluster.Resolve("exponential.conf", Machine);
        TaskCompletionSource running = new();
        Task<RunStatus> run = cluster.Run(
            cluster.Spec(file, "pvtimer", checkpointMilliseconds: 100),
            status =>
            {
                if (status is { Phase: RunPhase.Running, Rounds: > 3 })
                {
                    running.TrySetResult();
                }
                return true;
            }
        );
        await Task.WhenAny(run, running.Task).WaitAsync(HangLimit);
        Assert.False(run.IsCompleted, "it was over before anything could happen to it");
        await happens();
        RunStatus done = await run.WaitAsync(HangLimit);
        output.WriteLine(string.Join('\n', done.History));
        Assert.True(done.Phase == RunPhase.Done, $"{done.Phase}: {done.What}");
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(done.Result!).Outcome);
        return done;
    }
}
