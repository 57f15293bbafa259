using System;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>A dedicated CPU that stalls (an SMI), or goes offline: conformance behaviour 59.</summary>
public sealed class OutageSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Stalled_timer_cpu_makes_its_timers_late_by_the_stall()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 600.Microseconds());
        Clock.AdvanceTo(690.Microseconds());
        host.TimerCpu.Stall(1.Milliseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        ScriptResult result = Finish().ShouldFire(1).ShouldKeepItsPromises();
        Assert.InRange(result.Lateness(10_000).Nanoseconds, 990_000, 1_010_000);
    }

    [Fact]
    public void Stall_is_time_in_interrupts_and_the_accounts_add_up()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.TimerCpu.Stall(3.Milliseconds());
        Clock.AdvanceTo(10.Milliseconds());
        ScriptResult result = Finish().ShouldConserve();
        Assert.InRange(result.Report.TimerCpu.Interrupt.Nanoseconds, 3_000_000, 3_200_000);
        Assert.Equal(10.Milliseconds(), result.Report.TimerCpu.Total);
    }

    [Fact]
    public void Host_interrupt_that_finds_the_guest_in_system_management_takes_it_out_afterwards()
    {
        HostHandle host = Host(backend: TimerBackends.Hrtimer);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 100.Microseconds());
        Clock.AdvanceTo(150.Microseconds());
        Faults.Delay<HostInterrupt>(by: 20.Microseconds(), times: 1);
        host.Vcpu(0).Guest.Compute(1.Milliseconds());
        Clock.AdvanceTo(210.Microseconds());
        host.Pcpu(0).Stall(300.Microseconds());
        CostProfile costs = host.Costs;
        host.Pcpu(0)
            .ExpectMsg<VmExit>(
                at: 510.Microseconds().Plus(costs.InterruptRecognition).Plus(costs.ExitTransition),
                where: exit => exit.Reason == VmExitReason.ExternalInterrupt
            );
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldFire(1).ShouldExit(VmExitReason.ExternalInterrupt, times: 1);
    }

    [Fact]
    public void Behaviour_59_offline_timer_cpu_degrades_to_the_msr_path()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(1.Milliseconds());
        host.TimerCpu.GoOffline();
        Clock.AdvanceTo(2.Milliseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        host.Pcpu(0).ExpectTimerInterrupt(at: 3.Milliseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        ScriptResult result = Finish().ShouldFire(1).ShouldKeepItsPromises();
        Assert.Equal(1, result.WritesOf(MsrIndex.Ia32TscDeadline));
        Assert.Equal(0, result.Report.Ipis);
    }

    [Fact]
    public void Behaviour_59_armed_timer_is_handed_to_the_vcpus_own_pcpu()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        host.TimerCpu.GoOffline();
        host.Pcpu(0).ExpectTimerInterrupt(at: 2_100.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldFire(1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Behaviour_59_disarming_works_without_the_timer_cpu()
    {
        HostHandle host = Host();
        host.TimerCpu.GoOffline();
        Clock.AdvanceTo(1.Milliseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        Clock.AdvanceTo(2.Milliseconds());
        host.Vcpu(0).Guest.Disarm();
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 9.Milliseconds());
        Finish().ShouldFire(0).ShouldKeepItsPromises();
    }

    [Fact]
    public void Flaw_12_offline_timer_cpu_loses_timers_as_posted()
    {
        HostHandle host = Host(
            new HostOptions
            {
                PvTimer = PvTimerParameters.AsPosted with { Worker = WorkerMode.Paced },
            }
        );
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        host.TimerCpu.GoOffline();
        Clock.AdvanceTo(5.Milliseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        host.Vcpu(0).Guest.ExpectNoInterrupt(until: 50.Milliseconds());
        Finish().ShouldLose(1);
    }

    [Fact]
    public void Going_offline_at_whatever_instant_loses_and_doubles_no_timer() =>
        Explore(
            () =>
            {
                HostHandle host = Host(pcpus: 3);
                host.Vcpu(0).Guest.ProgramDeadline(@in: 600.Microseconds());
                host.Vcpu(1).Guest.ProgramDeadline(@in: 595.Microseconds());
                host.Vcpu(1).Guest.Halt();
                Clock.AdvanceTo(590.Microseconds());
                host.Vcpu(1).Guest.InHandler(GuestInstruction.Program(5.Microseconds()));
                Clock.AdvanceInto(from: 591.Microseconds(), to: 620.Microseconds());
                host.TimerCpu.GoOffline();
                Clock.AdvanceTo(650.Microseconds());
                host.Vcpu(1).Guest.InHandler();
                Clock.AdvanceTo(3.Milliseconds());
                Finish().ShouldKeepItsPromises();
            },
            schedules: 400
        );

    [Fact]
    public void Offline_races_with_save_and_restore() =>
        Explore(
            () =>
            {
                HostHandle host = Host();
                host.Vcpu(0).Guest.ProgramDeadline(@in: 900.Microseconds());
                Clock.AdvanceTo(600.Microseconds());
                host.Vcpu(0).SaveAndRestore();
                Clock.AdvanceInto(from: 601.Microseconds(), to: 640.Microseconds());
                host.TimerCpu.GoOffline();
                Clock.AdvanceTo(3.Milliseconds());
                Finish().ShouldFire(1).ShouldKeepItsPromises();
            },
            schedules: 300
        );

    [Fact]
    public void Outage_is_an_event_of_a_saved_scenario()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        host.TimerCpu.Stall(40.Microseconds());
        Clock.AdvanceTo(1.Milliseconds());
        host.TimerCpu.GoOffline();
        Clock.AdvanceTo(5.Milliseconds());
        Scenario saved = ToScenario();
        Run(saved).ShouldHaveHash(Finish().TraceHash);
    }

    [Fact]
    public void Pcpu_with_guests_on_it_is_not_unplugged()
    {
        HostHandle host = Host();
        Assert.Throws<InvalidOperationException>(() => host.Pcpu(0).GoOffline());
    }

    [Fact]
    public void Stalled_pcpu_holds_up_the_guest_that_runs_on_it_and_no_other()
    {
        HostHandle host = Host(pcpus: 3);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 400.Microseconds());
        host.Vcpu(1).Guest.ProgramDeadline(@in: 400.Microseconds());
        Clock.AdvanceTo(450.Microseconds());
        host.Pcpu(0).Stall(1.Milliseconds());
        host.Vcpu(1).Guest.ExpectTimer();
        Assert.True(Clock.Now < Model.Time.VirtualTime.Zero + 510.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Assert.True(Clock.Now > Model.Time.VirtualTime.Zero + 1_450.Microseconds());
        Finish().ShouldLose(0).ShouldConserve();
    }
}
