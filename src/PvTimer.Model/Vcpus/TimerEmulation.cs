using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// KVM's side of one vCPU's LAPIC timer: what a register write asks of the host's timers, and what an expiry of theirs
/// means to the LAPIC (kvm_apic_local_deliver). Both are entered into the ledger.
/// </summary>
internal sealed class TimerEmulation(
    VcpuConfiguration configuration,
    Lapic lapic,
    GuestTimer timer,
    TimerLedger ledger,
    VcpuMode mode,
    VmExits exits
) : IStateful
{
    // Configuration
    private readonly VcpuConfiguration _configuration = configuration;

    // Wiring
    private readonly Lapic _lapic = lapic;
    private readonly GuestTimer _timer = timer;
    private readonly TimerLedger _ledger = ledger;
    private readonly VcpuMode _mode = mode;
    private readonly VmExits _exits = exits;

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
        bool replaces = _ledger.HasOutstanding;
        switch (request.Kind)
        {
            case TimerRequestKind.Arm:
                _counterDeadline = request.Deadline;
                _ledger.Arm(request.Deadline, request.Due, now);
                break;
            case TimerRequestKind.Cancel:
                _ledger.Disarm(now);
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
        ProgramTimer program = new(_configuration.Id, request, _timer.CanWake, _mode.Entry);
        if (_exits.IsMsrWriteOpen)
        {
            bool onlyWakes = request.Kind == TimerRequestKind.None && _asked is not null;
            _asked = onlyWakes ? _asked! with { CanTimerWake = program.CanTimerWake } : program;
            return;
        }
        effects.Send(_mode.Pcpu, _configuration.Host.Costs.LineTransferSameSocket, program);
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
        TimerRequest request = _lapic.Reset();
        _ledger.Reset(now);
        _timer.Disarmed(effects);
        return _timer.Admit(request);
    }

    /// <summary>One-shot and periodic mode: the restored counter's deadline has a name by the new clock.</summary>
    public void RenameCount(TimerRequest restored)
    {
        if (!restored.IsCount)
        {
            return;
        }
        if (_lapic.TimerMode == LvtTimerMode.Periodic || _ledger.Outstanding == _counterDeadline)
        {
            _ledger.Rename(restored.Deadline, restored.Due);
        }
        _counterDeadline = restored.Deadline;
    }

    // ---- Expiries ----

    /// <summary>kvm_inject_apic_timer_irqs: what has expired comes in with the entry.</summary>
    public void Inject(VirtualTime now, TscTicks deadline, VirtualTime? next, IEffects effects)
    {
        if (Expire(now, deadline, next, effects) is { } vector)
        {
            _lapic.Request(vector);
        }
    }

    /// <summary>The deadline has come, and the processor has it in the LAPIC.</summary>
    public void Request(VirtualTime now)
    {
        if (Accept(now, _lapic.TscDeadline, null))
        {
            _lapic.Request(_lapic.TimerVector);
        }
    }

    /// <summary>A host timer has expired for a deadline: the vector that it requests; null: none.</summary>
    public byte? Expire(VirtualTime now, TscTicks deadline, VirtualTime? next, IEffects effects) =>
        !_timer.IsLapics ? _timer.Expire(now, deadline, effects)
        : Accept(now, deadline, next) ? _lapic.TimerVector
        : null;

    /// <summary>
    /// kvm_apic_local_deliver for the LVT timer: false if its interrupt is dropped, because the LVT is masked
    /// or the timer has left the mode that it was armed in.
    /// </summary>
    private bool Accept(VirtualTime now, TscTicks deadline, VirtualTime? next)
    {
        bool counts = _lapic.TimerMode != LvtTimerMode.TscDeadline;
        if (counts && _lapic.InitialCount == 0)
        {
            _ledger.Drop(deadline);
            return false;
        }
        TscTicks armed = counts ? _counterDeadline : _lapic.TscDeadline;
        if (!_timer.Accepts(deadline, armed))
        {
            return false;
        }
        if (counts && deadline != armed)
        {
            // As posted the late deadline is injected in any mode; the counter is not touched by it.
            _ledger.Accept(deadline, _lapic.TimerVector);
            return _lapic.CanTimerInterrupt;
        }
        bool isPeriodic = _lapic.TimerMode == LvtTimerMode.Periodic && _lapic.IsCounting;
        if (isPeriodic && next <= _lapic.CounterTarget)
        {
            // A later expiry came first, from the pCPU that the vCPU has left: the two coalesce.
            return false;
        }
        TscTicks expired = isPeriodic ? _ledger.Outstanding : deadline;
        bool delivered = _lapic.TimerExpired(now, next);
        if (delivered)
        {
            _ledger.Accept(expired, _lapic.TimerVector);
        }
        else
        {
            _ledger.Drop(expired);
        }
        if (isPeriodic)
        {
            VirtualTime target = _lapic.CounterTarget;
            _ledger.Arm(_lapic.GuestTsc.At(target), target, now);
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
