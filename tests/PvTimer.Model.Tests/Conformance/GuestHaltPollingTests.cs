using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>`guest-halt-poll`: cpuidle-haltpoll in the guest.</summary>
public class GuestHaltPollingTests
{
    private const int Timers = 10;

    public static TheoryData<string> BackEnds =>
        [.. TimerBackends.All.Select(backend => backend.Name)];

    /// <summary>
    /// The first of them is a halt, and has a window of 50 us begin; all after it are polled for. The host polls for none,
    /// whatever its halt_poll_ns.
    /// </summary>
    [Theory]
    [MemberData(nameof(BackEnds))]
    public void Sleep_that_fits_into_the_window_halts_no_vcpu(string backend)
    {
        foreach (int hostPoll in (int[])[0, 200])
        {
            MachineReport report = Machine(backend, hostPoll).Run(Sleeps(40));
            Assert.Equal((Timers, 0), (report.Timers.Fired, report.Timers.Lost));
            // And the last one, which nothing ends.
            Assert.Equal(2, report.ExitsOf(VmExitReason.Hlt));
            Assert.Equal(VirtualDuration.Zero, report.Cpu.Poll);
        }
    }

    /// <summary>Without it each sleep is a halt, and the host polls for those that it can.</summary>
    [Theory]
    [MemberData(nameof(BackEnds))]
    public void Guest_without_it_halts_each_time(string backend)
    {
        MachineReport report = (
            Machine(backend, hostPoll: 200) with
            {
                GuestHaltPolling = null,
            }
        ).Run(Sleeps(40));
        Assert.Equal(Timers + 1, report.ExitsOf(VmExitReason.Hlt));
        Assert.True(report.Cpu.Poll > VirtualDuration.Zero);
    }

    /// <summary>
    /// Only the HLT counts, not the poll before it: of 150 us the window of 100 us leaves 50 us, which is not longer than it.
    /// So it grows no more, and each sleep is a poll and a halt.
    /// </summary>
    [Fact]
    public void Window_stays_shorter_than_a_sleep_that_is_shorter_than_two_windows()
    {
        MachineReport report = Machine("hrtimer", hostPoll: 0).Run(Sleeps(150));
        Assert.Equal(Timers + 1, report.ExitsOf(VmExitReason.Hlt));
        // 0, 50, and 100 us from then on; the guest's own work is about 1 us each time.
        Assert.InRange(report.Cpu.Guest.Nanoseconds, 950_000, 970_000);
    }

    /// <summary>Its pCPU's time is the guest's: what a guest computes instead takes as much.</summary>
    [Fact]
    public void Polling_is_time_of_the_guest_and_its_timer_as_late_as_that_of_a_running_one()
    {
        GuestHaltPolling always = GuestHaltPolling.Default with
        {
            GrowStart = VirtualDuration.FromMicroseconds(200),
            AllowsShrink = false,
        };
        ScriptedProgram polls = new ScriptedProgram().ProgramIn(100).Halt().ProgramIn(100).Halt();
        ScriptedProgram computes = new ScriptedProgram()
            .ProgramIn(100)
            .Halt()
            .ProgramIn(100)
            .Compute(150);
        TestMachine machine = Machine("hrtimer", hostPoll: 0) with { GuestHaltPolling = always };
        machine.Run(polls);
        machine.Run(computes);
        Assert.Equal(2, polls.Interrupts.Count);
        Assert.Equal(computes.Interrupts[1].At, polls.Interrupts[1].At);
    }

    /// <summary>A halt that is longer than guest_halt_poll_ns has 200 us become 100 us, 50 us, and none.</summary>
    [Theory]
    [InlineData(0, 90, true, 0)]
    [InlineData(1, 90, true, 0)]
    [InlineData(2, 90, true, 1)]
    [InlineData(2, 40, true, 0)]
    [InlineData(3, 40, true, 1)]
    [InlineData(3, 90, false, 0)]
    public void Long_halts_make_the_window_shorter_if_they_may(
        int halts,
        int sleep,
        bool allowed,
        int more
    )
    {
        TestMachine machine = Machine("hrtimer", hostPoll: 0) with
        {
            GuestHaltPolling = GuestHaltPolling.Default with { AllowsShrink = allowed },
            Duration = VirtualDuration.FromMilliseconds(40),
        };
        ScriptedProgram guest = Grown();
        for (int halt = 0; halt < halts; halt++)
        {
            guest.ProgramIn(3_000).Halt();
        }
        MachineReport report = machine.Run(guest.ProgramIn(sleep).Halt());
        Assert.Equal(3 + halts + 1 + more, report.ExitsOf(VmExitReason.Hlt));
    }

    /// <summary>The clock goes on while the host has the vCPU out of guest mode, and the window with it.</summary>
    [Fact]
    public void Window_is_measured_by_the_guests_clock()
    {
        ScriptedProgram guest = Grown();
        MachineReport report = (
            Machine("hrtimer", hostPoll: 0) with
            {
                Events =
                [
                    // In the last window, which nothing ends: it has passed when the vCPU comes back.
                    new VmPause(
                        VirtualTime.FromNanoseconds(700_000),
                        Vm: 0,
                        VirtualDuration.FromMilliseconds(3)
                    ),
                ],
            }
        ).Run(guest);
        Assert.Equal(3 + 1, report.ExitsOf(VmExitReason.Hlt));
        Assert.InRange(report.Cpu.Guest.Nanoseconds, 240_000, 270_000);
    }

    /// <summary>Three halts, after which the window has its full length.</summary>
    private static ScriptedProgram Grown() =>
        new ScriptedProgram().ProgramIn(150).Halt().ProgramIn(190).Halt().ProgramIn(250).Halt();

    private static ScriptedProgram Sleeps(long microseconds)
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < Timers; timer++)
        {
            guest.ProgramIn(microseconds).Halt();
        }
        return guest;
    }

    private static TestMachine Machine(string backend, int hostPoll) =>
        new()
        {
            Backend = TimerBackends.Of(backend),
            HaltPoll = VirtualDuration.FromMicroseconds(hostPoll),
            GuestHaltPolling = GuestHaltPolling.Default,
        };
}
