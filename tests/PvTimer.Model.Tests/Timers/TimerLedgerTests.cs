using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Tests.Timers;

/// <summary>What became of each deadline that a guest programmed. One cycle is one nanosecond here.</summary>
public class TimerLedgerTests
{
    private const byte Vector = 236;

    private static readonly VirtualDuration s_grace = VirtualDuration.FromNanoseconds(10);

    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);

    private static TscTicks Tsc(long value) => new((ulong)value);

    private static void Arm(TimerLedger ledger, long deadline, long effective = 0) =>
        ledger.Arm(Tsc(deadline), At(deadline), At(effective));

    private static TimerCounts Count(
        TimerLedger ledger,
        long reached,
        bool isKnown = false,
        bool hangs = false
    )
    {
        Assert.True(ledger.IsConserved);
        return ledger.Count(At(reached), s_grace, isKnown, hangs);
    }

    [Fact]
    public void Deadline_that_fires_leaves_its_lateness()
    {
        TimerLedger ledger = new(exactLateness: 64);
        Arm(ledger, 100);
        Assert.True(ledger.HasOutstanding);
        Assert.Equal(Tsc(100), ledger.Outstanding);
        ledger.Accept(Tsc(100), Vector);
        Assert.False(ledger.HasOutstanding);
        Assert.True(ledger.HasAccepted);
        Assert.Equal(TscTicks.Zero, ledger.Outstanding);
        Assert.Equal(new TimerCounts(1, 0, 0, 0, 1, 0, 0), Count(ledger, 105));
        Assert.Equal(Tsc(100), ledger.Fire(At(107), Vector));
        Assert.False(ledger.HasAccepted);
        Assert.Equal(7, ledger.Lateness.Ascending().Single().Span.Nanoseconds);
        Assert.Null(ledger.Fire(At(120), Vector));
        Assert.Equal(new TimerCounts(1, 1, 0, 0, 0, 0, 0), Count(ledger, 130));
    }

    [Theory]
    [InlineData(210, 0)] // written at 200, 100 too late: on its way since then
    [InlineData(211, 1)]
    public void Deadline_in_the_past_is_lost_only_some_time_after_it_was_written(
        long reached,
        long lost
    )
    {
        TimerLedger ledger = new(exactLateness: 64);
        Arm(ledger, 100, effective: 200);
        Assert.Equal(lost, Count(ledger, reached).Lost);
        ledger.Accept(Tsc(100), Vector);
        Assert.Equal(lost, Count(ledger, reached, hangs: true).Lost);
    }

    [Theory]
    [InlineData(99, 1)]
    [InlineData(100, 0)]
    public void Interrupt_before_its_deadline_is_early(long entry, long early)
    {
        TimerLedger ledger = new(exactLateness: 64);
        Arm(ledger, 100);
        ledger.Accept(Tsc(100), Vector);
        ledger.Fire(At(entry), Vector);
        Assert.Equal(early, ledger.Early);
    }

    [Theory]
    [InlineData(99, 1)] // replaced before it was due, and fires all the same
    [InlineData(100, 0)] // it was due when it was replaced: on its way
    public void Interrupt_of_a_replaced_deadline_is_early_unless_it_was_due(
        long replacedAt,
        long early
    )
    {
        TimerLedger ledger = new(exactLateness: 64);
        Arm(ledger, 100);
        Arm(ledger, 500, effective: replacedAt);
        Assert.Equal(new TimerCounts(2, 0, 1, 0, 1, 0, 0), Count(ledger, 100));
        ledger.Accept(Tsc(100), Vector);
        Assert.Equal(Tsc(100), ledger.Fire(At(120), Vector));
        Assert.Equal(early, ledger.Early);
        Assert.Equal(new TimerCounts(2, 1, 0, 0, 1, 0, early), Count(ledger, 120));
    }

    [Fact]
    public void Disarmed_deadline_is_cancelled_and_a_dropped_one_too()
    {
        TimerLedger ledger = new(exactLateness: 64);
        ledger.Disarm(At(0));
        Arm(ledger, 100);
        ledger.Disarm(At(50));
        Assert.False(ledger.HasOutstanding);
        Arm(ledger, 200);
        ledger.Drop(Tsc(100));
        Assert.True(ledger.HasOutstanding);
        ledger.Drop(Tsc(200));
        Assert.False(ledger.HasOutstanding);
        Assert.Equal(new TimerCounts(2, 0, 0, 2, 0, 0, 0), Count(ledger, 300));
    }

    [Fact]
    public void Interrupt_for_nothing_that_was_armed_is_unexpected()
    {
        TimerLedger ledger = new(exactLateness: 64);
        ledger.Accept(Tsc(100), Vector);
        Assert.Equal(1, ledger.Unexpected);
        Arm(ledger, 100);
        ledger.Accept(Tsc(101), Vector);
        Assert.Equal(2, ledger.Unexpected);
        ledger.Accept(Tsc(100), Vector);
        ledger.Accept(Tsc(100), Vector);
        Assert.Equal(3, ledger.Unexpected);
        ledger.Fire(At(100), Vector);
        Assert.Equal(1, ledger.Lateness.Count);
    }

    [Fact]
    public void Sixteen_overwritten_deadlines_are_remembered_and_no_more()
    {
        TimerLedger ledger = new(exactLateness: 64);
        for (int deadline = 1; deadline <= 18; deadline++)
        {
            Arm(ledger, deadline * 100);
        }
        // 17 were overwritten: 100 is forgotten, 200 is not.
        ledger.Accept(Tsc(100), Vector);
        Assert.Equal(1, ledger.Unexpected);
        ledger.Accept(Tsc(200), Vector);
        ledger.Accept(Tsc(1_700), Vector);
        Assert.Equal(1, ledger.Unexpected);
        Assert.Equal(new TimerCounts(18, 0, 15, 0, 3, 0, 0), Count(ledger, 100));
    }

    [Fact]
    public void Forgotten_deadlines_stay_counted_as_what_they_were()
    {
        TimerLedger ledger = new(exactLateness: 64);
        for (int round = 0; round < 20; round++)
        {
            Arm(ledger, 1_000 + round);
            Arm(ledger, 2_000 + round);
            ledger.Disarm(At(0));
        }
        Assert.Equal(new TimerCounts(40, 0, 20, 20, 0, 0, 0), Count(ledger, 100));
    }

    [Fact]
    public void Of_equal_deadlines_one_interrupt_takes_one()
    {
        TimerLedger ledger = new(exactLateness: 64);
        Arm(ledger, 100);
        Arm(ledger, 100);
        Arm(ledger, 300);
        ledger.Accept(Tsc(100), Vector);
        ledger.Accept(Tsc(100), Vector);
        Assert.Equal(0, ledger.Unexpected);
        ledger.Accept(Tsc(100), Vector);
        Assert.Equal(1, ledger.Unexpected);
        Assert.Equal(Tsc(100), ledger.Fire(At(150), Vector));
        Assert.Equal(2, ledger.Lateness.Count);
    }

    [Theory]
    [InlineData(110, false, 0)] // within the grace
    [InlineData(111, false, 1)]
    [InlineData(111, true, 0)] // somebody will act on it
    public void Overdue_deadline_that_nobody_knows_of_is_lost(long reached, bool known, long lost)
    {
        TimerLedger ledger = new(exactLateness: 64);
        Arm(ledger, 100);
        TimerCounts counts = Count(ledger, reached, known);
        Assert.Equal((lost, 1 - lost), (counts.Lost, counts.Pending));
    }

    [Theory]
    [InlineData(110, true, 0)]
    [InlineData(111, true, 1)]
    [InlineData(111, false, 0)]
    public void Interrupt_that_waits_in_a_vcpu_that_hangs_is_lost(
        long reached,
        bool hangs,
        long lost
    )
    {
        TimerLedger ledger = new(exactLateness: 64);
        Arm(ledger, 100);
        ledger.Accept(Tsc(100), Vector);
        TimerCounts counts = Count(ledger, reached, isKnown: true, hangs);
        Assert.Equal((lost, 1 - lost), (counts.Lost, counts.Pending));
    }

    [Fact]
    public void Deadline_of_another_clock_has_another_name()
    {
        TimerLedger ledger = new(exactLateness: 64);
        ledger.Rename(Tsc(5), At(5));
        Assert.False(ledger.HasOutstanding);
        Arm(ledger, 100);
        ledger.Rename(Tsc(250), At(120));
        ledger.Accept(Tsc(250), Vector);
        ledger.Fire(At(123), Vector);
        Assert.Equal(3, ledger.Lateness.Ascending().Single().Span.Nanoseconds);
    }

    [Theory]
    [InlineData(99, 150)] // it lay ahead when the clock stopped
    [InlineData(100, 100)] // it was due
    public void Clock_that_stood_still_postpones_what_lay_ahead(long stoppedAt, long due)
    {
        TimerLedger ledger = new(exactLateness: 64);
        TscClock late = new(TscTicks.Zero, TscFrequency.FromMegahertz(1_000)) { Since = At(50) };
        ledger.Postpone(At(stoppedAt), late);
        Arm(ledger, 100);
        ledger.Postpone(At(stoppedAt), late);
        ledger.Accept(Tsc(100), Vector);
        ledger.Fire(At(200), Vector);
        Assert.Equal(200 - due, ledger.Lateness.Ascending().Single().Span.Nanoseconds);
    }

    [Fact]
    public void Deadline_that_was_programmed_twice_is_replaced_when_the_second_is()
    {
        TimerLedger ledger = new(exactLateness: 64);
        Arm(ledger, 100);
        Arm(ledger, 100, effective: 20);
        // By then it was due: its interrupt was on its way.
        Arm(ledger, 900, effective: 110);
        ledger.Accept(Tsc(100), Vector);
        ledger.Fire(At(120), Vector);
        Assert.Equal(new TimerCounts(3, 1, 1, 0, 1, 0, 0), Count(ledger, 130));
    }

    [Fact]
    public void Thawed_ledger_goes_on_as_the_frozen_one()
    {
        TimerLedger ledger = new(exactLateness: 64);
        for (int deadline = 1; deadline <= 20; deadline++)
        {
            Arm(ledger, deadline * 100, effective: 300);
            if (deadline % 3 == 0)
            {
                ledger.Disarm(At(0));
            }
        }
        ledger.Accept(Tsc(1_900), Vector);
        ledger.Fire(At(1_800), Vector);
        ledger.Accept(Tsc(7), Vector);
        ledger.Accept(Tsc(2_000), Vector);
        Arm(ledger, 5_000);
        StateWriter writer = new();
        ledger.Transfer(new StateTransfer(writer));
        TimerLedger thawed = new(exactLateness: 64);
        Arm(thawed, 1);
        Arm(thawed, 2);
        thawed.Transfer(new StateTransfer(new StateReader(writer.ToArray())));
        foreach (TimerLedger each in (TimerLedger[])[ledger, thawed])
        {
            Assert.Equal(new TimerCounts(21, 1, 12, 6, 2, 0, 1), Count(each, 100));
            Assert.Equal(1, each.Unexpected);
            each.Accept(Tsc(1_400), Vector);
            each.Accept(Tsc(5_000), Vector);
            Assert.Equal(Tsc(5_000), each.Fire(At(5_005), Vector));
            Assert.Equal(new TimerCounts(21, 4, 11, 6, 0, 0, 2), Count(each, 6_000));
            Assert.Equal(4, each.Lateness.Count);
        }
    }
}
