using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace PvTimer.Experiments.Tests;

public sealed class ComputingThreadsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Every_item_is_computed_once_and_none_on_the_threads_of_the_pool()
    {
        ConcurrentBag<int> done = [];
        using Barrier together = new(3);
        ComputingThreads.ForEach(
            Enumerable.Range(0, 30),
            threads: 3,
            item =>
            {
                Assert.False(Thread.CurrentThread.IsThreadPoolThread);
                // Three at once, or it never ends.
                Assert.True(together.SignalAndWait(Patience));
                done.Add(item);
            }
        );
        Assert.Equal(Enumerable.Range(0, 30), done.Order());
    }

    [Fact]
    public void First_item_that_fails_is_the_one_that_is_told_and_no_more_are_taken()
    {
        using ManualResetEventSlim later = new();
        int taken = 0;
        var failed = Assert.Throws<InvalidOperationException>(() =>
            ComputingThreads.ForEach(
                Items(),
                threads: 2,
                item =>
                {
                    if (item == 0)
                    {
                        Assert.True(later.Wait(Patience));
                    }
                    else
                    {
                        later.Set();
                    }
                    throw new InvalidOperationException($"item {item}");
                }
            )
        );
        Assert.Equal(("item 0", 2), (failed.Message, taken));

        IEnumerable<int> Items()
        {
            while (true)
            {
                yield return taken++;
            }
        }
    }

    [Fact]
    public void Item_that_cannot_be_had_fails_as_one_that_cannot_be_computed()
    {
        Assert.Throws<InvalidOperationException>(() =>
            ComputingThreads.ForEach(Items(), threads: 2, _ => { })
        );

        static IEnumerable<int> Items()
        {
            yield return 1;
            throw new InvalidOperationException("no more");
        }
    }

    [Fact]
    public void Once_stopped_no_item_is_taken_and_those_at_work_are_waited_for()
    {
        using CancellationTokenSource stop = new();
        List<int> done = [];
        Assert.Throws<OperationCanceledException>(() =>
            ComputingThreads.ForEach(
                Enumerable.Range(0, 9),
                threads: 1,
                item =>
                {
                    if (item == 2)
                    {
                        stop.Cancel();
                    }
                    done.Add(item);
                },
                stop.Token
            )
        );
        Assert.Equal([0, 1, 2], done);
    }
}
