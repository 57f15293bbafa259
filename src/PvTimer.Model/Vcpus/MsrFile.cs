using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Vcpus;

/// <summary>The MSRs of one vCPU, for the guest and for userspace alike.</summary>
internal sealed class MsrFile(Lapic lapic, GuestTimer timer, TimerEmulation emulation) : IStateful
{
    private readonly Lapic _lapic = lapic;
    private readonly GuestTimer _timer = timer;
    private readonly TimerEmulation _emulation = emulation;
    private long _deadlineWrites;

    /// <summary>IA32_TSC_ADJUST.</summary>
    private ulong _tscAdjust;
    private bool _tscWasSet;

    /// <summary>Deadlines that were written, be it to a register or to a page.</summary>
    public long DeadlineWrites => _deadlineWrites;

    /// <summary>
    /// The TSC was set: KVM leaves a host timer that is armed where it is, so that its interrupt may come before
    /// the deadline by the new clock, or long after.
    /// </summary>
    public bool TscWasSet => _tscWasSet;

    /// <summary>The guest has written a deadline elsewhere.</summary>
    public void CountDeadlineWrite() => _deadlineWrites++;

    public MsrResult Read(VirtualTime now, uint msr, out ulong value)
    {
        if (Lapic.Owns(msr))
        {
            return _lapic.Read(msr, now, out value);
        }
        ulong? read = msr switch
        {
            MsrIndex.Ia32Tsc => _lapic.GuestTsc.At(now).Value,
            MsrIndex.Ia32TscAdjust => _tscAdjust,
            MsrIndex.Ia32ApicBase => _lapic.Base.Value,
            MsrIndex.Ia32TscDeadline => _lapic.Enabled ? _timer.Read().Value : 0,
            _ when _timer.Owns(msr) => _timer.ReadMsr(msr),
            _ => null,
        };
        value = read ?? 0;
        return read is null ? MsrResult.GeneralProtection : MsrResult.Completed;
    }

    /// <param name="now">When.</param>
    /// <param name="msr">Which register.</param>
    /// <param name="value">What it is to hold.</param>
    /// <param name="byGuest">WRMSR, or KVM_SET_MSRS.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    /// <param name="request">What it asks of the host's timers.</param>
    public MsrResult Write(
        VirtualTime now,
        uint msr,
        ulong value,
        bool byGuest,
        IEffects effects,
        out TimerRequest request
    )
    {
        request = TimerRequest.None;
        switch (msr)
        {
            case MsrIndex.Ia32TscDeadline:
                _deadlineWrites++;
                request = _timer.Write(now, new TscTicks(value), effects);
                return MsrResult.Completed;
            case MsrIndex.Ia32Tsc:
                WriteTsc(now, value, byGuest, effects);
                return MsrResult.Completed;
            case MsrIndex.Ia32TscAdjust:
                WriteTscAdjust(now, value, byGuest, effects);
                return MsrResult.Completed;
            case MsrIndex.Ia32ApicBase:
                return _lapic.WriteBase(value, byGuest)
                    ? MsrResult.Completed
                    : MsrResult.GeneralProtection;
            case var register when Lapic.Owns(register):
                return WriteApic(now, register, value, effects, out request);
            case var own when _timer.Owns(own):
                _deadlineWrites += _timer.IsDeadline(own) ? 1 : 0;
                (MsrResult result, request) = _timer.WriteMsr(now, own, value, effects);
                return result;
            default:
                return MsrResult.GeneralProtection;
        }
    }

    private MsrResult WriteApic(
        VirtualTime now,
        uint msr,
        ulong value,
        IEffects effects,
        out TimerRequest request
    )
    {
        MsrResult result = _lapic.Write(msr, value, now, out request);
        request = _emulation.Record(now, _timer.Admit(request));
        if (msr == MsrIndex.X2ApicLvtTimer && request.Kind == TimerRequestKind.Cancel)
        {
            _timer.Disarmed(effects);
        }
        bool sendsToItself = msr == MsrIndex.X2ApicSelfIpi && result == MsrResult.Completed;
        if (sendsToItself && _lapic.AcceptsInterrupts)
        {
            _lapic.Request((byte)value);
        }
        return result;
    }

    /// <summary>
    /// The guest's own write is a change of its offset, so that IA32_TSC_ADJUST changes with it; userspace's is not
    /// (kvm_set_msr_common). An armed host timer stays as it is.
    /// </summary>
    private void WriteTsc(VirtualTime now, ulong value, bool byGuest, IEffects effects)
    {
        if (byGuest)
        {
            ulong before = _lapic.GuestTsc.At(now).Value;
            _tscAdjust = unchecked(_tscAdjust + value - before); // reason: the register wraps
        }
        SetTsc(now, value, effects);
    }

    /// <summary>The guest's write moves its TSC by as much; userspace's is the register's alone.</summary>
    private void WriteTscAdjust(VirtualTime now, ulong value, bool byGuest, IEffects effects)
    {
        ulong change = unchecked(value - _tscAdjust); // reason: the register wraps
        _tscAdjust = value;
        if (byGuest && change != 0)
        {
            ulong moved = unchecked(_lapic.GuestTsc.At(now).Value + change); // reason: so does the TSC
            SetTsc(now, moved, effects);
        }
    }

    private void SetTsc(VirtualTime now, ulong value, IEffects effects)
    {
        _tscWasSet = true;
        _lapic.GuestTsc = new TscClock(new TscTicks(value), _lapic.GuestTsc.Frequency)
        {
            Since = now,
        };
        if (_lapic.TimerMode == LvtTimerMode.TscDeadline)
        {
            _timer.ClockReplaced();
        }
        _timer.ClockChanged(effects);
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _deadlineWrites = state.Value(_deadlineWrites);
        _tscAdjust = state.Value(_tscAdjust);
        _tscWasSet = state.Value(_tscWasSet);
    }
}
