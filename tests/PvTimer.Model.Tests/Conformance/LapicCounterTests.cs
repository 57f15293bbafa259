using PvTimer.Model.Apic;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>One-shot and periodic mode: behaviours 16 to 27 of the project's list.</summary>
public class LapicCounterTests
{
    private const byte Vector = 0xe0;
    private const uint OneShot = Vector;
    private const uint Periodic = (1u << 17) | Vector;
    private const uint Deadline = (2u << 17) | Vector;
    private const uint DivideBy1 = 0b1011;
    private const uint DivideBy2 = 0b0000;

    [Fact]
    public void Behaviour_16_one_shot_fires_once_and_not_before_its_interval()
    {
        ScriptedProgram guest = Counting(OneShot, 300_000).Compute(5000);
        MachineReport report = new TestMachine().Run(guest);
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        Assert.Equal(Vector, taken.Vector);
        Assert.True((taken.At - guest.Accesses[^1].At).Nanoseconds >= 300_000);
        Assert.Equal(1, report.Timers.Fired);
    }

    [Fact]
    public void Behaviour_17_the_current_count_goes_down_to_0()
    {
        ScriptedProgram guest = Counting(OneShot, 300_000)
            .Compute(100)
            .Read(MsrIndex.X2ApicCurrentCount)
            .Compute(100)
            .Read(MsrIndex.X2ApicCurrentCount)
            .Compute(200)
            .Read(MsrIndex.X2ApicCurrentCount);
        new TestMachine().Run(guest);
        Assert.InRange(guest.Accesses[^3].Value, 150_000UL, 200_000UL);
        Assert.InRange(guest.Accesses[^2].Value, 50_000UL, 100_000UL);
        Assert.Equal(0UL, guest.Accesses[^1].Value);
    }

    [Fact]
    public void Behaviour_18_the_initial_count_survives_a_change_of_mode()
    {
        Lapic lapic = Started(OneShot, 500_000);
        lapic.WriteLvtTimer(Periodic, At(1000));
        Assert.Equal(500_000u, lapic.InitialCount);
    }

    [Fact]
    public void Behaviour_19_one_shot_to_periodic_keeps_the_count_then_wraps()
    {
        Lapic lapic = Started(OneShot, 500_000);
        lapic.WriteLvtTimer(Periodic, At(200_000));
        Assert.Equal(300_000u, lapic.CurrentCount(At(200_000)));
        Assert.Equal(1u, lapic.CurrentCount(At(499_999)));
        lapic.TimerExpired(At(500_000));
        Assert.Equal(400_000u, lapic.CurrentCount(At(600_000)));
    }

    [Fact]
    public void Behaviour_20_periodic_to_one_shot_keeps_the_count_then_stops()
    {
        Lapic lapic = Started(Periodic, 500_000);
        lapic.WriteLvtTimer(OneShot, At(200_000));
        Assert.Equal(300_000u, lapic.CurrentCount(At(200_000)));
        Assert.Equal(0u, lapic.CurrentCount(At(600_000)));
    }

    [Fact]
    public void Behaviour_21_periodic_mode_does_not_revive_a_count_of_0()
    {
        Lapic lapic = Started(OneShot, 500_000);
        lapic.TimerExpired(At(500_000));
        TimerRequest request = lapic.WriteLvtTimer(Periodic, At(600_000));
        Assert.Equal(TimerRequestKind.None, request.Kind);
        Assert.Equal(0u, lapic.CurrentCount(At(700_000)));
    }

    [Fact]
    public void Behaviour_22_an_initial_count_of_0_stops_the_timer()
    {
        ScriptedProgram guest = Counting(Periodic, 400_000)
            .Compute(1000)
            .Write(MsrIndex.X2ApicInitialCount, 0)
            .Compute(3000);
        MachineReport report = new TestMachine().Run(guest);
        Assert.Equal(2, guest.Interrupts.Count);
        Assert.Equal(1, report.Timers.Cancelled);
    }

    [Fact]
    public void Behaviour_23_in_deadline_mode_the_counter_is_dead()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicInitialCount, 100_000)
            .Read(MsrIndex.X2ApicCurrentCount)
            .Compute(1000);
        new TestMachine().Run(guest);
        Assert.Equal(0UL, guest.Accesses[^1].Value);
        Assert.Empty(guest.Interrupts);
    }

    [Theory]
    [InlineData(OneShot)]
    [InlineData(Periodic)]
    public void Behaviour_24_a_switch_from_or_to_deadline_mode_disarms(uint counting)
    {
        ScriptedProgram fromDeadline = new ScriptedProgram()
            .WriteDeadlineIn(500)
            .Write(MsrIndex.X2ApicLvtTimer, counting)
            .Read(MsrIndex.Ia32TscDeadline)
            .Compute(2000);
        new TestMachine().Run(fromDeadline);
        Assert.Empty(fromDeadline.Interrupts);
        Assert.Equal(0UL, fromDeadline.Accesses[^1].Value);

        ScriptedProgram toDeadline = Counting(counting, 500_000)
            .Write(MsrIndex.X2ApicLvtTimer, Deadline)
            .Read(MsrIndex.X2ApicInitialCount)
            .Compute(2000);
        new TestMachine().Run(toDeadline);
        Assert.Empty(toDeadline.Interrupts);
        Assert.Equal(0UL, toDeadline.Accesses[^1].Value);
    }

    [Fact]
    public void Behaviour_25_a_new_divider_rescales_what_remains()
    {
        Lapic lapic = Started(OneShot, 400_000);
        TimerRequest request = lapic.WriteDivideConfiguration(DivideBy2, At(100_000));
        Assert.Equal(At(100_000 + (2 * 300_000)), request.Due);
        Assert.Equal(300_000u, lapic.CurrentCount(At(100_000)));
    }

    [Fact]
    public void Behaviour_26_periods_below_the_minimum_are_slowed_down()
    {
        ScriptedProgram guest = Counting(Periodic, 1_000).Compute(2000);
        new TestMachine { Duration = VirtualDuration.FromMilliseconds(2) }.Run(guest);
        Assert.InRange(guest.Interrupts.Count, 8, 10);
    }

    [Fact]
    public void Behaviour_27_a_late_periodic_timer_never_bursts()
    {
        // A handler of 3 ms misses six periods; one interrupt waits for its end, not six.
        ScriptedProgram guest = Counting(Periodic, 500_000).Compute(8_000);
        guest.Handler = (_, _) =>
            guest.Interrupts.Count > 1
                ? []
                : [Guests.GuestStep.Compute(VirtualDuration.FromMilliseconds(3))];
        new TestMachine { Duration = VirtualDuration.FromMilliseconds(5) }.Run(guest);
        Assert.InRange(guest.Interrupts.Count, 3, 5);
    }

    private static ScriptedProgram Counting(uint mode, uint count) =>
        new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, mode)
            .Write(MsrIndex.X2ApicDivideConfiguration, DivideBy1)
            .Write(MsrIndex.X2ApicInitialCount, count);

    private static Lapic Started(uint mode, uint count)
    {
        Lapic lapic = new(new TscClock(default, TscFrequency.FromMegahertz(1000)));
        lapic.WriteLvtTimer(mode, At(0));
        lapic.WriteDivideConfiguration(DivideBy1, At(0));
        lapic.WriteInitialCount(count, At(0));
        return lapic;
    }

    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);
}
