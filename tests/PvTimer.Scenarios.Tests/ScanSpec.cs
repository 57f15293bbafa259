using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>The scan: the kthread on the dedicated CPU looks at every page, each period.</summary>
public sealed class ScanSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Pacing_timer_goes_off_each_period()
    {
        HostHandle host = Host(scanPeriod: 500.Microseconds());
        for (int scan = 1; scan <= 8; scan++)
        {
            host.TimerCpu.ExpectTimerInterrupt(at: (500 * scan).Microseconds());
            host.Kthread.ExpectScan();
        }
        Assert.Equal(8, Finish().Report.Scans);
    }

    [Fact]
    public void Scan_promises_each_guest_when_the_next_one_comes()
    {
        HostHandle host = Host();
        host.Kthread.ExpectScan();
        SharedPageUpdate promise = host.Vcpu(0)
            .ExpectMsg<SharedPageUpdate>(where: update =>
                update.Field == PageField.NextSyncTsc && update.Value.Value > 1_001_000_000
            );

        // The guest's TSC began at 1 000 000 000 and counts 2 500 in a microsecond; the next scan is at 500 us,
        // and the padding does not cover what the scan itself takes.
        Assert.True(promise.Value.Value >= 1_000_000_000 + (500 * 2_500));
        Assert.True(promise.Value.Value < 1_000_000_000 + (510 * 2_500));
    }

    [Fact]
    public void Interrupt_of_the_dedicated_cpu_pauses_the_scan_and_it_goes_on()
    {
        HostHandle host = Host(pcpus: 6);
        Clock.AdvanceTo(254_000.Nanoseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Microseconds());
        host.Kthread.ExpectMsg<KthreadPause>(within: 5.Microseconds());
        host.Kthread.ExpectMsg<KthreadResume>();
        Clock.AdvanceTo(2.Milliseconds());
        Finish().ShouldFire(1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Overdue_deadline_in_a_page_is_delivered_by_the_scan_itself()
    {
        // The guest believed the promise of a scan that a stalled doorbell has let slip.
        HostHandle host = Host(
            new HostOptions
            {
                PvTimer = new PvTimerParameters
                {
                    Flaws = new PvTimerFlaws { PaddingIgnoresLateScan = true },
                    PaddingCycles = 0,
                },
            }
        );
        Clock.AdvanceTo(240.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 11.Microseconds());
        SyncResult found = host.TimerCpu.ExpectMsg<SyncResult>();
        Assert.Equal(SyncOutcome.Deliver, found.Outcome);
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldFire(1).ShouldLose(0);
    }

    [Fact]
    public void Worker_as_posted_never_sleeps()
    {
        HostHandle host = Host(
            new HostOptions { PvTimer = new PvTimerParameters { Worker = WorkerMode.Busy } }
        );
        Clock.AdvanceTo(10.Milliseconds());
        host.Kthread.ExpectNo<KthreadSleep>(until: 10.Milliseconds());
        VirtualDuration kthread = Finish().Report.TimerCpu.Kthread;
        Assert.True(kthread > 9.Milliseconds(), $"{kthread}");
    }

    [Fact]
    public void Paced_worker_sleeps_between_scans()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(10.Milliseconds());
        VirtualDuration kthread = Finish().Report.TimerCpu.Kthread;
        Assert.True(kthread < 100.Microseconds(), $"{kthread}");
    }

    [Fact]
    public void Page_that_is_off_is_not_looked_at()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.WriteMsr(PvTimerParameters.DefaultEnableMsr, 0);
        Clock.AdvanceTo(200.Microseconds());
        host.Vcpu(0)
            .ExpectNo<SharedPageUpdate>(
                until: 3.Milliseconds(),
                where: update =>
                    update.Field == PageField.NextSyncTsc && update.Value.Value > 1_000_700_000
            );
    }
}
