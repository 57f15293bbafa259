using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Migration;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// Leaving one host and going on at another, or on the same one: stop, save, restore.
/// <code>
///   mover       vCPU          pCPU           kthread      dedicated CPU
///   StopVcpu --> |StopThread --> | kick, exit     |              |
///                |&lt;--ThreadStopped|                |              |
///                |WithdrawPage-----------------> |DropTimer ---> | cancel
///   VcpuStopped  |&lt;----------------------------------TimerDropped |
///   &lt;-----------|
///   (all vCPUs)  after ThreadStopped no vCPU sends an IPI, and one that was sent before is here by now
///   SaveVcpu --> | expired timer and PIR to the IRR, registers read, VcpuSaved -->
/// </code>
/// The registers are set in the order of the VMM (<see cref="RestoreOrder"/>). MSR_KVM_PV_TIMER_EN comes before
/// IA32_TSC_DEADLINE, so that as posted its value is ignored (flaw 4).
/// </summary>
internal sealed class VcpuMigration(Vcpu vcpu) : IStateful
{
    private readonly Vcpu _vcpu = vcpu;

    // Volatile state
    private EntityId? _stopper;
    private EntityId? _startOn;
    private VcpuThreadState? _thread;
    private int _dropsAwaited;
    private long _arrivals = vcpu.Configuration.IsHome ? 1 : 0;

    /// <summary>How often its VM has come to this host or another; the latest incarnation has most.</summary>
    public long Arrivals => _arrivals;

    private VirtualDuration Line => _vcpu.Configuration.Host.Costs.LineTransferSameSocket;

    /// <summary>False: the message is about something else.</summary>
    public bool Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case StopVcpu stop:
                _stopper = stop.Mover;
                BeginStop(effects);
                return true;
            case SaveRestore:
                BeginStop(effects);
                return true;
            case ThreadStopped stopped:
                OnThreadStopped(now, stopped.Thread, effects);
                return true;
            case TimerDropped:
                _dropsAwaited--;
                StandStill(now, effects);
                return true;
            case SaveVcpu save:
                OnSaveVcpu(now, save.StoppedAt, effects);
                return true;
            case RestoreVcpu restore:
                OnRestoreVcpu(now, restore, effects);
                return true;
            case MoveVcpu move:
                OnMoveVcpu(move.ToPcpu, effects);
                return true;
            default:
                return false;
        }
    }

    private void OnMoveVcpu(EntityId toPcpu, IEffects effects)
    {
        if (_vcpu.Standing.IsHere)
        {
            effects.Send(_vcpu.Mode.Pcpu, Line, new MoveThread(_vcpu.Configuration.Id, toPcpu));
        }
        else if (_vcpu.Standing.IsAway)
        {
            _startOn = toPcpu;
        }
    }

    private void BeginStop(IEffects effects)
    {
        if (_vcpu.Standing.IsHere)
        {
            _vcpu.Standing.BeginStop();
            effects.Send(_vcpu.Mode.Pcpu, Line, new StopThread(_vcpu.Configuration.Id));
        }
    }

    private void OnThreadStopped(VirtualTime now, VcpuThreadState thread, IEffects effects)
    {
        _vcpu.Standing.Stop();
        _thread = thread;
        _vcpu.Emulation.ForgetAsked();
        if (thread.ArmedOn is { } elsewhere)
        {
            _dropsAwaited++;
            effects.Send(elsewhere, Line, new DropTimer(_vcpu.Configuration.Id));
        }
        if (_vcpu.Timer.Withdraw(effects))
        {
            _dropsAwaited++;
        }
        StandStill(now, effects);
    }

    private void StandStill(VirtualTime now, IEffects effects)
    {
        if (_dropsAwaited > 0)
        {
            return;
        }
        if (_stopper is { } mover)
        {
            effects.Send(mover, Line, VcpuStopped.Instance);
            return;
        }
        Save(now, now, effects);
        GoOn(now, effects);
    }

    private void OnSaveVcpu(VirtualTime now, VirtualTime stoppedAt, IEffects effects)
    {
        Save(now, stoppedAt, effects);
        StateWriter writer = new();
        _vcpu.Transfer(new StateTransfer(writer));
        EntityId mover = _stopper!.Value;
        _vcpu.Standing.Leave();
        _stopper = null;
        effects.Send(mover, Line, new VcpuSaved(_vcpu.Configuration.Index, [.. writer.Written]));
    }

    /// <summary>
    /// What KVM_RUN does before it returns to userspace, and KVM_GET_LAPIC before it reads: an expired timer
    /// is injected (kvm_inject_pending_timer_irqs), what was posted moves to the IRR. A timer that expired
    /// early by lapic_timer_advance_ns is still armed.
    /// </summary>
    private void Save(VirtualTime now, VirtualTime stoppedAt, IEffects effects)
    {
        _vcpu.VmExits.CloseEarly(now);
        if (_thread!.Expired is { } expired && expired.Due <= stoppedAt)
        {
            _vcpu.Emulation.Inject(now, expired.Deadline, expired.Next, effects);
        }
        _vcpu.Delivery.Save();
    }

    private void OnRestoreVcpu(VirtualTime now, RestoreVcpu restore, IEffects effects)
    {
        long epoch = _vcpu.Execution.Epoch;
        EntityId? startOn = _startOn;
        ImmutableArray<Message> meanwhile = _vcpu.Standing.Postponed;
        StateReader reader = new(restore.State.AsMemory());
        _vcpu.Transfer(new StateTransfer(reader));
        reader.ExpectEnd();
        _vcpu.Execution.SkipTo(epoch);
        _arrivals++;
        _stopper = null;
        _vcpu.Mode.MoveTo(startOn ?? _vcpu.Configuration.Pcpu);
        _startOn = null;
        _vcpu.Timer.Arrive();
        _vcpu.Standing.Postpone(meanwhile);
        ShiftClock(now, restore.StoppedAt);
        FollowHost(now);
        GoOn(now, effects);
        _vcpu.Standing.ExpectAgain(now, effects);
    }

    /// <summary>
    /// The downtime, as the guest's clocks see it. The LAPIC's counter stands still in any case: KVM_GET_LAPIC
    /// reads TMCCT, KVM_SET_LAPIC goes on from it.
    /// </summary>
    private void ShiftClock(VirtualTime now, VirtualTime stoppedAt)
    {
        if (_vcpu.Configuration.TscInDowntime == TscInDowntime.Stops)
        {
            _vcpu.Lapic.GuestTsc = _vcpu.Lapic.GuestTsc.Paused(stoppedAt, now);
            _vcpu.Timer.ClockStopped(stoppedAt);
        }
        _vcpu.Lapic.PauseCounter(stoppedAt, now);
        _vcpu.Timer.StoodStill(stoppedAt, now);
    }

    /// <summary>Without TSC scaling its TSC goes on from where it is at this host's rate, and so do its deadlines.</summary>
    private void FollowHost(VirtualTime now)
    {
        if (_vcpu.Configuration.HostTsc is { } rate && rate != _vcpu.Lapic.GuestTsc.Frequency)
        {
            _vcpu.Lapic.GuestTsc = new TscClock(_vcpu.Lapic.GuestTsc.At(now), rate) { Since = now };
            _vcpu.Timer.ClockReplaced();
        }
    }

    /// <summary>Registers are set, the page is on the scan list again, the thread enters KVM_RUN.</summary>
    private void GoOn(VirtualTime now, IEffects effects)
    {
        bool isIgnored = _vcpu.Configuration.RestoreOrder.Puts(RestoreStep.Msrs, RestoreStep.Lapic);
        TscTicks deadline = isIgnored ? TscTicks.Zero : _vcpu.Timer.Deadline;
        TimerRequest restored = RestoreTimer(now, isIgnored);
        _vcpu.Emulation.RenameCount(restored);
        _vcpu.Standing.GoOn();
        SendThread(effects);
        _vcpu.Timer.ClockChanged(effects);
        _vcpu.Timer.Restore(deadline, restored, effects);
        _vcpu.Standing.SendPostponed(effects);
        if (_stopper is not null)
        {
            BeginStop(effects);
        }
    }

    /// <summary>
    /// What the VMM's order makes of the timer. IA32_TSC_DEADLINE that is set before the LAPIC meets one that is not
    /// in deadline mode: it is ignored. Set before the TSC, it is armed by the counter of a new process, which
    /// began at 0.
    /// </summary>
    private TimerRequest RestoreTimer(VirtualTime now, bool isDeadlineIgnored)
    {
        if (isDeadlineIgnored)
        {
            _vcpu.Lapic.NoteArmed(TscTicks.Zero);
        }
        TimerRequest restored = _vcpu.Timer.Admit(_vcpu.Lapic.Rearm());
        bool isByNewCounter =
            restored.Kind == TimerRequestKind.Arm
            && !restored.IsCount
            && _vcpu.Configuration.RestoreOrder.Puts(RestoreStep.Msrs, RestoreStep.Tsc);
        TscClock newCounter = new(TscTicks.Zero, _vcpu.Lapic.GuestTsc.Frequency) { Since = now };
        return isByNewCounter
            ? restored with
            {
                Due = newCounter.TimeOf(restored.Deadline),
            }
            : restored;
    }

    private void SendThread(IEffects effects)
    {
        VcpuThreadState thread = _thread! with
        {
            Vcpu = _vcpu.Configuration.Id,
            Expired = null,
            ArmedOn = null,
            InHardware = null,
            TunedAdvance = _vcpu.Configuration.Host.TunedAdvance,
            // Of the other incarnation, whose entries are counted apart.
            AskedIn = 0,
            WakePending = _thread.WakePending || _vcpu.Lapic.Deliverable >= 0,
            CanTimerWake = _vcpu.Timer.CanWake,
        };
        _thread = null;
        effects.Send(_vcpu.Mode.Pcpu, Line, new MigrateVcpu(thread));
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _stopper = state.Optional(_stopper, static (s, mover) => s.Value(mover));
        _startOn = state.Optional(_startOn, static (s, pcpu) => s.Value(pcpu));
        _thread = state.Value(_thread is not null)
            ? state.Record(_thread, VcpuThreadState.Write, VcpuThreadState.Read)
            : null;
        _dropsAwaited = state.Value(_dropsAwaited);
        _arrivals = state.Value(_arrivals);
    }
}
