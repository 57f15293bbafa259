using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Apic;

/// <content>
/// The LVT timer in its three modes. It counts at 1 GHz, KVM's default bus frequency: one count of the undivided
/// clock is one nanosecond.
/// </content>
public sealed partial class Lapic
{
    private const uint DivideBits = 0b1011;

    /// <summary>Periodic timers below it are slowed down to it (KVM's min_timer_period_us = 200).</summary>
    public static VirtualDuration MinimumPeriod { get; } = VirtualDuration.FromMicroseconds(200);

    /// <summary>The target of a counter that reached 0 in one-shot mode: only TMICT starts it again.</summary>
    private static readonly VirtualTime Stopped = VirtualTime.Zero;

    // Volatile state

    /// <summary>Bit 12 of the LVT timer register, delivery status: KVM keeps what is written.</summary>
    private bool _timerSendPending;
    private uint _divideConfiguration;
    private uint _initialCount;
    private VirtualTime _target;

    /// <summary>LVT timer register, bits 7:0. Linux uses 236 (LOCAL_TIMER_VECTOR).</summary>
    public byte TimerVector { get; private set; } = 236;

    public bool TimerMasked { get; private set; }

    /// <summary>Bits 18:17 of the LVT timer register.</summary>
    public LvtTimerMode TimerMode { get; private set; } = LvtTimerMode.TscDeadline;

    /// <summary>
    /// An expired timer is injected, and wakes a halted vCPU (apic_has_pending_timer): the APIC is enabled, the
    /// LVT is not masked.
    /// </summary>
    public bool CanTimerInterrupt => Enabled && !TimerMasked;

    /// <summary>What RDMSR 0x6e0 returns: 0 when disarmed, after it fired, and in other modes.</summary>
    public TscTicks TscDeadline { get; private set; }

    /// <summary>TMICT.</summary>
    public uint InitialCount => _initialCount;

    /// <summary>One-shot and periodic mode: when the counter reaches 0 next.</summary>
    public VirtualTime CounterTarget => _target;

    /// <summary>The counter runs: it was started, and has not reached 0 in one-shot mode.</summary>
    public bool IsCounting => _initialCount != 0 && _target != Stopped;

    /// <summary>Bits 3, 1 and 0; 0b111 divides by 1, 0b000 by 2, ... 0b110 by 128 (SDM figure 12-10).</summary>
    private int DivideShift =>
        (int)((((_divideConfiguration >> 1) & 4) | (_divideConfiguration & 3)) + 1) & 7;

    /// <summary>Writes the LVT timer register: vector, mask, mode (MSR 0x832).</summary>
    public TimerRequest WriteLvtTimer(uint value, VirtualTime now)
    {
        LvtTimerMode before = TimerMode;
        TimerMode = (LvtTimerMode)((value >> 17) & 3);
        TimerVector = (byte)(value & 0xff);
        TimerMasked = (value & LocalVectorTable.Masked) != 0 || !SoftwareEnabled;
        _timerSendPending = (value & LocalVectorTable.SendPending) != 0;
        if (TimerMode == before)
        {
            return TimerRequest.None;
        }
        bool deadlineModeChanges =
            TimerMode == LvtTimerMode.TscDeadline || before == LvtTimerMode.TscDeadline;
        if (deadlineModeChanges)
        {
            // KVM's apic_update_lvtt: a change from or to deadline mode disarms and zeroes both registers.
            TscDeadline = TscTicks.Zero;
            _initialCount = 0;
            return TimerRequest.Cancel;
        }
        if (_target <= now && _target != Stopped)
        {
            // Leaving periodic mode between an expiry and its delivery: the count is already in its next round.
            _target =
                before == LvtTimerMode.Periodic
                    ? now + VirtualDuration.FromNanoseconds(RoundLeft(now, MinimumPeriod))
                    : Stopped;
        }
        return _initialCount == 0 || _target == Stopped ? TimerRequest.None : ArmCounter();
    }

    /// <summary>
    /// Writes IA32_TSC_DEADLINE: ignored unless the APIC is enabled and in deadline mode; 0 disarms.
    /// </summary>
    public TimerRequest WriteTscDeadline(TscTicks deadline)
    {
        if (!Enabled || TimerMode != LvtTimerMode.TscDeadline)
        {
            return TimerRequest.None;
        }
        TscDeadline = deadline;
        return deadline == TscTicks.Zero
            ? TimerRequest.Cancel
            : TimerRequest.Arm(deadline, GuestTsc.TimeOf(deadline));
    }

    /// <summary>Writes TMICT (MSR 0x838): ignored in deadline mode; 0 stops the timer.</summary>
    public TimerRequest WriteInitialCount(uint count, VirtualTime now)
    {
        if (!Enabled || TimerMode == LvtTimerMode.TscDeadline)
        {
            return TimerRequest.None;
        }
        _initialCount = count;
        if (count == 0 || TimerMode == LvtTimerMode.Reserved)
        {
            _target = Stopped;
            return TimerRequest.Cancel;
        }
        _target = now + Interval();
        return ArmCounter();
    }

    /// <summary>Writes TDCR (MSR 0x83e): another divisor stretches what is left of the count (update_target_expiration).</summary>
    public TimerRequest WriteDivideConfiguration(uint value, VirtualTime now)
    {
        int before = DivideShift;
        _divideConfiguration = value & DivideBits;
        long left = CounterLeft(now);
        if (DivideShift == before || left == 0)
        {
            return TimerRequest.None;
        }
        _target = now + VirtualDuration.FromNanoseconds((left << DivideShift) >> before);
        return ArmCounter();
    }

    /// <summary>TMCCT (MSR 0x839): counts down from TMICT to 0; 0 in deadline mode.</summary>
    public uint CurrentCount(VirtualTime now) =>
        (uint)(CounterLeft(now) / (_busCycle << DivideShift));

    /// <summary>
    /// The timer's interrupt is injected. True if <see cref="TimerVector"/> is to be requested; false if the LVT
    /// is masked or the APIC disabled: the interrupt is dropped.
    /// </summary>
    /// <param name="now">When.</param>
    /// <param name="next">
    /// Periodic mode: the target expiration that the host's timer has advanced to. The counter has no clock of
    /// its own, so however late the interrupt is, both stay on one grid. Null: the timer was a one-shot one when
    /// it expired.
    /// </param>
    public bool TimerExpired(VirtualTime now, VirtualTime? next = null)
    {
        TscDeadline = TscTicks.Zero;
        _target =
            TimerMode != LvtTimerMode.Periodic || !IsCounting
                ? Stopped
                : next ?? Advance(_target, Interval(), now);
        return CanTimerInterrupt;
    }

    /// <summary>Where a periodic timer's target expiration goes when it expires (advance_periodic_target_expiration).</summary>
    /// <param name="expired">The target that was reached.</param>
    /// <param name="period">The interval.</param>
    /// <param name="now">A late expiry never bursts: the next one does not lie before it.</param>
    public static VirtualTime Advance(
        VirtualTime expired,
        VirtualDuration period,
        VirtualTime now
    ) => VirtualTime.Max(expired + period, now);

    /// <summary>
    /// The counter stood still: what lay ahead when it stopped lies as far ahead when it goes on, and a round that had
    /// just begun is as old as it was.
    /// </summary>
    public void PauseCounter(VirtualTime from, VirtualTime until)
    {
        if (_target != Stopped)
        {
            _target += until - from;
        }
    }

    /// <summary>pvtimer: the dedicated CPU armed this deadline, which came by the page.</summary>
    public void NoteArmed(TscTicks deadline)
    {
        if (TimerMode == LvtTimerMode.TscDeadline)
        {
            TscDeadline = deadline;
        }
    }

    /// <summary>
    /// KVM_SET_LAPIC, once the registers are there: what was armed is cancelled, the restored timer is armed anew.
    /// A count that reached 0 without its interrupt having been injected expires again, at once.
    /// </summary>
    public TimerRequest Rearm()
    {
        if (TimerMode == LvtTimerMode.TscDeadline)
        {
            return TscDeadline == TscTicks.Zero
                ? TimerRequest.Cancel
                : TimerRequest.Arm(TscDeadline, GuestTsc.TimeOf(TscDeadline));
        }
        return _initialCount == 0 || _target == Stopped ? TimerRequest.Cancel : ArmCounter();
    }

    private void TransferTimer(StateTransfer state)
    {
        TimerVector = state.Value(TimerVector);
        TimerMasked = state.Value(TimerMasked);
        TimerMode = state.Enumeration(TimerMode);
        _timerSendPending = state.Value(_timerSendPending);
        _divideConfiguration = state.Value(_divideConfiguration);
        _initialCount = state.Value(_initialCount);
        _target = state.Value(_target);
        TscDeadline = state.Value(TscDeadline);
    }

    /// <summary>Periodic mode, at or past a target: nanoseconds to the one after now.</summary>
    private long RoundLeft(VirtualTime now, VirtualDuration shortest)
    {
        long interval = VirtualDuration.Max(Interval(), shortest).Nanoseconds;
        return interval - ((now - _target).Nanoseconds % interval);
    }

    /// <summary>Nanoseconds until the counter is 0; 0 if it does not run, as in deadline mode.</summary>
    private long CounterLeft(VirtualTime now)
    {
        if (TimerMode == LvtTimerMode.TscDeadline || !IsCounting)
        {
            return 0;
        }
        long left = (_target - now).Nanoseconds;
        return left > 0 ? left
            : TimerMode == LvtTimerMode.Periodic ? RoundLeft(now, VirtualDuration.Zero)
            : 0;
    }

    /// <summary>The LVT timer register.</summary>
    private uint LvtTimer =>
        TimerVector
        | (_timerSendPending ? LocalVectorTable.SendPending : 0)
        | (TimerMasked ? LocalVectorTable.Masked : 0)
        | ((uint)TimerMode << 17);

    private VirtualDuration Interval()
    {
        VirtualDuration interval = SpanOf(_initialCount);
        return TimerMode == LvtTimerMode.Periodic
            ? VirtualDuration.Max(interval, MinimumPeriod)
            : interval;
    }

    private VirtualDuration SpanOf(uint count) =>
        VirtualDuration.FromNanoseconds(count * (_busCycle << DivideShift));

    private TimerRequest ArmCounter() =>
        TimerRequest.Arm(
            GuestTsc.At(_target),
            _target,
            TimerMode == LvtTimerMode.Periodic ? Interval() : VirtualDuration.Zero
        ) with
        {
            IsCount = true,
        };
}
