using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Dsl;
using Akka.Event;
using PvTimer.Model.Time;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.Sharding.Tests;

/// <summary>A run that stands still at instants of virtual time, and what can be done to it meanwhile.</summary>
[Trait("Runs", "Alone")]
public sealed class HoldTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Held_run_stands_exactly_at_each_instant(int nodes)
    {
        long[] instants = [0, 5_000_000, 5_000_000, 12_345_678];
        List<long> seen = [];
        await using InProcessCluster cluster = InProcessCluster.Of(nodes);
        RunHolds holds = new(
            instants.Select(instant => new RunHold(
                VirtualTime.FromNanoseconds(instant),
                status =>
                {
                    seen.Add(status.ReachedNanoseconds);
                    return Task.CompletedTask;
                }
            ))
        );
        await RunToTheEnd(cluster, holds);
        Assert.Equal(instants, seen);
    }

    [Fact]
    public async Task Held_run_waits_until_it_is_told_and_meanwhile_cells_move()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);
        await RunToTheEnd(
            cluster,
            HeldAt5Milliseconds(async _ =>
            {
                await Accept(cluster, new ClusterCommand(ClusterVerb.Move, "h0", "node-3"));
                ClusterStatus status = await Eventually(
                    cluster,
                    now => now.Cells.Any(cell => cell is { Cell: "h0", Node: "node-3" })
                );
                Assert.Equal(2, status.Run!.Epoch);
                Assert.Equal(5_000_000, status.Run.ReachedNanoseconds);
            })
        );
    }

    [Fact]
    public async Task Node_that_leaves_a_held_run_gives_its_cells_away()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);
        await RunToTheEnd(
            cluster,
            HeldAt5Milliseconds(async _ =>
            {
                await cluster.Nodes[1].Leave().WaitAsync(TimeSpan.FromSeconds(20));
                await Eventually(cluster, now => now.Cells.All(cell => cell.Node != "node-2"));
            })
        );
    }

    /// <summary>The instant is already over when it is named.</summary>
    [Fact]
    public async Task Held_run_can_be_told_of_an_earlier_instant_and_stays()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        await RunToTheEnd(
            cluster,
            HeldAt5Milliseconds(async status =>
            {
                await Accept(cluster, new ClusterCommand(ClusterVerb.Hold, status.Id, "1ms"));
                await Task.Delay(300);
                ClusterStatus still = await cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
                Assert.Equal(
                    (RunPhase.Held, 5_000_000, 1_000_000),
                    (still.Run!.Phase, still.Run.ReachedNanoseconds, still.Run.HoldAtNanoseconds)
                );
            })
        );
    }

    [Fact]
    public async Task Held_run_that_is_stopped_goes_on_later_from_that_very_instant()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        string file = cluster.Resolve("exponential.conf", OneHashTests.FourHosts);
        RunSpec spec = cluster.Spec(file, "pvtimer");
        RunStatus stopped = await cluster.Run(
            spec,
            status => status.Phase != RunPhase.Held,
            HeldAt5Milliseconds(_ => throw new InvalidOperationException("it was to stop"))
        );
        Assert.Equal(
            (RunPhase.Stopped, 5_000_000),
            (stopped.Phase, stopped.Result!.ReachedNanoseconds)
        );
        RunStatus done = await cluster.Run(spec with { Id = "again" });
        Assert.Contains("checkpoint of 5 ms", done.History[0], StringComparison.Ordinal);
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(done.Result!).Outcome);
    }

    /// <summary>
    /// A cell that comes to a node completes its formation. Told twice to make its actors, it failed over their
    /// name, and now and then the formation was lost with it.
    /// </summary>
    [Fact]
    public async Task Cells_that_move_make_their_actors_once()
    {
        InProcessCluster cluster = InProcessCluster.Of(3);
        ConcurrentQueue<string> errors = [];
        foreach (ClusterNode node in cluster.Nodes)
        {
            IActorRef listener = node.System.ActorOf(actor =>
                actor.Receive<Error>((error, _) => errors.Enqueue($"{error}"))
            );
            node.System.EventStream.Subscribe(listener, typeof(Error));
        }
        await using HeldRun run = await HeldRun.At5Milliseconds(cluster);
        foreach (string node in new[] { "node-1", "node-2", "node-3" })
        {
            await run.Order(ClusterVerb.Move, node, subject: "h0");
            await Eventually(cluster, now => now.Cells.Contains(new CellHome("h0", node)));
        }
        await run.Finish();
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-1ms")]
    [InlineData("31536000000000001ns")]
    [InlineData("+9223372036s")]
    public async Task Instant_that_is_none_is_refused(string instant)
    {
        await using InProcessCluster cluster = InProcessCluster.Of(1);
        await RunToTheEnd(
            cluster,
            HeldAt5Milliseconds(async status =>
            {
                CommandAnswer answer = await cluster.Door.Ask<CommandAnswer>(
                    new ClusterCommand(ClusterVerb.Hold, status.Id, instant)
                );
                Assert.False(answer.Accepted);
                Assert.Contains("accepted: a virtual time", answer.What, StringComparison.Ordinal);
            })
        );
    }

    private static RunHolds HeldAt5Milliseconds(Func<RunStatus, Task> then) =>
        new([new RunHold(VirtualTime.FromNanoseconds(5_000_000), then)]);

    private async Task RunToTheEnd(InProcessCluster cluster, RunHolds holds)
    {
        string file = cluster.Resolve("exponential.conf", OneHashTests.FourHosts);
        RunStatus done = await cluster
            .Run(cluster.Spec(file, "pvtimer"), holds: holds)
            .WaitAsync(TimeSpan.FromSeconds(60));
        output.WriteLine(string.Join('\n', done.History));
        Assert.True(done.Phase == RunPhase.Done, done.What);
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(done.Result!).Outcome);
    }

    private static async Task Accept(InProcessCluster cluster, ClusterCommand command)
    {
        CommandAnswer answer = await cluster.Door.Ask<CommandAnswer>(command);
        Assert.True(answer.Accepted, answer.What);
    }

    /// <summary>What holds of a run that stands still again.</summary>
    private static async Task<ClusterStatus> Eventually(
        InProcessCluster cluster,
        Func<ClusterStatus, bool> holds
    )
    {
        for (DateTime end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end; )
        {
            ClusterStatus status = await cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
            if (holds(status) && status.Run is { Phase: RunPhase.Held })
            {
                return status;
            }
            await Task.Delay(20);
        }
        throw new TimeoutException();
    }
}
