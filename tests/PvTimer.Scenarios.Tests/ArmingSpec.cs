using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>Arming: a deadline goes into the shared page, and nobody leaves guest mode for it.</summary>
public sealed class ArmingSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Deadline_behind_the_next_scan_is_a_store_and_no_exit()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 600.Microseconds());

        // The kernel's way to its clock event device, then the line travels to the dedicated CPU.
        host.Kthread.ExpectPageUpdate(
            of: host.Vcpu(0),
            at: 100
                .Microseconds()
                .Plus(host.Costs.GuestProgram)
                .Plus(host.Costs.LineTransferSameSocket)
        );
        host.Pcpu(0).ExpectNo<VmExit>(until: 250.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldExit(VmExitReason.MsrWrite, times: 0).ShouldKeepItsPromises();
    }

    [Fact]
    public void Scan_takes_the_deadline_out_of_the_page_and_arms_it()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 600.Microseconds());
        SyncResult armed = host.TimerCpu.ExpectMsg<SyncResult>();
        Assert.Equal(SyncOutcome.Arm, armed.Outcome);
        Assert.Equal(700_000, armed.Due.Nanoseconds);

        // The page is empty again, and RDMSR finds the deadline where it is armed.
        SharedPageUpdate taken = host.Vcpu(0)
            .ExpectMsg<SharedPageUpdate>(where: update => update.Field == PageField.ExpireTsc);
        Clock.AdvanceTo(400.Microseconds());
        host.Vcpu(0).Guest.ReadMsr(MsrIndex.Ia32TscDeadline);
        Assert.Equal(taken.Value.Value, host.Vcpu(0).Guest.ExpectMsrRead(MsrIndex.Ia32TscDeadline));
    }

    [Fact]
    public void Later_deadline_replaces_the_earlier_one()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 600.Microseconds());
        Clock.AdvanceTo(300.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 900.Microseconds());
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 1200.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 5.Milliseconds());
        Finish().ShouldFire(1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Deadline_of_zero_disarms()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        host.Vcpu(0).Guest.Disarm();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 10.Milliseconds());
        Finish().ShouldFire(0).ShouldKeepItsPromises();
    }

    [Fact]
    public void Handler_arms_the_next_deadline_before_its_eoi()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.InHandler(Model.Guests.GuestInstruction.Program(1.Milliseconds()));
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        for (int tick = 0; tick < 10; tick++)
        {
            host.Vcpu(0).Guest.ExpectTimer();
        }
        Finish().ShouldFire(10).ShouldExit(VmExitReason.MsrWrite, times: 0);
    }

    [Fact]
    public void Each_vcpu_has_a_page_of_its_own()
    {
        HostHandle host = Host(pcpus: 4);
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        host.Vcpu(2).Guest.ProgramDeadline(@in: 2.Milliseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        host.Vcpu(1).Guest.ExpectNoInterrupt(until: 3.Milliseconds());
        host.Vcpu(2).Guest.ExpectTimer();
        Finish().ShouldFire(2).ShouldKeepItsPromises();
    }

    [Fact]
    public void Firmware_that_does_not_know_the_page_writes_the_msr()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.WriteDeadline(@in: 2.Milliseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Assert.Equal(1, Finish().ShouldKeepItsPromises().WritesOf(MsrIndex.Ia32TscDeadline));
    }

    [Fact]
    public void Enabling_with_a_misaligned_address_faults()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.WriteMsr(PvTimerParameters.DefaultEnableMsr, 0x10_003d);
        host.Vcpu(0).Guest.ExpectGeneralProtection(PvTimerParameters.DefaultEnableMsr);
    }

    [Fact]
    public void Disabling_hands_the_armed_timer_back_to_the_vcpus_own_pcpu()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        host.Vcpu(0).Guest.WriteMsr(PvTimerParameters.DefaultEnableMsr, 0);
        host.Pcpu(0).ExpectTimerInterrupt(at: 2_100.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldFire(1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Deadline_is_counted_by_the_guests_own_tsc()
    {
        HostHandle host = Host();
        TscTicks start = new(1_000_000_000);
        host.Vcpu(0).Guest.ProgramDeadlineAt(new TscTicks(start.Value + 2_500_000));
        host.TimerCpu.ExpectMsg<HrtimerExpiry>(
            at: 1.Milliseconds(),
            where: expiry => expiry.ProgrammedFor.Nanoseconds == 1_000_000
        );
        host.Vcpu(0).Guest.ExpectTimer();
    }
}
