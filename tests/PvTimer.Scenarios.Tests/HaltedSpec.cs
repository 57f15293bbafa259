using PvTimer.Model.Backends;
using PvTimer.Model.Messages;
using PvTimer.Model.Vmx;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>Halted guests: who wakes them, and how long the host looks before it sleeps itself.</summary>
public sealed class HaltedSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Halt_is_an_exit_and_the_timer_wakes_the_vcpu()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        host.Vcpu(0).Guest.Halt();
        host.Pcpu(0).ExpectMsg<VmExit>(where: exit => exit.Reason == VmExitReason.Hlt);
        host.Pcpu(0).ExpectMsg<Wake>();
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldExit(VmExitReason.Hlt, times: 1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Longer_sleep_of_the_core_makes_a_later_wake_up()
    {
        HostHandle host = Host(pcpus: 3);
        host.Vcpu(0).Guest.ProgramDeadline(@in: 600.Microseconds());
        host.Vcpu(0).Guest.Halt();
        host.Vcpu(1).Guest.ProgramDeadline(@in: 20.Milliseconds());
        host.Vcpu(1).Guest.Halt();
        host.Vcpu(0).Guest.ExpectTimer();
        var shallow = host.Vcpu(0).Last.At - Model.Time.VirtualTime.FromNanoseconds(600_000);
        host.Vcpu(1).Guest.ExpectTimer();
        var deep = host.Vcpu(1).Last.At - Model.Time.VirtualTime.FromNanoseconds(20_000_000);
        Assert.True(deep > shallow, $"{deep} after 20 ms, {shallow} after 600 us");
    }

    [Fact]
    public void Halt_polling_catches_a_timer_that_is_near()
    {
        HostHandle host = Host(new HostOptions { HaltPoll = 200.Microseconds() });
        host.Vcpu(0).Guest.InHandler(Model.Guests.GuestInstruction.Program(60.Microseconds()));
        host.Vcpu(0).Guest.ProgramDeadline(@in: 60.Microseconds());
        for (int round = 0; round < 20; round++)
        {
            host.Vcpu(0).Guest.Halt();
        }
        Clock.AdvanceTo(2.Milliseconds());
        Assert.True(Finish().Report.Cpu.Poll > 500.Microseconds());
    }

    [Fact]
    public void Without_polling_no_time_is_spent_polling()
    {
        HostHandle host = Host();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 60.Microseconds());
        host.Vcpu(0).Guest.Halt();
        Clock.AdvanceTo(2.Milliseconds());
        Assert.Equal(0, Finish().Report.Cpu.Poll.Nanoseconds);
    }

    [Fact]
    public void Halt_just_before_the_expiry_wakes_all_the_same()
    {
        // Behaviour 13, with every instant around the expiry: the check before HLT must not hang.
        Explore(
            () =>
            {
                HostHandle host = Host();
                host.Vcpu(0).Guest.ProgramDeadline(@in: 600.Microseconds());
                Clock.AdvanceInto(from: 590.Microseconds(), to: 620.Microseconds());
                host.Vcpu(0).Guest.Halt();
                Clock.AdvanceTo(3.Milliseconds());
                Finish().ShouldFire(1).ShouldKeepItsPromises();
            },
            schedules: 200
        );
    }

    [Fact]
    public void Baseline_wakes_from_an_hrtimer_of_its_own_pcpu()
    {
        HostHandle host = Host(backend: TimerBackends.Hrtimer);
        Clock.AdvanceTo(1.Milliseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        host.Vcpu(0).Guest.Halt();
        host.Pcpu(0).ExpectTimerInterrupt(at: 3.Milliseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldKeepItsPromises();
    }
}
