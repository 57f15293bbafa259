using PvTimer.Model.Apic;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Apic;

/// <summary>The LVT timer's registers: what each write asks of the host. A TSC of 1 GHz.</summary>
public class LapicTimerTests
{
    private const ulong Disabled = 0xfee0_0000;

    private const uint Vector = 0xec;
    private const uint OneShot = Vector;
    private const uint Periodic = Vector | (1u << 17);
    private const uint Deadline = Vector | (2u << 17);
    private const uint Reserved = Vector | (3u << 17);
    private const uint Masked = 1u << 16;
    private const uint ByOne = 0b1011;

    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);

    private static Lapic In(uint mode)
    {
        Lapic lapic = new(new TscClock(TscTicks.Zero, TscFrequency.FromMegahertz(1_000)));
        lapic.WriteLvtTimer(mode, At(0));
        lapic.WriteDivideConfiguration(ByOne, At(0));
        return lapic;
    }

    [Theory]
    [InlineData(OneShot, LvtTimerMode.OneShot)]
    [InlineData(Periodic, LvtTimerMode.Periodic)]
    [InlineData(Deadline, LvtTimerMode.TscDeadline)]
    [InlineData(Reserved, LvtTimerMode.Reserved)]
    public void Lvt_register_says_mode_vector_and_mask(uint value, LvtTimerMode mode)
    {
        Lapic lapic = In(value ^ 0x18);
        Assert.Equal(mode, lapic.TimerMode);
        Assert.Equal(Vector ^ 0x18, lapic.TimerVector);
        Assert.False(lapic.TimerMasked);
        Assert.Equal(TimerRequest.None, lapic.WriteLvtTimer(value | Masked, At(0)));
        Assert.True(lapic.TimerMasked);
    }

    /// <summary>128 counts of 128 ns; 100 ns of the first have passed: they stay passed.</summary>
    [Fact]
    public void Divisor_that_is_written_again_arms_nothing_and_another_one_keeps_parts_of_a_count()
    {
        const uint by128 = 0b1010;
        Lapic lapic = In(OneShot);
        lapic.WriteDivideConfiguration(by128, At(0));
        lapic.WriteInitialCount(128, At(0));
        Assert.Equal(TimerRequest.None, lapic.WriteDivideConfiguration(by128, At(100)));
        Assert.Equal(TimerRequest.None, lapic.WriteDivideConfiguration(by128 | 0b100, At(100)));
        Assert.Equal(At(128 * 128), lapic.CounterTarget);
        TimerRequest rescaled = lapic.WriteDivideConfiguration(ByOne, At(128));
        Assert.Equal(TimerRequestKind.Arm, rescaled.Kind);
        Assert.Equal(At(128 + 127), lapic.CounterTarget);
    }

    [Fact]
    public void Count_that_is_written_in_the_reserved_mode_does_not_run()
    {
        Lapic lapic = In(OneShot);
        lapic.WriteInitialCount(5_000, At(0));
        Assert.Equal(TimerRequestKind.Arm, lapic.WriteLvtTimer(Reserved, At(10)).Kind);
        Assert.Equal(4_980u, lapic.CurrentCount(At(20)));
        Assert.Equal(TimerRequest.Cancel, lapic.WriteInitialCount(5_000, At(20)));
        Assert.Equal(0u, lapic.CurrentCount(At(30)));
        Assert.Equal(5_000u, lapic.InitialCount);
    }

    [Theory]
    [InlineData(Deadline, OneShot)]
    [InlineData(Deadline, Periodic)]
    [InlineData(OneShot, Deadline)]
    [InlineData(Periodic, Deadline)]
    public void Change_from_or_to_deadline_mode_disarms(uint from, uint to)
    {
        Lapic lapic = In(from);
        lapic.WriteTscDeadline(new TscTicks(5_000));
        lapic.WriteInitialCount(5_000, At(0));
        Assert.Equal(TimerRequest.Cancel, lapic.WriteLvtTimer(to, At(10)));
        Assert.Equal(TscTicks.Zero, lapic.TscDeadline);
        Assert.Equal(0u, lapic.InitialCount);
        Assert.False(lapic.IsCounting);
    }

    [Fact]
    public void Running_count_goes_on_in_the_other_counting_mode()
    {
        Lapic lapic = In(OneShot);
        lapic.WriteInitialCount(500_000, At(100));
        TimerRequest periodic = lapic.WriteLvtTimer(Periodic, At(200));
        Assert.Equal(TimerRequestKind.Arm, periodic.Kind);
        Assert.Equal(At(500_100), periodic.Due);
        Assert.Equal(500_000, periodic.Period.Nanoseconds);
        Assert.True(periodic.IsCount);
        TimerRequest oneShot = lapic.WriteLvtTimer(OneShot, At(300));
        Assert.Equal(At(500_100), oneShot.Due);
        Assert.Equal(VirtualDuration.Zero, oneShot.Period);
        Assert.Equal(new TscTicks(500_100), oneShot.Deadline);
    }

    [Fact]
    public void Counter_that_was_never_started_is_not_armed_by_a_change_of_mode()
    {
        Lapic lapic = In(OneShot);
        Assert.Equal(TimerRequest.None, lapic.WriteLvtTimer(Periodic, At(200)));
        Assert.False(lapic.IsCounting);
    }

    [Theory]
    [InlineData(1_000_100)] // at the expiry
    [InlineData(1_300_100)] // before its delivery
    public void Leaving_periodic_mode_after_an_expiry_keeps_the_next_round(long at)
    {
        Lapic lapic = In(Periodic);
        lapic.WriteInitialCount(1_000_000, At(100));
        TimerRequest request = lapic.WriteLvtTimer(OneShot, At(at));
        Assert.Equal(TimerRequestKind.Arm, request.Kind);
        Assert.Equal(At(2_000_100), request.Due);
    }

    [Fact]
    public void Leaving_one_shot_mode_after_its_expiry_leaves_the_counter_stopped()
    {
        Lapic lapic = In(OneShot);
        lapic.WriteInitialCount(1_000, At(100));
        Assert.Equal(TimerRequest.None, lapic.WriteLvtTimer(Periodic, At(1_100)));
        Assert.False(lapic.IsCounting);
        Assert.Equal(0u, lapic.CurrentCount(At(1_200)));
    }

    [Fact]
    public void Registers_of_the_other_mode_are_ignored()
    {
        Lapic counting = In(OneShot);
        Assert.Equal(TimerRequest.None, counting.WriteTscDeadline(new TscTicks(9)));
        Assert.Equal(TscTicks.Zero, counting.TscDeadline);
        counting.NoteArmed(new TscTicks(9));
        Assert.Equal(TscTicks.Zero, counting.TscDeadline);
        Lapic deadline = In(Deadline);
        Assert.Equal(TimerRequest.None, deadline.WriteInitialCount(9, At(0)));
        Assert.Equal(0u, deadline.InitialCount);
        Assert.Equal(0u, deadline.CurrentCount(At(0)));
        deadline.NoteArmed(new TscTicks(9));
        Assert.Equal(new TscTicks(9), deadline.TscDeadline);
    }

    [Fact]
    public void Disabled_apic_ignores_its_timer_and_drops_its_interrupt()
    {
        Lapic deadline = In(Deadline);
        deadline.WriteBase(Disabled, byGuest: true);
        Assert.Equal(TimerRequest.None, deadline.WriteTscDeadline(new TscTicks(9)));
        Assert.False(deadline.TimerExpired(At(10)));
        Lapic counting = In(OneShot);
        counting.WriteBase(Disabled, byGuest: true);
        Assert.Equal(TimerRequest.None, counting.WriteInitialCount(9, At(0)));
        Assert.Equal(0u, counting.InitialCount);
    }

    [Theory]
    [InlineData(0b1011u, 1)]
    [InlineData(0b0000u, 2)]
    [InlineData(0b0001u, 4)]
    [InlineData(0b0010u, 8)]
    [InlineData(0b0011u, 16)]
    [InlineData(0b1000u, 32)]
    [InlineData(0b1001u, 64)]
    [InlineData(0b1010u, 128)]
    [InlineData(0b0100u, 2)] // bit 2 means nothing
    public void Divide_configuration_slows_the_counter(uint value, long divisor)
    {
        Lapic lapic = In(OneShot);
        Assert.Equal(TimerRequest.None, lapic.WriteDivideConfiguration(value, At(0)));
        TimerRequest request = lapic.WriteInitialCount(1_000, At(0));
        Assert.Equal(At(1_000 * divisor), request.Due);
        Assert.Equal(400u, lapic.CurrentCount(At(600 * divisor)));
    }

    [Fact]
    public void Change_of_the_divider_rescales_what_is_left()
    {
        Lapic lapic = In(OneShot);
        lapic.WriteInitialCount(1_000, At(0));
        TimerRequest request = lapic.WriteDivideConfiguration(0b0001, At(600));
        Assert.Equal(At(600 + 1_600), request.Due);
        Assert.Equal(TimerRequestKind.Arm, request.Kind);
        Assert.Equal(TimerRequest.None, lapic.WriteDivideConfiguration(ByOne, At(2_200)));
    }

    [Fact]
    public void Count_runs_down_to_0_once_or_again_and_again()
    {
        Lapic once = In(OneShot);
        once.WriteInitialCount(300_000, At(0));
        Assert.Equal(300_000u, once.CurrentCount(At(0)));
        Assert.Equal(1u, once.CurrentCount(At(299_999)));
        Assert.Equal(0u, once.CurrentCount(At(300_000)));
        Assert.Equal(0u, once.CurrentCount(At(300_001)));
        Lapic periodic = In(Periodic);
        periodic.WriteInitialCount(300_000, At(0));
        Assert.Equal(1u, periodic.CurrentCount(At(299_999)));
        Assert.Equal(300_000u, periodic.CurrentCount(At(300_000)));
        Assert.Equal(299_999u, periodic.CurrentCount(At(900_001)));
    }

    [Fact]
    public void Count_of_0_stops_the_timer()
    {
        Lapic lapic = In(Periodic);
        lapic.WriteInitialCount(300_000, At(0));
        Assert.True(lapic.IsCounting);
        Assert.Equal(TimerRequest.Cancel, lapic.WriteInitialCount(0, At(10)));
        Assert.False(lapic.IsCounting);
    }

    [Fact]
    public void Periods_below_200_us_are_slowed_down_to_it()
    {
        Lapic lapic = In(Periodic);
        TimerRequest request = lapic.WriteInitialCount(1_000, At(0));
        Assert.Equal(200_000, request.Period.Nanoseconds);
        Assert.Equal(At(200_000), request.Due);
        Assert.Equal(1_000, In(OneShot).WriteInitialCount(1_000, At(0)).Due.Nanoseconds);
    }

    [Fact]
    public void Expiry_moves_the_target_of_a_periodic_count_and_ends_any_other()
    {
        Lapic periodic = In(Periodic);
        periodic.WriteInitialCount(300_000, At(0));
        Assert.True(periodic.TimerExpired(At(300_000)));
        Assert.Equal(At(600_000), periodic.CounterTarget);
        periodic.TimerExpired(At(2_000_000));
        Assert.Equal(At(2_000_000), periodic.CounterTarget);
        Lapic once = In(OneShot);
        once.WriteInitialCount(300_000, At(0));
        once.TimerExpired(At(300_000));
        Assert.False(once.IsCounting);
        Lapic deadline = In(Deadline | Masked);
        deadline.WriteTscDeadline(new TscTicks(9));
        Assert.False(deadline.TimerExpired(At(9)));
        Assert.Equal(TscTicks.Zero, deadline.TscDeadline);
    }

    [Theory]
    [InlineData(200, 1_050)] // the count lay ahead when the counter stopped
    [InlineData(1_000, 1_050)] // it had come to its end: it does when the counter goes on
    [InlineData(1_020, 1_050)] // a while ago, and its interrupt is still to be injected
    public void Counter_that_stood_still_reaches_0_later(long stopped, long target)
    {
        Lapic lapic = In(OneShot);
        lapic.WriteInitialCount(1_000, At(0));
        lapic.PauseCounter(At(stopped), At(stopped + 50));
        Assert.Equal(At(target), lapic.CounterTarget);
    }

    [Fact]
    public void Round_that_had_just_begun_when_the_counter_stopped_is_as_old_when_it_goes_on()
    {
        Lapic lapic = In(Periodic);
        lapic.WriteInitialCount(300_000, At(0));
        uint before = lapic.CurrentCount(At(301_000));
        lapic.PauseCounter(At(301_000), At(371_000));
        Assert.Equal(before, lapic.CurrentCount(At(371_000)));
    }

    [Fact]
    public void Restored_apic_arms_what_was_armed()
    {
        Lapic deadline = In(Deadline);
        deadline.WriteTscDeadline(new TscTicks(700));
        TimerRequest again = deadline.Rearm();
        Assert.Equal(TimerRequest.Arm(new TscTicks(700), At(700)), again);
        Lapic counting = In(Periodic);
        counting.WriteInitialCount(300_000, At(50));
        TimerRequest count = counting.Rearm();
        Assert.Equal((At(300_050), true), (count.Due, count.IsCount));
        Assert.Equal(TimerRequest.Cancel, In(OneShot).Rearm());
        counting.WriteInitialCount(0, At(60));
        Assert.Equal(TimerRequest.Cancel, counting.Rearm());
        Lapic ended = In(OneShot);
        ended.WriteInitialCount(5, At(0));
        ended.TimerExpired(At(5));
        Assert.Equal(TimerRequest.Cancel, ended.Rearm());
    }
}
