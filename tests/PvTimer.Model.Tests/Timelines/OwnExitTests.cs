using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Timelines;

/// <summary>Exits that a host recorded and no timer caused: the replayed guest has them, too.</summary>
public class OwnExitTests
{
    [Fact]
    public void Recorded_exit_is_replayed_with_its_reason_and_its_length()
    {
        MachineReport report = Run();

        Assert.Equal(2, Of(report, VmExitReason.Cpuid).Count);
        Assert.Equal(20_000, Of(report, VmExitReason.Cpuid).Longest.Nanoseconds);
        Assert.Equal(1, Of(report, VmExitReason.EptViolation).Count);
        Assert.Equal(7_000, Of(report, VmExitReason.EptViolation).Total.Nanoseconds);
        Assert.Equal(3_000, Of(report, VmExitReason.ExternalInterrupt).Total.Nanoseconds);
    }

    /// <summary>They take the recorded time, not time beyond it: the last of them ends when it did.</summary>
    [Fact]
    public void Recorded_exit_is_no_timers_exit_and_costs_no_further_time()
    {
        MachineReport report = Run();

        Assert.Equal(1, report.Timers.Fired);
        Assert.Equal(0, report.Replay!.Remaining);
        // The write of the deadline; its interrupt found the vCPU halted.
        Assert.Equal(1, report.TimerExits);
    }

    [Theory]
    [InlineData(VmExitReason.ExceptionNmi, 0)]
    [InlineData(VmExitReason.EptViolation, 1_234)]
    [InlineData(VmExitReason.Other, 281_474_976_710_655)]
    public void Recorded_exit_is_a_steps_value_and_back(VmExitReason reason, long nanoseconds)
    {
        RecordedExit exit = new(reason, VirtualDuration.FromNanoseconds(nanoseconds));

        Assert.Equal(exit, RecordedExit.Of(exit.Value));
    }

    private static MachineReport Run() =>
        new TestMachine { TscAtStart = OwnExits.Tsc(0) }.Run(OwnExits.Replayed);

    private static ExitStatistics Of(MachineReport report, VmExitReason reason) =>
        report.Exits.Single(exit => exit.Reason == reason);
}
