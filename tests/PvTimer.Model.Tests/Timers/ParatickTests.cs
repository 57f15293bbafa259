using PvTimer.Model.Backends;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Timers;

/// <summary>A guest that leaves its ticks to the host.</summary>
public class ParatickTests
{
    private static readonly TestMachine s_machine = new()
    {
        Backend = TimerBackends.Of("paratick"),
        Duration = VirtualDuration.FromMicroseconds(100_100),
    };

    private static TickGuest Tick(NoHz noHz, long work) =>
        new(1_000, noHz, VirtualDuration.FromMicroseconds(work)) { Idle = GuestIdle.Poll };

    [Fact]
    public void Ticks_come_as_on_hrtimer_without_being_programmed()
    {
        MachineReport programmed = (s_machine with { Backend = TimerBackends.Hrtimer }).Run(
            Tick(NoHz.Off, 50)
        );
        MachineReport report = s_machine.Run(Tick(NoHz.Off, 50));
        Assert.Equal((100, 0, 0), (report.Timers.Fired, report.Timers.Early, report.Timers.Lost));
        Assert.Equal(101, programmed.WritesOf(MsrIndex.Ia32TscDeadline));
        Assert.Equal(0, report.ExitsOf(VmExitReason.MsrWrite));
        Assert.Equal(
            programmed.ExitsOf(VmExitReason.ExternalInterrupt),
            report.ExitsOf(VmExitReason.ExternalInterrupt)
        );
    }

    /// <summary>Ten pieces of work, each a timer and three ticks.</summary>
    [Fact]
    public void Timers_that_are_no_ticks_are_programmed()
    {
        MachineReport report = (
            s_machine with
            {
                Duration = VirtualDuration.FromMicroseconds(105_000),
            }
        ).Run(Tick(NoHz.Idle, 3_500));
        Assert.Equal((40, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.Equal(11, report.WritesOf(MsrIndex.Ia32TscDeadline));
    }

    [Fact]
    public void Halted_guest_is_woken_for_a_tick_that_never_stops()
    {
        MachineReport report = s_machine.Run(Tick(NoHz.Off, 50) with { Idle = GuestIdle.Halt });
        Assert.Equal((100, 0), (report.Timers.Fired, report.Timers.Lost));
        Assert.Equal(0, report.ExitsOf(VmExitReason.MsrWrite));
    }

    [Fact]
    public void Guest_that_does_not_tick_is_not_served()
    {
        TimerBackend paratick = TimerBackends.Of("paratick");
        TickGuest tick = Tick(NoHz.Full, 50);
        Assert.True(paratick.Serves(tick));
        Assert.True(paratick.Serves(new MixGuest([tick, tick])));
        Assert.False(paratick.Serves(new MixGuest([tick, new CommandedGuest()])));
        Assert.False(paratick.Serves(new CommandedGuest()));
    }
}
