using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// KVM's side of one vCPU's LAPIC timer: what a register write asks of the host's timers, and what an expiry of theirs
/// means to the LAPIC (kvm_apic_local_deliver). Both are entered into the ledger.
/// </summary>
internal sealed class TimerEmulation(Vcpu vcpu) : IStateful
{
    private readonly Vcpu _vcpu = vcpu;

    // Volatile state

    /// <summary>What waits for the exit under way.</summary>
    private ProgramTimer? _asked;

    /// <summary>What the host calls the counter's armed timer, in one-shot and periodic mode.</summary>
    private TscTicks _counterDeadline;

    /// <summary>Something waits for the exit under way.</summary>
    public bool HasAsked => _asked is not null;

    // ---- What the guest, userspace or a back-end asks ----

    /// <summary>Enters into the ledger what a register write did to the timer.</summary>
    public TimerRequest Record(VirtualTime now, TimerRequest request)
    {
        bool replaces = _vcpu.Timers.HasOutstanding;
        switch (request.Kind)
        {
            case TimerRequestKind.Arm:
                _counterDeadline = request.Deadline;
                _vcpu.Timers.Arm(request.Deadline, request.Due, now);
                break;
            case TimerRequestKind.Cancel:
                _vcpu.Timers.Disarm(now);
                break;
            default:
                break;
        }
        return request with { Replaces = replaces };
    }

    /// <summary>
    /// Has the thread's pCPU set the timer. While KVM still handles a register write of the guest, what is
    /// asked waits for the next entry (vcpu->mutex): otherwise that write, which came first, would be done last.
    /// </summary>
    public void Ask(TimerRequest request, IEffects effects)
    {
        ProgramTimer program = new(
            _vcpu.Configuration.Id,
            request,
            _vcpu.Timer.CanWake,
            _vcpu.Mode.Entry
        );
        if (_vcpu.VmExits.IsMsrWriteOpen)
        {
            bool onlyWakes = request.Kind == TimerRequestKind.None && _asked is not null;
            _asked = onlyWakes ? _asked! with { CanTimerWake = program.CanTimerWake } : program;
            return;
        }
        effects.Send(
            _vcpu.Mode.Pcpu,
            _vcpu.Configuration.Host.Costs.LineTransferSameSocket,
            program
        );
    }

    /// <summary>VM-entry.</summary>
    public void AskWhatWaited(IEffects effects)
    {
        if (_asked is { } asked)
        {
            _asked = null;
            Ask(asked.Request, effects);
        }
    }

    /// <summary>What waited for the exit is among the registers that are saved.</summary>
    public void ForgetAsked() => _asked = null;

    /// <summary>INIT: the LAPIC is reset, its timer with it. What that asks of the host's timers.</summary>
    public TimerRequest Reset(VirtualTime now, IEffects effects)
    {
        TimerRequest request = _vcpu.Lapic.Reset();
        _vcpu.Timers.Reset(now);
        _vcpu.Timer.Disarmed(effects);
        return _vcpu.Timer.Admit(request);
    }

    /// <summary>One-shot and periodic mode: the restored counter's deadline has a name by the new clock.</summary>
    public void RenameCount(TimerRequest restored)
    {
        if (!restored.IsCount)
        {
            return;
        }
        if (
            _vcpu.Lapic.TimerMode == LvtTimerMode.Periodic
            || _vcpu.Timers.Outstanding == _counterDeadline
        )
        {
            _vcpu.Timers.Rename(restored.Deadline, restored.Due);
        }
        _counterDeadline = restored.Deadline;
    }

    // ---- Expiries ----

    /// <summary>A timer's interrupt was set in the posted-interrupt descriptor by another CPU.</summary>
    public void CountPosted() => _vcpu.Timers.CountPosted();

    /// <summary>kvm_inject_apic_timer_irqs: what has expired comes in with the entry.</summary>
    public void Inject(VirtualTime now, TscTicks deadline, VirtualTime? next, IEffects effects)
    {
        if (Expire(now, deadline, next, effects) is { } vector)
        {
            _vcpu.Lapic.Request(vector);
        }
    }

    /// <summary>The deadline has come, and the processor has it in the LAPIC.</summary>
    public void Request(VirtualTime now)
    {
        if (Accept(now, _vcpu.Lapic.TscDeadline, null))
        {
            _vcpu.Lapic.Request(_vcpu.Lapic.TimerVector);
        }
    }

    /// <summary>A host timer has expired for a deadline: the vector that it requests; null: none.</summary>
    public byte? Expire(VirtualTime now, TscTicks deadline, VirtualTime? next, IEffects effects) =>
        !_vcpu.Timer.IsLapics ? _vcpu.Timer.Expire(now, deadline, effects)
        : Accept(now, deadline, next) ? _vcpu.Lapic.TimerVector
        : null;

    /// <summary>
    /// kvm_apic_local_deliver for the LVT timer: false if its interrupt is dropped, because the LVT is masked
    /// or the timer has left the mode that it was armed in.
    /// </summary>
    private bool Accept(VirtualTime now, TscTicks deadline, VirtualTime? next)
    {
        bool counts = _vcpu.Lapic.TimerMode != LvtTimerMode.TscDeadline;
        if (counts && _vcpu.Lapic.InitialCount == 0)
        {
            _vcpu.Timers.Drop(deadline);
            return false;
        }
        TscTicks armed = counts ? _counterDeadline : _vcpu.Lapic.TscDeadline;
        if (!_vcpu.Timer.Accepts(deadline, armed))
        {
            return false;
        }
        if (counts && deadline != armed)
        {
            // As posted the late deadline is injected in any mode; the counter is not touched by it.
            _vcpu.Timers.Accept(deadline, _vcpu.Lapic.TimerVector);
            return _vcpu.Lapic.CanTimerInterrupt;
        }
        bool isPeriodic = _vcpu.Lapic.TimerMode == LvtTimerMode.Periodic && _vcpu.Lapic.IsCounting;
        if (isPeriodic && next <= _vcpu.Lapic.CounterTarget)
        {
            // A later expiry came first, from the pCPU that the vCPU has left: the two coalesce.
            return false;
        }
        TscTicks expired = isPeriodic ? _vcpu.Timers.Outstanding : deadline;
        bool delivered = _vcpu.Lapic.TimerExpired(now, next);
        if (delivered)
        {
            _vcpu.Timers.Accept(expired, _vcpu.Lapic.TimerVector);
        }
        else
        {
            _vcpu.Timers.Drop(expired);
        }
        if (isPeriodic)
        {
            VirtualTime target = _vcpu.Lapic.CounterTarget;
            _vcpu.Timers.Arm(_vcpu.Lapic.GuestTsc.At(target), target, now);
        }
        return delivered;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _asked = state.Message(_asked);
        _counterDeadline = state.Value(_counterDeadline);
    }
}
