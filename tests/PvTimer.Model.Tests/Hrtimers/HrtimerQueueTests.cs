using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Hrtimers;

/// <summary>A pCPU's hrtimers: earliest first, those of one instant in the order of their arming.</summary>
public class HrtimerQueueTests
{
    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);

    private static Hrtimer Timer(
        int owner,
        long expires,
        HrtimerFunction function = HrtimerFunction.ApicTimer
    ) => new(function, new EntityId(owner), At(expires), new TscTicks(7), default);

    [Fact]
    public void Empty_queue_never_expires()
    {
        HrtimerQueue queue = new();
        Assert.Equal(0, queue.Count);
        Assert.Equal(VirtualTime.MaxValue, queue.NextExpiry);
        Assert.Null(queue.PopExpired(At(long.MaxValue - 1)));
        Assert.Null(queue.Cancel(HrtimerFunction.ApicTimer, new EntityId(1)));
    }

    [Fact]
    public void Timers_expire_by_time_and_then_by_when_they_were_armed()
    {
        HrtimerQueue queue = new();
        queue.Start(Timer(1, 50));
        queue.Start(Timer(2, 20));
        queue.Start(Timer(9, 50));
        queue.Start(Timer(4, 50));
        Assert.Equal(4, queue.Count);
        Assert.Equal(At(20), queue.NextExpiry);
        Assert.Null(queue.PopExpired(At(19)));
        Assert.Equal(2, queue.PopExpired(At(20)).GetValueOrDefault().Owner.Index);
        Assert.Null(queue.PopExpired(At(49)));
        int[] owners =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(_ => queue.PopExpired(At(60)).GetValueOrDefault().Owner.Index),
        ];
        Assert.Equal([1, 9, 4], owners);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Arming_again_replaces_and_goes_behind_its_equals()
    {
        HrtimerQueue queue = new();
        queue.Start(Timer(1, 50));
        queue.Start(Timer(2, 50));
        queue.Start(Timer(1, 50));
        Assert.Equal(2, queue.Count);
        Assert.Equal(2, queue.PopExpired(At(50)).GetValueOrDefault().Owner.Index);
        Assert.Equal(1, queue.PopExpired(At(50)).GetValueOrDefault().Owner.Index);
        Assert.Null(queue.PopExpired(At(50)));
    }

    [Fact]
    public void Timers_of_one_owner_are_told_apart_by_their_function()
    {
        HrtimerQueue queue = new();
        Hrtimer slice = Timer(1, 30, HrtimerFunction.SchedulerSlice);
        queue.Start(Timer(1, 50));
        queue.Start(slice);
        Assert.Equal(slice, queue.Find(HrtimerFunction.SchedulerSlice, new EntityId(1)));
        Assert.Equal(slice, queue.Cancel(HrtimerFunction.SchedulerSlice, new EntityId(1)));
        Assert.Null(queue.Find(HrtimerFunction.SchedulerSlice, new EntityId(1)));
        Assert.Equal(At(50), queue.NextExpiry);
    }

    [Fact]
    public void Thawed_queue_goes_on_as_the_frozen_one()
    {
        HrtimerQueue queue = new();
        queue.Start(Timer(3, 50) with { Due = At(58), Served = true });
        queue.Start(Timer(1, 50));
        queue.Start(Timer(2, 10));
        StateWriter writer = new();
        queue.Transfer(new StateTransfer(writer));
        Assert.Equal(3, queue.Count);

        HrtimerQueue thawed = new();
        thawed.Start(Timer(8, 1));
        thawed.Start(Timer(1, 5));
        thawed.Transfer(new StateTransfer(new StateReader(writer.ToArray())));
        foreach (HrtimerQueue each in (HrtimerQueue[])[queue, thawed])
        {
            Assert.Equal(3, each.Count);
            each.Start(Timer(5, 50));
            Assert.Equal(2, each.PopExpired(At(50)).GetValueOrDefault().Owner.Index);
            Assert.Equal(
                Timer(3, 50) with
                {
                    Due = At(58),
                    Served = true,
                },
                each.PopExpired(At(50))
            );
            Assert.Equal(1, each.PopExpired(At(50)).GetValueOrDefault().Owner.Index);
            Assert.Equal(5, each.PopExpired(At(50)).GetValueOrDefault().Owner.Index);
        }
    }

    /// <summary>The dedicated CPU has as many as it serves vCPUs: found by their keys, not one after the other.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(200)]
    public void Queue_of_any_length_does_what_a_sorted_list_does(int owners)
    {
        HrtimerQueue queue = new();
        List<Hrtimer> expected = [];
        Random random = new(owners);
        for (int step = 0; step < 50 * owners; step++)
        {
            Hrtimer timer = Timer(random.Next(owners), 10 + random.Next(20));
            bool wasArmed = expected.RemoveAll(other => other.Owner == timer.Owner) > 0;
            Assert.Equal(wasArmed, queue.Find(HrtimerFunction.ApicTimer, timer.Owner) is not null);
            if (random.Next(3) > 0)
            {
                queue.Start(timer);
                int behind = expected.FindLastIndex(other => other.Expires <= timer.Expires);
                expected.Insert(behind + 1, timer);
            }
            else
            {
                Assert.Equal(
                    wasArmed,
                    queue.Cancel(HrtimerFunction.ApicTimer, timer.Owner) is not null
                );
            }
            Assert.Equal(expected.Count, queue.Count);
            if (random.Next(4) == 0 && expected.Count > 0)
            {
                Assert.Equal(expected[0], queue.PopExpired(At(50)));
                expected.RemoveAt(0);
            }
        }
        Assert.Equal(expected, queue.ApicTimers());
    }

    [Theory]
    [InlineData(1, 3)] // the same owner twice
    [InlineData(2, 4)] // the same place twice
    public void Timer_that_comes_twice_is_refused(int owner, long armed)
    {
        StateWriter writer = new();
        StateTransfer state = new(writer);
        state.Count(2);
        Hrtimer.Write(writer, Timer(1, 50));
        state.Value(4L);
        Hrtimer.Write(writer, Timer(owner, 50));
        state.Value(armed);
        state.Value(5L);
        StateTransfer thaw = new(new StateReader(writer.ToArray()));
        Assert.Throws<StateFormatException>(() => new HrtimerQueue().Transfer(thaw));
    }
}
