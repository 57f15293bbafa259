using System.Linq;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>
/// Registers: RDMSR and WRMSR of the guest, KVM_SET_MSRS of userspace, and what a write asks of the host's timers.
/// </content>
public sealed partial class Vcpu
{
    private long _deadlineWrites;

    /// <summary>IA32_TSC_ADJUST.</summary>
    private ulong _tscAdjust;

    /// <summary>
    /// The TSC was set: KVM leaves a host timer that is armed where it is, so that its interrupt may come before
    /// the deadline by the new clock, or long after.
    /// </summary>
    private bool _tscWasSet;

    /// <summary>What waits for the exit under way.</summary>
    private ProgramTimer? _asked;

    /// <summary>What the host calls the counter's armed timer, in one-shot and periodic mode.</summary>
    private TscTicks _counterDeadline;

    /// <summary>A register access that does not exit takes the shortest time there is.</summary>
    private static Operation WithoutExit { get; } =
        new(OperationKind.Compute, VirtualDuration.Smallest);

    private void ReadMsr(VirtualTime now, uint msr, IEffects effects)
    {
        MsrResult result = Read(now, msr, out ulong value);
        _configuration.Program.OnMsrAccess(Context(now), msr, value, result);
        Note(new MsrAccess(MsrAccessKind.Read, msr, value, result), effects);
        // APIC-register virtualization: reads of the virtual APIC page do not exit. Nor do those of the TSC.
        bool exits =
            result == MsrResult.GeneralProtection
            || msr == MsrIndex.X2ApicCurrentCount
            || (!HasApicv && Lapic.Owns(msr) && msr != MsrIndex.X2ApicTpr)
            || !(msr == MsrIndex.Ia32Tsc || Lapic.Owns(msr));
        if (exits)
        {
            Exit(now, VmExitReason.MsrRead, msr, default, null, effects);
        }
        else
        {
            _operation = WithoutExit;
        }
    }

    private MsrResult Read(VirtualTime now, uint msr, out ulong value)
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
            MsrIndex.Ia32TscDeadline => _timer.Deadline.Value,
            _ when _timer.Owns(msr) => _timer.ReadMsr(msr),
            _ => null,
        };
        value = read ?? 0;
        return read is null ? MsrResult.GeneralProtection : MsrResult.Completed;
    }

    private void WriteMsr(VirtualTime now, uint msr, ulong value, IEffects effects)
    {
        bool couldDeliver = _lapic.Deliverable >= 0;
        MsrResult result = Write(now, msr, value, byGuest: true, effects, out TimerRequest request);
        _configuration.Program.OnMsrAccess(Context(now), msr, value, result);
        if (result == MsrResult.GeneralProtection)
        {
            Note(new MsrAccess(MsrAccessKind.Write, msr, value, result), effects);
        }
        if (msr == MsrIndex.X2ApicTpr && !HasApicv && !couldDeliver && _lapic.Deliverable >= 0)
        {
            Exit(now, VmExitReason.TprBelowThreshold, 0, default, null, effects);
            return;
        }
        // Virtual-interrupt delivery has the processor itself write EOI and the self-IPI register, too.
        bool isVirtualized =
            _lapic.Base.IsX2Apic
            && (
                msr == MsrIndex.X2ApicTpr
                || (HasApicv && msr is MsrIndex.X2ApicEoi or MsrIndex.X2ApicSelfIpi)
            );
        bool isProcessors = msr == MsrIndex.Ia32TscDeadline && _timer.WritesWithoutExit;
        if (isVirtualized || isProcessors)
        {
            _operation = WithoutExit;
            return;
        }
        GuestIpi? ipi =
            msr == MsrIndex.X2ApicIcr && result == MsrResult.Completed
                ? Decode(new InterruptCommand(value))
                : null;
        Exit(now, VmExitReason.MsrWrite, msr, request, ipi, effects);
    }

    private GuestIpi Decode(InterruptCommand command) =>
        new(
            command.DeliveryMode,
            command.Vector,
            [
                .. command
                    .Destinations(_configuration.Index, _configuration.ApicIds)
                    .Select(index => _configuration.Siblings[index]),
            ]
        );

    /// <summary>The registers, whoever writes them: the guest or userspace.</summary>
    private MsrResult Write(
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
        request = Record(now, _timer.Admit(request));
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

    /// <summary>Enters into the ledger what a register write did to the timer.</summary>
    private TimerRequest Record(VirtualTime now, TimerRequest request)
    {
        bool replaces = _timers.HasOutstanding;
        switch (request.Kind)
        {
            case TimerRequestKind.Arm:
                _counterDeadline = request.Deadline;
                _timers.Arm(request.Deadline, request.Due, now);
                break;
            case TimerRequestKind.Cancel:
                _timers.Disarm(now);
                break;
            default:
                break;
        }
        return request with { Replaces = replaces };
    }

    /// <summary>KVM_SET_MSRS: the same writes, without an exit.</summary>
    private void OnSetMsr(VirtualTime now, SetMsr set, IEffects effects)
    {
        bool couldWake = _timer.CanWake;
        MsrResult result = Write(
            now,
            set.Msr,
            set.Value,
            byGuest: false,
            effects,
            out TimerRequest request
        );
        if (result == MsrResult.GeneralProtection)
        {
            Note(new MsrAccess(MsrAccessKind.Set, set.Msr, set.Value, result), effects);
        }
        if (request.Kind != TimerRequestKind.None || _timer.CanWake != couldWake)
        {
            Ask(request, effects);
        }
    }

    /// <summary>
    /// Has the thread's pCPU set the timer. While KVM still handles a register write of the guest, what is
    /// asked waits for the next entry (vcpu->mutex): otherwise that write, which came first, would be done last.
    /// </summary>
    private void Ask(TimerRequest request, IEffects effects)
    {
        ProgramTimer program = new(Id, request, _timer.CanWake);
        if (_exitReason == VmExitReason.MsrWrite)
        {
            bool onlyWakes = request.Kind == TimerRequestKind.None && _asked is not null;
            _asked = onlyWakes ? _asked! with { CanTimerWake = program.CanTimerWake } : program;
            return;
        }
        effects.Send(_pcpu, _configuration.Host.Costs.LineTransferSameSocket, program);
    }

    private void AskWhatWaited(IEffects effects)
    {
        if (_asked is { } asked)
        {
            _asked = null;
            Ask(asked.Request, effects);
        }
    }

    private static void Note(MsrAccess access, IEffects effects) =>
        effects.After(VirtualDuration.Zero, access);
}
