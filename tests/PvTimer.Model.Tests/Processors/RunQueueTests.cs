using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Tests.Timers;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Tests.Processors;

/// <summary>Who goes next on a pCPU, how long KVM polls, and where the pCPU's time goes.</summary>
public class RunQueueTests
{
    private static VirtualDuration Us(long microseconds) =>
        VirtualDuration.FromMicroseconds(microseconds);

    private static VirtualTime At(long microseconds) => VirtualTime.Zero + Us(microseconds);

    private static VcpuThread Thread(int vcpu, long runtime) =>
        new(new KvmVcpu(new EntityId(vcpu)), new HostTimer(new FakeHostTimerPort()))
        {
            VirtualRuntime = Us(runtime),
            State = VcpuRunState.Blocked,
        };

    [Fact]
    public void Thread_that_had_the_least_goes_first_and_among_equals_the_one_that_waited_longest()
    {
        RunQueue queue = new();
        Assert.True(queue.IsEmpty);
        Assert.Null(queue.Pick());
        foreach (VcpuThread thread in new[] { Thread(1, 30), Thread(2, 10), Thread(3, 10) })
        {
            queue.Enqueue(thread);
            Assert.Equal(VcpuRunState.Runnable, thread.State);
        }
        Assert.False(queue.IsEmpty);
        int[] order = [.. Enumerable.Range(0, 3).Select(_ => queue.Pick()!.Vcpu.Index)];
        Assert.Equal([2, 3, 1], order);
        Assert.Equal(Us(30), queue.LeastRuntime);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void Pace_of_the_queue_never_goes_back()
    {
        RunQueue queue = new();
        queue.Enqueue(Thread(1, 50));
        queue.Pick();
        queue.Enqueue(Thread(2, 20));
        queue.Pick();
        Assert.Equal(Us(50), queue.LeastRuntime);
    }

    [Theory]
    [InlineData(10, 96)] // slept long: half a slice before the others
    [InlineData(98, 98)] // had its share lately
    public void Thread_that_slept_claims_no_more_than_half_a_slice(long runtime, long granted)
    {
        RunQueue queue = new();
        queue.Enqueue(Thread(1, 100));
        queue.Pick();
        VcpuThread woken = Thread(2, runtime);
        queue.EnqueueWoken(woken, slice: Us(8));
        Assert.Equal(Us(granted), woken.VirtualRuntime);
        Assert.Equal(VcpuRunState.Runnable, woken.State);
        Assert.Same(woken, queue.Pick());
    }

    [Fact]
    public void Thread_that_is_taken_out_is_not_picked()
    {
        RunQueue queue = new();
        VcpuThread thread = Thread(1, 5);
        queue.Enqueue(thread);
        Assert.True(queue.Remove(thread));
        Assert.False(queue.Remove(thread));
        Assert.True(queue.IsEmpty);
    }

    [Theory]
    [InlineData(0, 5, 200, 10)] // from nothing to the first window
    [InlineData(10, 11, 200, 20)] // a little too short: twice as long
    [InlineData(20, 20, 200, 20)] // long enough
    [InlineData(20, 5, 200, 20)]
    [InlineData(160, 200, 200, 200)] // never longer than the largest
    [InlineData(160, 201, 200, 0)] // blocked for longer than any window: not at all
    [InlineData(0, 0, 200, 0)]
    [InlineData(20, 5, 0, 0)] // polling is off
    [InlineData(0, 3, 4, 4)]
    public void Polling_window_follows_the_halts(
        long window,
        long halted,
        long largest,
        long next
    ) => Assert.Equal(Us(next), HaltPolling.Default.Adapt(Us(window), Us(halted), Us(largest)));

    [Theory]
    [InlineData(3, 10, 0, 20, 25, 60)] // grows by its own factor
    [InlineData(0, 10, 0, 20, 25, 20)] // never grows
    [InlineData(2, 30, 0, 0, 5, 30)] // begins where it is told to
    [InlineData(2, 10, 2, 160, 201, 80)] // shrinks by half
    [InlineData(2, 10, 2, 15, 201, 0)] // and is gone below its first length
    [InlineData(2, 0, 4, 16, 201, 4)]
    public void Polling_window_grows_and_shrinks_as_the_module_is_told(
        int grow,
        long start,
        int shrink,
        long window,
        long halted,
        long next
    ) =>
        Assert.Equal(
            Us(next),
            new HaltPolling(grow, Us(start), shrink).Adapt(Us(window), Us(halted), Us(200))
        );

    [Fact]
    public void Each_use_of_a_pcpu_gets_its_own_time_and_all_together_the_whole()
    {
        CpuAccount account = new();
        account.Switch(At(10), CpuUse.Guest);
        account.Switch(At(15), CpuUse.Exit);
        account.Switch(At(17), CpuUse.Interrupt);
        account.Switch(At(20), CpuUse.Poll);
        account.Switch(At(26), CpuUse.Kthread);
        account.Switch(At(33), CpuUse.Idle);
        account.Switch(At(35), CpuUse.Guest);
        CpuTime time = account.UpTo(At(100));
        Assert.Equal(new CpuTime(Us(70), Us(2), Us(7), Us(3), Us(6), Us(12)), time);
        Assert.Equal(Us(100), time.Total);
        Assert.Equal(time, account.UpTo(At(100)));
    }

    [Fact]
    public void Transition_that_would_end_after_the_run_belongs_to_what_came_before()
    {
        CpuAccount account = new();
        account.Switch(At(10), CpuUse.Exit);
        account.Switch(At(20), CpuUse.Guest);
        Assert.Equal(Us(8), account.UpTo(At(18)).Exit);
        Assert.Equal(Us(0), account.UpTo(At(18)).Guest);
        Assert.Equal(Us(10), account.UpTo(At(20)).Exit);
        Assert.Equal(Us(18), account.UpTo(At(18)).Total);
    }

    [Fact]
    public void Thawed_account_goes_on_as_the_frozen_one()
    {
        CpuAccount account = new();
        account.Switch(At(10), CpuUse.Exit);
        account.Switch(At(20), CpuUse.Guest);
        StateWriter writer = new();
        account.Transfer(new StateTransfer(writer));
        CpuAccount thawed = new();
        thawed.Transfer(new StateTransfer(new StateReader(writer.ToArray())));
        foreach (long end in (long[])[18, 20, 50])
        {
            Assert.Equal(account.UpTo(At(end)), thawed.UpTo(At(end)));
        }
    }
}
