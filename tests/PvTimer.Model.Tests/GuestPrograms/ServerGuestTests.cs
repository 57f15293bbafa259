using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.GuestPrograms;

/// <summary>Guests that answer a network, and those that do nothing but arm short timers: what they ask of their timer.</summary>
public class ServerGuestTests
{
    private static readonly TestMachine s_machine = new()
    {
        Costs = SimpleCosts.Ideal,
        Duration = VirtualDuration.FromMilliseconds(100),
    };

    /// <summary>An RTO of 200 ms is 50 jiffies of 4 ms: within the first level of the wheel, a bucket per jiffy.</summary>
    [Theory]
    [InlineData(250, 25)]
    // 200 jiffies of 1 ms: the second level, a bucket for eight of them; the last is that of 96 to 103.
    [InlineData(1_000, 13)]
    public void Tcp_rr_programs_its_clock_event_once_per_bucket_of_the_wheel(
        int hertz,
        long programmed
    )
    {
        MachineReport report = s_machine.Run(
            new TcpRrGuest(Us(20), Us(5), Us(1), hertz, Us(200_000))
        );
        Assert.Equal(programmed, report.DeadlineWrites);
        Assert.InRange(report.ExitsOf(VmExitReason.EptMisconfig), 3_700, 3_850);
        Assert.Equal(0, report.Timers.Fired);
    }

    [Fact]
    public void Tcp_rr_sends_again_when_no_answer_has_come_in_time()
    {
        MachineReport report = s_machine.Run(
            new TcpRrGuest(Us(1_000_000), Us(5), Us(1), 1_000, Us(20_000))
        );
        // Armed for the jiffy after the 20th, which begins at 21, 42, 63 and 84 ms.
        Assert.Equal(4, report.Timers.Fired);
        Assert.Equal(5, report.ExitsOf(VmExitReason.EptMisconfig));
    }

    /// <summary>Each request takes 200 us and one comes every 100 us: half of them, less what waits, are dropped, and that is said.</summary>
    [Fact]
    public void Redis_like_counts_the_requests_that_find_its_ring_full()
    {
        MachineReport report = s_machine.Run(
            new RedisLikeGuest(Us(100), IsPoisson: false, Us(200), Us(1), Us(10_000), Us(0))
        );
        long served = report.ExitsOf(VmExitReason.EptMisconfig);
        Assert.InRange(served, 490, 500);
        Assert.InRange(report.RequestsDropped, 999 - served - 256 - 3, 999 - served - 256);
    }

    [Fact]
    public void Redis_like_serves_requests_as_they_come_and_its_cron_job_when_it_is_due()
    {
        MachineReport report = s_machine.Run(
            new RedisLikeGuest(Us(100), IsPoisson: false, Us(10), Us(1), Us(10_000), Us(30))
        );
        // One at 100, 200, ... us; the last falls on the end.
        Assert.Equal(999, report.ExitsOf(VmExitReason.EptMisconfig));
        // It waits in epoll_wait at first, after each request, and after cron jobs that no request follows at once.
        Assert.InRange(report.DeadlineWrites, 999, 1_010);
    }

    /// <summary>Twice as many come as can be served; 256 wait at most.</summary>
    [Fact]
    public void Redis_like_that_is_overloaded_serves_one_after_the_other()
    {
        MachineReport report = s_machine.Run(
            new RedisLikeGuest(Us(10), IsPoisson: true, Us(19), Us(1), Us(100_000_000), Us(30))
        );
        Assert.InRange(report.ExitsOf(VmExitReason.EptMisconfig), 4_900, 5_000);
        Assert.InRange(report.DeadlineWrites, 1, 20);
    }

    [Fact]
    public void Storm_is_a_burst_of_timers_and_a_pause()
    {
        MachineReport report = s_machine.Run(new StormGuest(Us(50), 20, Us(9_000)), vcpus: 2);
        // 20 of 50 us and one of 9 ms are 10 ms: ten rounds on each vCPU, the last pause ends with the run.
        Assert.InRange(report.Timers.Fired, 2 * 208, 2 * 209);
    }

    [Theory]
    // Each 10 ms ...
    [InlineData(NoHz.Idle, 350, 10, 10)]
    // ... and with it three ticks of 1 ms.
    [InlineData(NoHz.Idle, 3_500, 40, 40)]
    [InlineData(NoHz.Off, 350, 100, 100)]
    // vCPU 0 ticks all the time, vCPU 1 not even in its work.
    [InlineData(NoHz.Full, 3_500, 103, 10)]
    public void Tick_stops_where_its_kernel_stops_it(NoHz noHz, long work, long first, long second)
    {
        MachineReport report = (s_machine with { Duration = Us(100_100 + work) }).Run(
            new TickGuest(1_000, noHz, Us(work)),
            vcpus: 2
        );
        Assert.Equal([first, second], report.Vcpus.Select(vcpu => vcpu.Timers.Fired));
        Assert.Equal(0, report.Timers.Lost);
    }

    [Fact]
    public void Mix_has_each_vcpu_run_its_own()
    {
        GuestDescription[] parts =
        [
            new TickGuest(1_000, NoHz.Off, Us(10)),
            new StormGuest(Us(50), 20, Us(9_000)),
        ];
        MachineReport mixed = s_machine.Run(new MixGuest([.. parts]), vcpus: 3);
        long[] alone = [.. parts.Select(part => s_machine.Run(part).Timers.Fired)];
        Assert.Equal((2 * alone[0]) + alone[1], mixed.Timers.Fired);
    }

    private static VirtualDuration Us(long microseconds) =>
        VirtualDuration.FromMicroseconds(microseconds);
}
