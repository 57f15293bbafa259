using PvTimer.Model.Messages;
using PvTimer.Model.Migration;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// A vCPU's registers are set again in the order of its VMM. IA32_TSC_DEADLINE has to come behind the LAPIC, whose
/// LVT says that it is in deadline mode, and behind the TSC by which it is armed.
/// </summary>
public class RestoreOrderTests
{
    private static MachineReport Run(ScriptedProgram guest, params RestoreStep[] order) =>
        new TestMachine
        {
            RestoreOrder = [.. order],
            Outside = [(VirtualDuration.FromMicroseconds(500), 0, SaveRestore.Instance)],
        }.Run(guest);

    [Theory]
    [InlineData(RestoreStep.Lapic, RestoreStep.Tsc, RestoreStep.Msrs)]
    [InlineData(RestoreStep.Tsc, RestoreStep.Lapic, RestoreStep.Msrs)]
    public void Deadline_that_is_set_last_is_armed_again(
        RestoreStep first,
        RestoreStep second,
        RestoreStep third
    )
    {
        ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(2_000).Compute(10_000);
        MachineReport report = Run(guest, first, second, third);
        Assert.InRange(Assert.Single(guest.Interrupts).At.Nanoseconds, 2_000_000, 2_010_000);
        Assert.Equal(1, report.Timers.Fired);
    }

    [Theory]
    [InlineData(RestoreStep.Msrs, RestoreStep.Lapic, RestoreStep.Tsc)] // no deadline mode yet: ignored
    [InlineData(RestoreStep.Msrs, RestoreStep.Tsc, RestoreStep.Lapic)]
    [InlineData(RestoreStep.Tsc, RestoreStep.Msrs, RestoreStep.Lapic)]
    public void Deadline_before_the_lapic_is_lost(
        RestoreStep first,
        RestoreStep second,
        RestoreStep third
    )
    {
        ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(2_000).Compute(10_000);
        MachineReport report = Run(guest, first, second, third);
        Assert.Empty(guest.Interrupts);
        Assert.Equal((0, 1), (report.Timers.Fired, report.Timers.Lost));
    }

    [Fact]
    public void Deadline_before_the_tsc_is_late_by_what_the_tsc_was()
    {
        // The guest's TSC began 3 ms before the run: so much later does the new process's reach the deadline.
        ScriptedProgram guest = new ScriptedProgram().WriteDeadlineIn(2_000).Compute(10_000);
        MachineReport report = new TestMachine
        {
            TscAtStart = new TscTicks(3_000 * 2_500),
            RestoreOrder = [RestoreStep.Lapic, RestoreStep.Msrs, RestoreStep.Tsc],
            Outside = [(VirtualDuration.FromMicroseconds(500), 0, SaveRestore.Instance)],
        }.Run(guest);
        Assert.InRange(Assert.Single(guest.Interrupts).At.Nanoseconds, 5_500_000, 5_520_000);
        Assert.Equal((1, 0), (report.Timers.Fired, report.Timers.Early));
    }

    [Theory]
    [InlineData(RestoreStep.Lapic, RestoreStep.Msrs, RestoreStep.Tsc)]
    [InlineData(RestoreStep.Msrs, RestoreStep.Tsc, RestoreStep.Lapic)]
    public void Counter_is_restored_with_the_lapic_whatever_the_order(
        RestoreStep first,
        RestoreStep second,
        RestoreStep third
    )
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(Msrs.MsrIndex.X2ApicLvtTimer, 0xec)
            .Write(Msrs.MsrIndex.X2ApicInitialCount, 1_000_000)
            .Compute(10_000);
        Run(guest, first, second, third);
        Assert.InRange(Assert.Single(guest.Interrupts).At.Nanoseconds, 2_000_000, 2_060_000);
    }
}
