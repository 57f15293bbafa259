using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

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
    public void Pvtimer_locked_period_exits_exactly(int periodUs, int exits, int timers)
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

    private static TestMachine Machine(int seconds) =>
        new()
        {
            Backend = TimerBackend.PvTimer,
            Costs = TestCosts.Ideal,
            Duration = VirtualDuration.FromSeconds(seconds),
        };
}
