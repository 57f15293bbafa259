using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Apic;

/// <summary>
/// The local APIC of one vCPU as KVM emulates it in x2APIC mode: the LVT timer in its three modes and the
/// priority logic IRR/ISR/TPR/PPR/EOI (Intel SDM vol. 3A, 12.5.4 and 12.8; arch/x86/kvm/lapic.c).
/// </summary>
/// <remarks>
/// A pure state machine: time is handed in, and what must happen to host timers is handed back as a
/// <see cref="TimerRequest"/>. The APIC timer counts at 1 GHz, KVM's default bus frequency: one count of
/// the undivided clock is one nanosecond.
/// </remarks>
public sealed class Lapic : IStateful
{
    /// <summary>Periodic timers below it are slowed down to it (KVM's min_timer_period_us = 200).</summary>
    public static VirtualDuration MinimumPeriod { get; } = VirtualDuration.FromMicroseconds(200);

    /// <summary>The target of a counter that reached 0 in one-shot mode: only TMICT starts it again.</summary>
    private static readonly VirtualTime Stopped = VirtualTime.Zero;

    // Volatile state
    private VectorBitmap _irr;
    private VectorBitmap _isr;
    private uint _initialCount;
    private int _divideShift = 1;
    private VirtualTime _target;

    public Lapic(TscClock guestTsc) => GuestTsc = guestTsc;

    /// <summary>The guest's TSC; migration sets it anew.</summary>
    public TscClock GuestTsc { get; set; }

    /// <summary>IA32_APIC_BASE.EN; a disabled APIC ignores its timer's MSRs.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Task priority: vectors of its class and below wait in the IRR.</summary>
    public byte Tpr { get; set; }

    /// <summary>LVT timer register, bits 7:0. Linux uses 236 (LOCAL_TIMER_VECTOR).</summary>
    public byte TimerVector { get; private set; } = 236;

    public bool TimerMasked { get; private set; }

    public LvtTimerMode TimerMode { get; private set; } = LvtTimerMode.TscDeadline;

    /// <summary>What RDMSR 0x6e0 returns: 0 when disarmed, after it fired, and in other modes.</summary>
    public TscTicks TscDeadline { get; private set; }

    /// <summary>TMICT.</summary>
    public uint InitialCount => _initialCount;

    /// <summary>One-shot and periodic mode: when the counter reaches 0 next.</summary>
    public VirtualTime CounterTarget => _target;

    /// <summary>The counter runs: it was started, and has not reached 0 in one-shot mode.</summary>
    public bool IsCounting => _initialCount != 0 && _target != Stopped;

    /// <summary>Processor priority: the higher class of TPR and the highest vector in service.</summary>
    public int PriorityClass => Math.Max(Tpr >> 4, _isr.Highest < 0 ? 0 : _isr.Highest >> 4);

    /// <summary>The vector that would be delivered now; -1 if none.</summary>
    public int Deliverable =>
        Enabled && _irr.Highest >= 0 && _irr.Highest >> 4 > PriorityClass ? _irr.Highest : -1;

    /// <summary>The highest vector in service; -1 if none is.</summary>
    public int InService => _isr.Highest;

    public bool IsRequested(byte vector) => _irr.Contains(vector);

    public bool IsInService(byte vector) => _isr.Contains(vector);

    /// <summary>
    /// Accepts an interrupt into the IRR. False if the vector was requested already: the two coalesce.
    /// </summary>
    public bool Request(byte vector)
    {
        bool added = !_irr.Contains(vector);
        _irr.Set(vector);
        return added;
    }

    /// <summary>Moves everything posted into the IRR (KVM's sync_pir_to_irr, or hardware's own).</summary>
    public void RequestAll(ref VectorBitmap posted) => _irr.TakeAll(ref posted);

    /// <summary>The processor takes the highest deliverable vector: IRR to ISR.</summary>
    public byte Acknowledge()
    {
        byte vector = (byte)Deliverable;
        _irr.Clear(vector);
        _isr.Set(vector);
        return vector;
    }

    /// <summary>EOI: the highest vector in service ends. Without one it has no effect.</summary>
    public void EndOfInterrupt()
    {
        if (_isr.Highest >= 0)
        {
            _isr.Clear((byte)_isr.Highest);
        }
    }

    /// <summary>Writes the LVT timer register: vector, mask, mode (MSR 0x832).</summary>
    public TimerRequest WriteLvtTimer(uint value, VirtualTime now)
    {
        // 0b11 is reserved: the counter stays a one-shot one.
        uint bits = (value >> 17) & 3;
        LvtTimerMode mode = bits == 3 ? LvtTimerMode.OneShot : (LvtTimerMode)bits;
        TimerVector = (byte)(value & 0xff);
        TimerMasked = (value & (1u << 16)) != 0;
        if (mode == TimerMode)
        {
            return TimerRequest.None;
        }
        bool deadlineModeChanges =
            mode == LvtTimerMode.TscDeadline || TimerMode == LvtTimerMode.TscDeadline;
        TimerMode = mode;
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
                mode == LvtTimerMode.OneShot
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
        if (count == 0)
        {
            return TimerRequest.Cancel;
        }
        _target = now + Interval();
        return ArmCounter();
    }

    /// <summary>Writes TDCR (MSR 0x83e): divides by 1 to 128; what remains of the count is rescaled.</summary>
    public TimerRequest WriteDivideConfiguration(uint value, VirtualTime now)
    {
        // Bits 3, 1 and 0; 0b111 divides by 1, 0b000 by 2, ... 0b110 by 128 (SDM figure 12-10).
        int encoded = (int)(((value >> 1) & 4) | (value & 3));
        int shift = (encoded + 1) & 7;
        uint remaining = CurrentCount(now);
        _divideShift = shift;
        if (TimerMode == LvtTimerMode.TscDeadline || _initialCount == 0 || remaining == 0)
        {
            return TimerRequest.None;
        }
        _target = now + VirtualDuration.FromNanoseconds((long)remaining << shift);
        return ArmCounter();
    }

    /// <summary>TMCCT (MSR 0x839): counts down from TMICT to 0; 0 in deadline mode.</summary>
    public uint CurrentCount(VirtualTime now)
    {
        if (TimerMode == LvtTimerMode.TscDeadline || _initialCount == 0 || _target == Stopped)
        {
            return 0;
        }
        long left = (_target - now).Nanoseconds;
        if (left <= 0)
        {
            if (TimerMode == LvtTimerMode.OneShot)
            {
                return 0;
            }
            left = RoundLeft(now, VirtualDuration.Zero);
        }
        return (uint)(left >> _divideShift);
    }

    /// <summary>
    /// The timer expired. True if <see cref="TimerVector"/> is to be requested; false if the LVT is masked or
    /// the APIC disabled: the interrupt is dropped.
    /// </summary>
    public bool TimerExpired(VirtualTime now)
    {
        TscDeadline = TscTicks.Zero;
        if (TimerMode == LvtTimerMode.Periodic && IsCounting)
        {
            // A late expiry never bursts: the next one lies after now, however many were missed.
            _target = VirtualTime.Max(_target + Interval(), now);
        }
        else
        {
            _target = Stopped;
        }
        return Enabled && !TimerMasked;
    }

    /// <summary>The counter stood still: what lay ahead when it stopped lies as far ahead when it goes on.</summary>
    public void PauseCounter(VirtualTime from, VirtualTime until)
    {
        if (_target > from)
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

    /// <summary>KVM_GET_LAPIC.</summary>
    public LapicState Save() =>
        new(
            Enabled,
            Tpr,
            _irr,
            _isr,
            TimerVector,
            TimerMasked,
            TimerMode,
            TscDeadline,
            _initialCount,
            _divideShift,
            _target
        );

    /// <summary>
    /// KVM_SET_LAPIC: what was armed is cancelled, the restored timer is armed anew. A count that reached 0
    /// without its interrupt having been injected expires again, at once.
    /// </summary>
    public TimerRequest Restore(LapicState state)
    {
        (
            Enabled,
            Tpr,
            _irr,
            _isr,
            TimerVector,
            TimerMasked,
            TimerMode,
            TscDeadline,
            _initialCount,
            _divideShift,
            _target
        ) = state;
        if (TimerMode == LvtTimerMode.TscDeadline)
        {
            return TscDeadline == TscTicks.Zero
                ? TimerRequest.Cancel
                : TimerRequest.Arm(TscDeadline, GuestTsc.TimeOf(TscDeadline));
        }
        return _initialCount == 0 || _target == Stopped ? TimerRequest.Cancel : ArmCounter();
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _irr.Transfer(state);
        _isr.Transfer(state);
        _initialCount = state.Value(_initialCount);
        _divideShift = state.Value(_divideShift);
        _target = state.Value(_target);
        Enabled = state.Value(Enabled);
        Tpr = state.Value(Tpr);
        TimerVector = state.Value(TimerVector);
        TimerMasked = state.Value(TimerMasked);
        TimerMode = state.Enumeration(TimerMode);
        TscDeadline = state.Value(TscDeadline);
        GuestTsc = state.Value(GuestTsc);
    }

    /// <summary>Periodic mode, at or past a target: nanoseconds to the one after now.</summary>
    private long RoundLeft(VirtualTime now, VirtualDuration shortest)
    {
        long interval = VirtualDuration.Max(Interval(), shortest).Nanoseconds;
        return interval - ((now - _target).Nanoseconds % interval);
    }

    private VirtualDuration Interval()
    {
        VirtualDuration interval = VirtualDuration.FromNanoseconds(
            (long)_initialCount << _divideShift
        );
        return TimerMode == LvtTimerMode.Periodic
            ? VirtualDuration.Max(interval, MinimumPeriod)
            : interval;
    }

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
