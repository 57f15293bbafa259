using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Vmx;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>The doorbell: what the next scan would miss takes the exit, and an IPI tells the dedicated CPU.</summary>
public sealed class DoorbellSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Deadline_before_the_next_scan_rings_the_doorbell()
    {
        HostHandle host = Host(pcpus: 2, timerCpu: 1, scanPeriod: 250.Microseconds());
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.Pcpu(1).ExpectIpi(from: 0);
        host.Pcpu(1).ExpectTimerInterrupt(at: 150.Microseconds());
        host.Vcpu(0).ExpectMsg<PostedInterrupt>();
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 10.Milliseconds());
    }

    [Fact]
    public void Deadline_closer_than_the_padding_rings_even_behind_the_scan()
    {
        // Padding is 25 000 cycles, 10 us at 2.5 GHz; the scan of 250 us is 5 us away.
        HostHandle host = Host();
        Clock.AdvanceTo(245.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 9.Microseconds());
        host.Pcpu(0).ExpectMsg<VmExit>(where: exit => exit.Reason == VmExitReason.MsrWrite);
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldFire(1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Value_of_the_write_is_ignored_and_the_page_is_read()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        SyncVcpu sync = host.Kthread.ExpectMsg<SyncVcpu>();
        Assert.Equal(SyncCause.Doorbell, sync.Cause);
        Assert.Equal(150_000, host.TimerCpu.ExpectMsg<SyncResult>().Due.Nanoseconds);
    }

    [Fact]
    public void Sender_does_not_wait_for_the_dedicated_cpu()
    {
        HostHandle host = Host();
        Probe dedicated = ProbeAs(host.TimerCpu);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        dedicated.ExpectMsg<Ipi>();
        host.Pcpu(0).ExpectMsg<VmExit>();

        // The probe never answers; the vCPU is in guest mode again all the same, and stays there.
        host.Vcpu(0).ExpectMsg<VmEntry>(where: entry => entry.Entry == 2);
        host.Pcpu(0).ExpectNo<VmExit>(until: 10.Milliseconds());
    }

    [Fact]
    public void Doorbell_is_one_exit_of_msr_6e0_whatever_the_deadline()
    {
        HostHandle host = Host();
        for (int round = 0; round < 4; round++)
        {
            Clock.AdvanceTo((100 + (1000 * round)).Microseconds());
            host.Vcpu(0).Guest.ProgramDeadline(@in: 40.Microseconds());
            host.Vcpu(0).Guest.ExpectTimer();
        }
        Assert.Equal(4, Finish().ShouldFire(4).WritesOf(MsrIndex.Ia32TscDeadline));
    }

    [Fact]
    public void Two_vcpus_at_once_ring_twice_and_are_both_served()
    {
        HostHandle host = Host(pcpus: 3);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 60.Microseconds());
        host.Vcpu(1).Guest.ProgramDeadline(@in: 60.Microseconds());
        host.TimerCpu.ExpectIpi();
        host.TimerCpu.ExpectIpi();
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(1).Guest.ExpectTimer();
        Finish().ShouldFire(2).ShouldKeepItsPromises();
    }

    [Fact]
    public void Phase_of_200_us_rings_once_in_five()
    {
        // 200 us against a scan of 250 us: the closed form says one exit in five of 500 deadlines. The very first
        // one, 20 us after the start, exits as well.
        HostHandle host = Host(new HostOptions { Costs = Model.Costs.SimpleCosts.Ideal });
        host.AddVm(
            "ticking",
            guest: new Model.Guests.CyclictestGuest(
                200.Microseconds(),
                Threads: 1,
                Offset: 20.Microseconds(),
                Work: default
            )
        );
        Clock.AdvanceTo(99_990.Microseconds());
        Assert.Equal(1 + 100, Finish().ShouldKeepItsPromises().WritesOf(MsrIndex.Ia32TscDeadline));
    }
}
