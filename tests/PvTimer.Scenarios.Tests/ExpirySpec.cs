using PvTimer.Model.Backends;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Vmx;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>
/// Expiry: the dedicated CPU posts the interrupt. Conformance behaviours 32 to 36, 39, 49 and 50, which need
/// more than one actor.
/// </summary>
public sealed class ExpirySpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    private const byte Device = 0x51;

    [Fact]
    public void Posted_interrupt_reaches_a_running_guest_without_an_exit()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        PostedInterrupt posted = host.Vcpu(0).ExpectMsg<PostedInterrupt>();
        Assert.NotNull(posted.Deadline);
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldExit(VmExitReason.ExternalInterrupt, times: 0).ShouldKeepItsPromises();
    }

    [Fact]
    public void Baseline_expiry_is_an_exit_of_the_pcpu_that_runs_the_guest()
    {
        HostHandle host = Host(backend: TimerBackends.Hrtimer);
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        host.Pcpu(0).ExpectTimerInterrupt();
        host.Pcpu(0)
            .ExpectMsg<VmExit>(where: exit => exit.Reason == VmExitReason.ExternalInterrupt);
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldExit(VmExitReason.MsrWrite, times: 1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Behaviour_32_posted_to_a_running_vcpu_its_handler_runs_exactly_once()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).RaiseInterrupt(Device);
        host.Vcpu(0).Guest.ExpectInterrupt(vector: Device);
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 5.Milliseconds());
    }

    [Fact]
    public void Behaviour_33_posted_to_a_halted_vcpu_it_wakes_and_runs_its_handler_once()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.Halt();
        Clock.AdvanceTo(3.Milliseconds());
        host.Vcpu(0).RaiseInterrupt(Device);
        host.Pcpu(0).ExpectMsg<Wake>();
        host.Vcpu(0).Guest.ExpectInterrupt(vector: Device);
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 8.Milliseconds());
    }

    [Fact]
    public void Behaviour_34_vector_not_above_the_tpr_waits_until_the_tpr_drops()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.WriteMsr(MsrIndex.X2ApicTpr, 0x50);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).RaiseInterrupt(Device);
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 2.Milliseconds());
        host.Vcpu(0).Guest.WriteMsr(MsrIndex.X2ApicTpr, 0x40);
        host.Vcpu(0).Guest.ExpectInterrupt(vector: Device);
    }

    [Fact]
    public void Behaviour_35_of_all_vectors_those_above_the_tpr_class_are_served()
    {
        // One host, a raise per microsecond: 223 vectors under each of the 16 classes.
        HostHandle host = Host(backend: TimerBackends.Hrtimer);
        GuestHandle guest = host.Vcpu(0).Guest;
        for (int priority = 0; priority < 16; priority++)
        {
            guest.WriteMsr(MsrIndex.X2ApicTpr, (ulong)priority << 4);
            Clock.AdvanceBy(20.Microseconds());
            for (int vector = 33; vector <= 255; vector++)
            {
                bool served = vector >> 4 > priority;
                int before = host.Vcpu(0).Count<InterruptTaken>();
                host.Vcpu(0).RaiseInterrupt((byte)vector);
                Clock.AdvanceBy(3.Microseconds());
                Assert.Equal(served ? before + 1 : before, host.Vcpu(0).Count<InterruptTaken>());
            }
            // What waits is served, one after the other, when the class drops.
            guest.WriteMsr(MsrIndex.X2ApicTpr, 0);
            Clock.AdvanceBy(500.Microseconds());
            for (int vector = 33; vector <= 255; vector++)
            {
                guest.ExpectInterrupt();
            }
            Assert.Equal(0, host.Vcpu(0).Count<InterruptTaken>());
        }
    }

    [Fact]
    public void Behaviour_36_entry_of_a_halted_vcpu_delivers_what_is_pending_without_an_exit()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.Halt();
        host.Pcpu(0).ExpectMsg<VmExit>(where: exit => exit.Reason == VmExitReason.Hlt);
        Clock.AdvanceTo(1.Milliseconds());
        host.Vcpu(0).RaiseInterrupt(Device);
        VmEntry entry = host.Vcpu(0).ExpectMsg<VmEntry>(where: each => each.Entry == 2);
        Assert.Null(entry.Expired);
        host.Vcpu(0).Guest.ExpectInterrupt(vector: Device);
        host.Pcpu(0).ExpectNo<VmExit>(until: 5.Milliseconds());
    }

    [Fact]
    public void Behaviour_39_posted_while_the_vcpu_is_out_it_is_taken_at_the_next_entry()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.WriteDeadline(@in: 3.Milliseconds());
        host.Pcpu(0).ExpectMsg<VmExit>();
        host.Vcpu(0).RaiseInterrupt(Device);
        host.Vcpu(0).ExpectMsg<VmEntry>(where: entry => entry.Entry == 2);
        host.Vcpu(0).Guest.ExpectInterrupt(vector: Device);
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldKeepItsPromises();
    }

    [Fact]
    public void Behaviour_49_self_ipi_arrives_once()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.WriteMsr(MsrIndex.X2ApicSelfIpi, Device);
        host.Vcpu(0).Guest.ExpectInterrupt(vector: Device);
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 2.Milliseconds());

        // The same by the interrupt command register with shorthand "self".
        host.Vcpu(0).Guest.WriteMsr(MsrIndex.X2ApicIcr, (1UL << 18) | Device);
        host.Vcpu(0).Guest.ExpectInterrupt(vector: Device);
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 4.Milliseconds());
    }

    [Fact]
    public void Behaviour_50_ipi_to_a_destination_that_does_not_exist_is_ignored()
    {
        HostHandle host = Host(pcpus: 3);
        host.Vcpu(0).Guest.WriteMsr(MsrIndex.X2ApicIcr, (7UL << 32) | Device);
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 2.Milliseconds());
        host.Vcpu(1).Guest.ExpectNoInterrupt(until: 2.Milliseconds());
        host.Vcpu(0).Guest.WriteMsr(MsrIndex.X2ApicIcr, (1UL << 32) | Device);
        host.Vcpu(1).Guest.ExpectInterrupt(vector: Device);
    }

    [Fact]
    public void Lost_notification_hangs_until_something_else_enters_the_guest()
    {
        // ON stays set, so a second interrupt sends no notification either: only an exit and entry help.
        HostHandle host = Host();
        host.Vcpu(0).Guest.Halt();
        Clock.AdvanceTo(1.Milliseconds());
        Faults.Drop<Wake>(to: host.Pcpu(0), times: 1);
        host.Vcpu(0).RaiseInterrupt(Device);
        Clock.AdvanceTo(2.Milliseconds());
        host.Vcpu(0).RaiseInterrupt(Device);
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 20.Milliseconds());
    }
}
