using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine.Tests;

public class EventQueueTests
{
    private static PendingEvent At(long time, int source, long sequence) =>
        new(
            new EventKey(VirtualTime.FromNanoseconds(time), new EntityId(source), sequence),
            new EntityId(source + 1),
            Start.Instance
        );

    [Fact]
    public void Events_come_out_in_the_order_of_their_keys_whatever_the_order_they_went_in() =>
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 5])
            .Array[0, 200]
            .Sample(pairs =>
            {
                var queue = new EventQueue();
                var expected = new List<EventKey>();
                foreach (((int time, int source), int index) in pairs.Select((p, i) => (p, i)))
                {
                    PendingEvent pending = At(time, source, index);
                    queue.Add(pending);
                    expected.Add(pending.Key);
                }
                expected.Sort();
                var actual = new List<EventKey>();
                while (queue.Count > 0)
                {
                    actual.Add(queue.Remove().Key);
                }
                Assert.Equal(expected, actual);
            });

    [Fact]
    public void Adding_and_removing_in_any_mixture_always_gives_the_smallest_key_that_is_there() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 9], Gen.Int[0, 3])
            .Array[0, 300]
            .Sample(steps =>
            {
                var queue = new EventQueue();
                var model = new SortedSet<EventKey>();
                long sequence = 0;
                foreach ((bool add, int delay, int source) in steps)
                {
                    if (add || model.Count == 0)
                    {
                        long time = queue.Now.Nanoseconds + delay;
                        PendingEvent pending = At(time, source, sequence++);
                        queue.Add(pending);
                        model.Add(pending.Key);
                    }
                    else
                    {
                        PendingEvent removed = queue.Remove();
                        Assert.Equal(model.Min, removed.Key);
                        Assert.Equal(removed.Key.Source.Index + 1, removed.Target.Index);
                        model.Remove(removed.Key);
                    }
                    Assert.Equal(model.Count, queue.Count);
                    Assert.Equal(
                        model.Count == 0 ? VirtualTime.MaxValue : model.Min.Time,
                        queue.NextTime
                    );
                }
            });

    [Fact]
    public void Event_before_the_one_removed_last_is_refused()
    {
        var queue = new EventQueue();
        queue.Add(At(5, 0, 0));
        queue.Remove();
        queue.Add(At(5, 0, 1));
        var refusal = Assert.Throws<InvalidOperationException>(() => queue.Add(At(4, 0, 2)));
        Assert.Contains("lies before the present, 5 ns", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_equal_keys_are_never_put_into_an_order() =>
        Gen.Int[0, 50]
            .Array[0, 40]
            .Sample(others =>
            {
                var queue = new EventQueue();
                Assert.Throws<InvalidOperationException>(() =>
                {
                    queue.Add(At(25, 9, 77));
                    for (int index = 0; index < others.Length; index++)
                    {
                        queue.Add(At(others[index], 1, index));
                    }
                    queue.Add(At(25, 9, 77));
                    while (queue.Count > 0)
                    {
                        queue.Remove();
                    }
                });
            });

    [Fact]
    public void Removing_from_an_empty_queue_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => new EventQueue().Remove());
}
