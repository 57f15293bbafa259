using System;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.ClosedForms;

/// <summary>
/// With scans of period T, padding p and deadline distance d at uniform phase: P(exit) = 1 if d is below p,
/// 1 - d/T from p to T, 0 from T on. Periods that are locked to the scan are exact.
/// </summary>
public class Exits_per_deadline_distance
{
    [Theory]
    [InlineData(200, 1, 5)]
    [InlineData(125, 1, 2)]
    [InlineData(250, 0, 1)]
    [InlineData(1000, 0, 1)]
    public void Behaviour_57_pvtimer_locked_period_exits_exactly(
        int periodUs,
        int exits,
        int timers
    )
    {
        MachineReport report = Machine(seconds: 1)
            .Run(
                new CyclictestGuest(
                    VirtualDuration.FromMicroseconds(periodUs),
                    1,
                    VirtualDuration.FromMicroseconds(1_010),
                    VirtualDuration.Zero
                )
            );
        long writes = report.WritesOf(MsrIndex.Ia32TscDeadline);
        Assert.True(report.Timers.Armed >= 900);
        // Whole cycles of the phases only: the run may end within one.
        Assert.InRange(writes * timers - report.Timers.Armed * exits, -timers, timers);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(400)]
    public void Behaviour_57_pvtimer_exponential_deadlines_exit_as_the_formula_says(int meanUs)
    {
        MachineReport report = Machine(seconds: 20)
            .Run(
                new ExponentialGuest(VirtualDuration.FromMicroseconds(meanUs))
                {
                    Idle = GuestIdle.Poll,
                },
                vcpus: 2
            );
        double exits = (double)report.WritesOf(MsrIndex.Ia32TscDeadline) / report.Timers.Armed;
        double formula = ExitShare(meanUs, padding: 10, period: 250);
        Assert.InRange(exits / formula, 0.99, 1.01);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(40)]
    public void Behaviour_57_pvtimer_exits_as_the_formula_says_when_the_scan_is_long_and_rung_at(
        int vcpus
    )
    {
        // 10 kHz on each vCPU, costs of a server: scans of up to 20 us, and 60 doorbells in each period.
        MachineReport report = (
            Machine(seconds: 1) with
            {
                Costs = SimpleCosts.Plausible,
                Cpus = vcpus + 1,
                TimerCpu = vcpus,
                Duration = VirtualDuration.FromMilliseconds(100),
            }
        ).Run(
            new UniformGuest(
                VirtualDuration.FromMicroseconds(90),
                VirtualDuration.FromMicroseconds(110)
            )
            {
                Idle = GuestIdle.Poll,
            },
            vcpus
        );
        double exits = (double)report.WritesOf(MsrIndex.Ia32TscDeadline) / report.Timers.Armed;
        Assert.InRange(exits / (1 - (100.0 / 250)), 0.97, 1.03);
        Assert.Equal(0, report.Timers.Lost);
        // The bound: what the way to a page has grown by, which is less than a scan, over an undisturbed delivery.
        VirtualDuration latest = report.Lateness.Quantile(10_000);
        Assert.True(latest < VirtualDuration.FromMicroseconds(60), $"{latest} late at the most");
    }

    [Fact]
    public void Worker_that_never_sleeps_promises_a_round_and_short_timers_need_no_exit()
    {
        MachineReport report = (
            Machine(seconds: 1) with
            {
                Costs = SimpleCosts.Plausible,
                Cpus = 9,
                TimerCpu = 8,
                Duration = VirtualDuration.FromMilliseconds(50),
                PvTimer = new PvTimerParameters { Worker = WorkerMode.Busy },
            }
        ).Run(
            new UniformGuest(
                VirtualDuration.FromMicroseconds(90),
                VirtualDuration.FromMicroseconds(110)
            )
            {
                Idle = GuestIdle.Poll,
            },
            vcpus: 8
        );
        Assert.True(report.Timers.Armed > 3_500);
        Assert.Equal(0, report.Timers.Lost);
        Assert.InRange(report.WritesOf(MsrIndex.Ia32TscDeadline), 0, 8);
        Assert.True(report.Lateness.Quantile(9_900) < VirtualDuration.FromMicroseconds(8));
    }

    /// <summary>The integral of P(exit) over an exponential density of deadline distances.</summary>
    private static double ExitShare(double mean, double padding, double period)
    {
        // below p: 1 - e^(-p/m); from p to T: integral of (1 - d/T) e^(-d/m) / m
        double atPadding = Math.Exp(-padding / mean);
        double atPeriod = Math.Exp(-period / mean);
        double below = 1 - atPadding;
        double between =
            (atPadding * (1 - ((padding + mean) / period))) + (atPeriod * mean / period);
        return below + between;
    }

    private static TestMachine Machine(int seconds) =>
        new()
        {
            Backend = TimerBackends.PvTimer,
            Costs = SimpleCosts.Ideal,
            Duration = VirtualDuration.FromSeconds(seconds),
            MostSteps = 50_000_000,
        };
}
