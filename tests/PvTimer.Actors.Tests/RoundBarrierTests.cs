using System;
using System.Linq;
using System.Threading;
using PvTimer.Actors.Windows;

namespace PvTimer.Actors.Tests;

public class RoundBarrierTests
{
    private const int Rounds = 2_000;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Nobody_is_ever_a_round_ahead_of_anybody(int parties)
    {
        var barrier = new RoundBarrier(parties);
        int[] reached = new int[parties];
        int violations = 0;
        Thread[] threads =
        [
            .. Enumerable
                .Range(0, parties)
                .Select(party => new Thread(() =>
                {
                    for (int round = 1; round <= Rounds; round++)
                    {
                        Volatile.Write(ref reached[party], round);
                        barrier.Await();
                        bool allArrived = reached.All(other =>
                            other >= round && other <= round + 1
                        );
                        Interlocked.Add(ref violations, allArrived ? 0 : 1);
                    }
                })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromMinutes(2))));
        Assert.Equal(0, violations);
    }

    [Fact]
    public void Breaking_it_ends_every_wait()
    {
        var barrier = new RoundBarrier(2);
        Exception? seen = null;
        var waiting = new Thread(() => seen = Record.Exception(barrier.Await));
        waiting.Start();
        Thread.Sleep(20);
        barrier.Break();
        Assert.True(waiting.Join(TimeSpan.FromMinutes(1)));
        Assert.IsType<InvalidOperationException>(seen);
    }
}
