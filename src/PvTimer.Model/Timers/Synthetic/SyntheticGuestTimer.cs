using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Synthetic;

/// <summary>
/// A vCPU's synthetic timer 0 and what of the SynIC it needs. The guest's kernel has nothing else: its LAPIC's timer does
/// not expire.
/// </summary>
/// <remarks>
/// <code>
///   WRMSR STIMER0_COUNT, enabled -> hrtimer -> expired -> next entry: the message, if its slot is empty, or the interrupt
///      slot:  empty -> full (interrupt requested) -> read (its handler has begun) -> empty (it ends)
///      full or read, one-shot: waits until the slot is empty; the guest, told so by the message, writes EOM: an exit
///      full or read, periodic: the tick is lost (KVM never retries them, "lazy" or not)
/// </code>
/// Periodic expirations lie on a grid; those that have passed are skipped. The counter of 100 ns stands still while the VM
/// is on its way to another host; a periodic timer keeps its phase then, where KVM begins a new period.
/// </remarks>
internal sealed class SyntheticGuestTimer(IGuestTimerPort vcpu, bool isDirect) : GuestTimer(vcpu)
{
    private const long NanosecondsPerCount = 100;

    /// <summary>Counts beyond that are never reached: 285 years.</summary>
    private const ulong MostCounts = 90_000_000_000_000_000;

    /// <summary>A longer period does not end: three years.</summary>
    private const ulong LongestPeriod = 1_000_000_000_000_000;

    private enum Slot
    {
        Empty,
        Full,
        Read,
    }

    private StimerConfig _config = StimerConfig.OneShot(isDirect);
    private ulong _count;
    private bool _isArmed;
    private TscTicks _armed;
    private VirtualTime _expires;
    private VirtualDuration _stoodStill;
    private Slot _slot;

    /// <summary>It has expired, and the slot was not empty.</summary>
    private bool _waits;

    /// <summary>What the guest's kernel wants, during its WRMSR.</summary>
    private TscTicks? _asked;

    /// <inheritdoc/>
    public override bool IsLapics => false;

    /// <inheritdoc/>
    public override bool CanWake => true;

    /// <inheritdoc/>
    public override bool HoldsTimer => _waits;

    /// <inheritdoc/>
    public override TscTicks Deadline => TscTicks.Zero;

    /// <inheritdoc/>
    public override void Program(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        if (deadline == TscTicks.Zero)
        {
            Vcpu.WriteMsr(now, MsrIndex.HypervStimer0Count, 0, effects);
            return;
        }
        _asked = deadline;
        long wait = (
            Vcpu.Lapic.GuestTsc.TimeOf(deadline) - VirtualTime.Zero - _stoodStill
        ).Nanoseconds;
        long count =
            (Math.Max(wait, 1) / NanosecondsPerCount) + (wait % NanosecondsPerCount > 0 ? 1 : 0);
        Vcpu.WriteMsr(now, MsrIndex.HypervStimer0Count, (ulong)Math.Max(count, 1), effects);
        _asked = null;
    }

    /// <inheritdoc/>
    public override TimerRequest Write(VirtualTime now, TscTicks deadline, IEffects effects) =>
        TimerRequest.None;

    /// <inheritdoc/>
    public override TimerRequest Admit(TimerRequest request) => TimerRequest.None;

    /// <inheritdoc/>
    public override bool IsDeadline(uint msr) => msr == MsrIndex.HypervStimer0Count;

    /// <inheritdoc/>
    public override bool Owns(uint msr) =>
        msr
            is MsrIndex.HypervStimer0Config
                or MsrIndex.HypervStimer0Count
                or MsrIndex.HypervEndOfMessage;

    /// <inheritdoc/>
    public override ulong ReadMsr(uint msr) =>
        msr switch
        {
            MsrIndex.HypervStimer0Config => _config.Value,
            MsrIndex.HypervStimer0Count => _count,
            _ => 0,
        };

    /// <inheritdoc/>
    public override (MsrResult Result, TimerRequest Request) WriteMsr(
        VirtualTime now,
        uint msr,
        ulong value,
        IEffects effects
    )
    {
        if (msr == MsrIndex.HypervEndOfMessage)
        {
            return (MsrResult.Completed, TimerRequest.None);
        }
        if (msr == MsrIndex.HypervStimer0Config)
        {
            StimerConfig config = new(value);
            if (config.IsDirect != isDirect || !config.IsModelled)
            {
                return (MsrResult.GeneralProtection, TimerRequest.None);
            }
            _config = config;
        }
        else
        {
            _count = value;
            _config = _config.With(
                enabled: value != 0 && (_config.IsEnabled || _config.IsAutoEnabled)
            );
        }
        _waits = false;
        return (MsrResult.Completed, Start(now));
    }

    /// <inheritdoc/>
    public override byte? Expire(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        if (!_isArmed || _waits || deadline != _armed)
        {
            return null;
        }
        bool isBusy = !_config.IsDirect && _slot != Slot.Empty;
        if (isBusy && !_config.IsPeriodic)
        {
            _waits = true;
            return null;
        }
        if (isBusy || !Vcpu.Lapic.AcceptsInterrupts)
        {
            Vcpu.Timers.Drop(_armed);
            GoOn(now, effects);
            return null;
        }
        return Send(now, effects);
    }

    /// <inheritdoc/>
    public override void Entered(VirtualTime now, IEffects effects)
    {
        if (_waits && _slot == Slot.Empty)
        {
            _waits = false;
            Vcpu.Lapic.Request(Send(now, effects));
        }
    }

    /// <inheritdoc/>
    public override void HandlerBegins(byte vector)
    {
        if (_slot == Slot.Full && vector == _config.Vector)
        {
            _slot = Slot.Read;
        }
    }

    /// <inheritdoc/>
    public override uint? HandlerEnds()
    {
        if (_slot != Slot.Read)
        {
            return null;
        }
        _slot = Slot.Empty;
        return _waits ? MsrIndex.HypervEndOfMessage : null;
    }

    /// <summary>INIT. KVM's does not reset them; what a kernel that boots anew would do first is done here.</summary>
    public override void Disarmed(IEffects effects)
    {
        _config = StimerConfig.OneShot(isDirect);
        _isArmed = false;
        _waits = false;
        _slot = Slot.Empty;
    }

    /// <summary>The counter of 100 ns is another clock.</summary>
    public override void ClockReplaced() { }

    /// <inheritdoc/>
    public override void ClockStopped(VirtualTime since) { }

    /// <inheritdoc/>
    public override void StoodStill(VirtualTime from, VirtualTime until)
    {
        VirtualDuration length = until - from;
        _stoodStill += length;
        if (
            Vcpu.Timers.OutstandingDue is { } due
            && due > from
            && due < VirtualTime.MaxValue - length
        )
        {
            Vcpu.Timers.Rename(_armed, due + length);
        }
        if (_isArmed && _expires != VirtualTime.MaxValue)
        {
            _expires += length;
        }
    }

    /// <inheritdoc/>
    public override void Restore(TscTicks deadline, TimerRequest restored, IEffects effects) =>
        Vcpu.Ask(_isArmed && !_waits ? Request : TimerRequest.None, effects);

    /// <inheritdoc/>
    public override void Transfer(StateTransfer state)
    {
        _config = new StimerConfig(state.Value(_config.Value));
        _count = state.Value(_count);
        _isArmed = state.Value(_isArmed);
        _armed = state.Value(_armed);
        _expires = state.Value(_expires);
        _stoodStill = state.Value(_stoodStill);
        _slot = state.Enumeration(_slot);
        _waits = state.Value(_waits);
    }

    /// <summary>lapic_timer_advance_ns is not for these timers.</summary>
    private TimerRequest Request => TimerRequest.Arm(_armed, _expires) with { IsCount = true };

    private VirtualDuration Period =>
        VirtualDuration.FromNanoseconds(
            (long)Math.Min(_count, LongestPeriod) * NanosecondsPerCount
        );

    /// <summary>stimer_start, after whatever was armed is cancelled.</summary>
    private TimerRequest Start(VirtualTime now)
    {
        if (!_config.IsEnabled || _count == 0)
        {
            _isArmed = false;
            Vcpu.Timers.Disarm(now);
            return TimerRequest.Cancel;
        }
        _expires =
            _config.IsPeriodic ? now + Period
            : _count > MostCounts ? VirtualTime.MaxValue
            : VirtualTime.FromNanoseconds((long)_count * NanosecondsPerCount) + _stoodStill;
        Arm(now);
        return Request;
    }

    private void Arm(VirtualTime now)
    {
        TscClock clock = Vcpu.Lapic.GuestTsc;
        _isArmed = true;
        _armed = _asked ?? clock.At(_expires);
        Vcpu.Timers.Arm(_armed, _asked is { } asked ? clock.TimeOf(asked) : _expires, now);
    }

    private byte Send(VirtualTime now, IEffects effects)
    {
        byte vector = _config.Vector;
        Vcpu.Timers.Accept(_armed, vector);
        if (!_config.IsDirect)
        {
            _slot = Slot.Full;
        }
        GoOn(now, effects);
        return vector;
    }

    /// <summary>After an expiry: the next one of the grid, or none.</summary>
    private void GoOn(VirtualTime now, IEffects effects)
    {
        if (!_config.IsPeriodic)
        {
            _config = _config.With(enabled: false);
            _isArmed = false;
            return;
        }
        long late = Math.Max((now - _expires).Nanoseconds, 0);
        _expires += VirtualDuration.FromNanoseconds(
            ((late / Period.Nanoseconds) + 1) * Period.Nanoseconds
        );
        Arm(now);
        if (Vcpu.IsRunningHere)
        {
            Vcpu.Ask(Request, effects);
        }
    }
}
