using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Cluster;
using PvTimer.Sharding.Nodes;
using PvTimer.TestKit.Clocks;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>
/// The clock of nodes in one process waits for all that is on its way. That it does not move is looked at for a moment:
/// a busy machine only makes it move less.
/// </summary>
public sealed class ClusterClockTests : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    /// <summary>Says only that it hangs.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(2);

    private readonly ClusterClock _clock = new();

    public void Dispose() => _clock.Dispose();

    [Fact]
    public async Task Minute_in_which_nothing_happens_passes()
    {
        TimeSpan began = _clock.Elapsed;
        await Task.Delay(TimeSpan.FromMinutes(1), _clock).WaitAsync(HangLimit);
        Assert.True(_clock.Elapsed - began >= TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Alarms_ring_in_the_order_of_their_times_and_none_early()
    {
        List<(int Number, TimeSpan At)> rung = [];
        TaskCompletionSource last = new();
        int[] milliseconds = [400, 100, 0, 250, 250, 3_000];
        TimeSpan began;
        using (_clock.Hold())
        {
            began = _clock.Elapsed;
            for (int number = 0; number < milliseconds.Length; number++)
            {
                int one = number;
                _clock.After(
                    TimeSpan.FromMilliseconds(milliseconds[one]),
                    () =>
                    {
                        rung.Add((one, _clock.Elapsed - began));
                        if (one == 5)
                        {
                            last.SetResult();
                        }
                    }
                );
            }
            _clock.After(TimeSpan.FromSeconds(1), () => rung.Add((-1, default))).Cancel();
        }
        await last.Task.WaitAsync(HangLimit);
        Assert.Equal([2, 1, 3, 4, 0, 5], rung.Select(each => each.Number));
        Assert.All(
            rung,
            each =>
                Assert.InRange(
                    each.At.TotalMilliseconds,
                    milliseconds[each.Number],
                    milliseconds[each.Number] + ClusterClock.Step.TotalMilliseconds
                )
        );
    }

    [Fact]
    public async Task Clock_waits_for_work_that_was_begun()
    {
        ClockedSystem system = new(_clock, "one");
        long begun = system.Work.Begin(_clock.AtStep);
        // What is begun in a step may be done in the next one.
        await AssertMoves(atMost: 2);
        Assert.Contains("actors of one", $"{_clock}", StringComparison.Ordinal);
        system.Work.End(begun);
        await AssertMoves();
    }

    [Fact]
    public async Task Clock_waits_for_frames_that_were_written_and_not_read()
    {
        (ClockedWires.End opener, ClockedWires.End taker, _) = Wire();
        opener.Write();
        opener.Write();
        await AssertMoves(atMost: 2);
        Assert.Contains(
            "frames on a connection of one to two",
            $"{_clock}",
            StringComparison.Ordinal
        );
        taker.Read();
        await AssertMoves(atMost: 2);
        taker.Read();
        await AssertMoves();
        taker.Write();
        await AssertMoves(atMost: 2);
        opener.Read();
        await AssertMoves();
    }

    [Fact]
    public async Task Clock_waits_neither_for_a_connection_that_has_ended_nor_for_one_without_another_end_here()
    {
        (ClockedWires.End opener, _, _) = Wire();
        opener.Write();
        await AssertMoves(atMost: 2);
        opener.Cut();
        await AssertMoves();
        _clock.Wires.Attach((3, 4), new ClockedSystem(_clock, "three"), isOpener: false).Write();
        await AssertMoves();
    }

    /// <summary>Connecting and shaking hands happens on threads that nothing counts.</summary>
    [Fact]
    public async Task Clock_waits_for_a_connection_that_is_being_opened()
    {
        ClockedSystem one = new(_clock, "one");
        ClockedSystem two = new(_clock, "two") { Port = 2 };
        ClockedWires.End opener = _clock.Wires.Attach((1, 2), one, isOpener: true);
        await AssertMoves(atMost: 2);
        Assert.Contains(
            "the opening of a connection of one to two",
            $"{_clock}",
            StringComparison.Ordinal
        );
        ClockedWires.End taker = _clock.Wires.Attach((1, 2), two, isOpener: false);
        opener.Settle();
        await AssertMoves(atMost: 2);
        taker.Settle();
        await AssertMoves();
        _clock.Wires.Attach((3, 2), one, isOpener: true);
        await AssertMoves(atMost: 2);
        two.End();
        await AssertMoves();
    }

    /// <summary>A killed node: what it was at is not waited for, nor what was on its way to it.</summary>
    [Fact]
    public async Task Clock_does_not_wait_for_one_that_has_ended()
    {
        (ClockedWires.End opener, _, ClockedSystem killed) = Wire();
        killed.Work.Begin(_clock.AtStep);
        opener.Write();
        await AssertMoves(atMost: 2);
        killed.End();
        await AssertMoves();
    }

    /// <summary>What a node was about to do when it was killed comes to its end after it, and to nothing.</summary>
    [Fact]
    public async Task Clock_does_not_wait_for_connections_that_are_opened_after_an_end()
    {
        ClockedSystem killed = new(_clock, "one") { Port = 1 };
        ClockedSystem alive = new(_clock, "two") { Port = 2 };
        killed.End();
        _clock.Wires.Attach((3, 2), killed, isOpener: true);
        await AssertMoves();
        _clock.Wires.Attach((4, 1), alive, isOpener: true);
        await AssertMoves();
    }

    [Fact]
    public async Task Clock_is_not_faster_than_the_wall_while_regions_compute()
    {
        ClockedSystem system = new(_clock, "one");
        system.IsComputing = () => true;
        await Task.Delay(ClusterClock.Step);
        (TimeSpan before, long wall) = (_clock.Elapsed, Stopwatch.GetTimestamp());
        while (_clock.Elapsed - before < 4 * ClusterClock.Step)
        {
            await Task.Delay(1);
        }
        Assert.True(Stopwatch.GetElapsedTime(wall) >= 3 * ClusterClock.Step);
        system.IsComputing = () => false;
        await AssertMoves();
    }

    /// <summary>
    /// Its thread is blocked for as long on the wall as would cost it its life: the others hear nothing of it meanwhile,
    /// and for them no time passes.
    /// </summary>
    [Fact]
    public async Task Node_that_cannot_run_is_not_missed()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        ClusterNode[] nodes = [.. cluster.Nodes];
        while (nodes.Any(node => UpOf(node) < 2))
        {
            await Task.Delay(10);
        }
        using ManualResetEventSlim over = new();
        TimeSpan before = cluster.Clock.Elapsed;
        IActorRef busy = nodes[1].System.ActorOf(Props.Create(() => new Blocked(over)));
        busy.Tell("block");
        await Task.Delay(TimeSpan.FromSeconds(1));
        TimeSpan after = cluster.Clock.Elapsed;
        over.Set();
        Assert.True(after - before <= 3 * ClusterClock.Step, $"{after - before}");
        await Task.Delay(TimeSpan.FromSeconds(10), cluster.Clock).WaitAsync(HangLimit);
        Assert.All(nodes, node => Assert.Equal(2, UpOf(node)));
    }

    private static int UpOf(ClusterNode node)
    {
        ClusterEvent.CurrentClusterState state = Akka.Cluster.Cluster.Get(node.System).State;
        return state.Members.Count(member =>
            member.Status == MemberStatus.Up && !state.Unreachable.Contains(member)
        );
    }

    /// <summary>It does not move on by more than so many steps, or it does.</summary>
    private async Task AssertMoves(int? atMost = null)
    {
        TimeSpan before = _clock.Elapsed;
        if (atMost is { } steps)
        {
            await Task.Delay(Moment);
            Assert.InRange(_clock.Elapsed - before, TimeSpan.Zero, steps * ClusterClock.Step);
        }
        else
        {
            await Task.Delay(TimeSpan.FromSeconds(10), _clock).WaitAsync(HangLimit);
        }
    }

    private (ClockedWires.End Opener, ClockedWires.End Taker, ClockedSystem TakerSystem) Wire()
    {
        ClockedSystem taking = new(_clock, "two");
        ClockedWires.End opener = _clock.Wires.Attach(
            (1, 2),
            new ClockedSystem(_clock, "one"),
            isOpener: true
        );
        ClockedWires.End taker = _clock.Wires.Attach((1, 2), taking, isOpener: false);
        opener.Settle();
        taker.Settle();
        return (opener, taker, taking);
    }

    private sealed class Blocked : ReceiveActor
    {
        public Blocked(ManualResetEventSlim over) => Receive<string>(_ => over.Wait());
    }
}
