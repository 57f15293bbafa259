using System;
using System.Collections.Generic;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Migration;
using PvTimer.Model.Processors;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <content>
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
/// </content>
public sealed partial class Vcpu
{
    private enum Standing
    {
        /// <summary>On another host, or on its way.</summary>
        Away,
        Here,

        /// <summary>On its way out of KVM_RUN.</summary>
        Stopping,

        /// <summary>Out of KVM_RUN: its thread is <see cref="_thread"/>.</summary>
        Stopped,
    }

    private readonly record struct ExpectedDevice(VirtualTime At, byte Vector);

    // Volatile state
    private readonly List<ExpectedDevice> _devices = [];
    private readonly List<Message> _postponed = [];
    private Standing _standing;
    private EntityId? _stopper;
    private EntityId? _startOn;
    private VcpuThreadState? _thread;
    private int _dropsAwaited;
    private long _arrivals;

    /// <summary>How often its VM has come to this host or another; the latest incarnation has most.</summary>
    internal long Arrivals => _arrivals;

    /// <summary>Its VM is on this host, and not on its way yet.</summary>
    internal bool IsHere => _standing != Standing.Away;

    /// <summary>It is on its way, and whatever waits for it is in what was saved.</summary>
    internal bool IsInTransit => _standing is Standing.Away or Standing.Stopped;

    private void OnStopVcpu(EntityId mover, IEffects effects)
    {
        _stopper = mover;
        if (_standing == Standing.Here)
        {
            BeginStop(effects);
        }
    }

    private void BeginStop(IEffects effects)
    {
        _standing = Standing.Stopping;
        effects.Send(_pcpu, _configuration.Host.Costs.LineTransferSameSocket, new StopThread(Id));
    }

    private void OnThreadStopped(VirtualTime now, VcpuThreadState thread, IEffects effects)
    {
        _standing = Standing.Stopped;
        _thread = thread;
        // What waited for the exit is among the registers that are saved.
        _asked = null;
        if (thread.ArmedOn is { } elsewhere)
        {
            _dropsAwaited++;
            effects.Send(
                elsewhere,
                _configuration.Host.Costs.LineTransferSameSocket,
                new DropTimer(Id)
            );
        }
        if (_timer.Withdraw(effects))
        {
            _dropsAwaited++;
        }
        StandStill(now, effects);
    }

    private void OnTimerDropped(VirtualTime now, IEffects effects)
    {
        _dropsAwaited--;
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
            effects.Send(
                mover,
                _configuration.Host.Costs.LineTransferSameSocket,
                VcpuStopped.Instance
            );
            return;
        }
        Save(now, now, effects);
        GoOn(now, effects);
    }

    private void OnSaveVcpu(VirtualTime now, VirtualTime stoppedAt, IEffects effects)
    {
        Save(now, stoppedAt, effects);
        StateWriter writer = new();
        Transfer(new StateTransfer(writer));
        EntityId mover = _stopper!.Value;
        _standing = Standing.Away;
        _stopper = null;
        effects.Send(
            mover,
            _configuration.Host.Costs.LineTransferSameSocket,
            new VcpuSaved(_configuration.Index, [.. writer.Written])
        );
    }

    /// <summary>
    /// What KVM_RUN does before it returns to userspace, and KVM_GET_LAPIC before it reads: an expired timer
    /// is injected (kvm_inject_pending_timer_irqs), what was posted moves to the IRR. A timer that expired
    /// early by lapic_timer_advance_ns is still armed.
    /// </summary>
    private void Save(VirtualTime now, VirtualTime stoppedAt, IEffects effects)
    {
        CloseOpenExit(now);
        if (_thread!.Expired is { } expired && expired.Due <= stoppedAt)
        {
            InjectTimer(now, expired.Deadline, expired.Next, effects);
        }
        _descriptor.SyncTo(_lapic);
        _descriptor.Sn = false;
    }

    private void OnRestoreVcpu(VirtualTime now, RestoreVcpu restore, IEffects effects)
    {
        long epoch = _epoch;
        StateReader reader = new(restore.State.AsMemory());
        EntityId? startOn = _startOn;
        Message[] meanwhile = [.. _postponed];
        Transfer(new StateTransfer(reader));
        reader.ExpectEnd();
        // Older messages to itself may still be on their way from the last time that it was here.
        _epoch = Math.Max(epoch, _epoch);
        _arrivals++;
        _stopper = null;
        _pcpu = startOn ?? _configuration.Pcpu;
        _startOn = null;
        _timer.Arrive();
        _postponed.AddRange(meanwhile);
        ShiftClock(now, restore.StoppedAt);
        FollowHost(now);
        GoOn(now, effects);
        for (int index = 0; index < _devices.Count; index++)
        {
            ExpectedDevice device = _devices[index];
            _devices[index] = device with { At = VirtualTime.Max(device.At, now) };
            effects.After(_devices[index].At - now, new DeviceInterrupt(device.Vector));
        }
    }

    /// <summary>
    /// The downtime, as the guest's clocks see it. The LAPIC's counter stands still in any case: KVM_GET_LAPIC
    /// reads TMCCT, KVM_SET_LAPIC goes on from it.
    /// </summary>
    private void ShiftClock(VirtualTime now, VirtualTime stoppedAt)
    {
        if (_configuration.TscInDowntime == TscInDowntime.Stops)
        {
            _lapic.GuestTsc = _lapic.GuestTsc.Paused(stoppedAt, now);
            _timer.ClockStopped(stoppedAt);
        }
        _lapic.PauseCounter(stoppedAt, now);
        _timer.StoodStill(stoppedAt, now);
    }

    /// <summary>Without TSC scaling its TSC goes on from where it is at this host's rate, and so do its deadlines.</summary>
    private void FollowHost(VirtualTime now)
    {
        if (_configuration.HostTsc is { } rate && rate != _lapic.GuestTsc.Frequency)
        {
            _lapic.GuestTsc = new TscClock(_lapic.GuestTsc.At(now), rate) { Since = now };
            _timer.ClockReplaced();
        }
    }

    /// <summary>Registers are set, the page is on the scan list again, the thread enters KVM_RUN.</summary>
    private void GoOn(VirtualTime now, IEffects effects)
    {
        bool isIgnored = _configuration.RestoreOrder.Puts(RestoreStep.Msrs, RestoreStep.Lapic);
        TscTicks deadline = isIgnored ? TscTicks.Zero : _timer.Deadline;
        TimerRequest restored = RestoreTimer(now, isIgnored);
        RenameCount(restored);
        _standing = Standing.Here;
        SendThread(effects);
        _timer.ClockChanged(effects);
        _timer.Restore(deadline, restored, effects);
        foreach (Message message in _postponed)
        {
            effects.After(VirtualDuration.Zero, message);
        }
        _postponed.Clear();
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
            _lapic.NoteArmed(TscTicks.Zero);
        }
        TimerRequest restored = _timer.Admit(_lapic.Rearm());
        bool isByNewCounter =
            restored.Kind == TimerRequestKind.Arm
            && !restored.IsCount
            && _configuration.RestoreOrder.Puts(RestoreStep.Msrs, RestoreStep.Tsc);
        TscClock newCounter = new(TscTicks.Zero, _lapic.GuestTsc.Frequency) { Since = now };
        return isByNewCounter
            ? restored with
            {
                Due = newCounter.TimeOf(restored.Deadline),
            }
            : restored;
    }

    /// <summary>What comes from outside while the VM is on its way is done when it goes on.</summary>
    private bool Postpones(Message message)
    {
        if (_standing != Standing.Here)
        {
            _postponed.Add(message);
        }
        return _standing != Standing.Here;
    }

    /// <summary>One-shot and periodic mode: the restored counter's deadline has a name by the new clock.</summary>
    private void RenameCount(TimerRequest restored)
    {
        if (!restored.IsCount)
        {
            return;
        }
        if (_lapic.TimerMode == LvtTimerMode.Periodic || _timers.Outstanding == _counterDeadline)
        {
            _timers.Rename(restored.Deadline, restored.Due);
        }
        _counterDeadline = restored.Deadline;
    }

    private void SendThread(IEffects effects)
    {
        VcpuThreadState thread = _thread! with
        {
            Vcpu = Id,
            Expired = null,
            ArmedOn = null,
            InHardware = null,
            TunedAdvance = _configuration.Host.TunedAdvance,
            WakePending = _thread.WakePending || _lapic.Deliverable >= 0,
            CanTimerWake = _timer.CanWake,
        };
        _thread = null;
        effects.Send(
            _pcpu,
            _configuration.Host.Costs.LineTransferSameSocket,
            new MigrateVcpu(thread)
        );
    }

    /// <summary>A device's interrupt that is expected for just now; others have come along to another host.</summary>
    private bool TakeDevice(VirtualTime now, byte vector) =>
        _standing != Standing.Away && _devices.Remove(new ExpectedDevice(now, vector));

    private void OnSaveRestore(IEffects effects)
    {
        if (_standing == Standing.Here)
        {
            BeginStop(effects);
        }
    }

    private void OnMoveVcpu(EntityId toPcpu, IEffects effects)
    {
        if (_standing == Standing.Here)
        {
            effects.Send(
                _pcpu,
                _configuration.Host.Costs.LineTransferSameSocket,
                new MoveThread(Id, toPcpu)
            );
        }
        else if (_standing == Standing.Away)
        {
            _startOn = toPcpu;
        }
    }

    private void TransferStanding(StateTransfer state)
    {
        state.List(
            _devices,
            static (s, device) => new ExpectedDevice(s.Value(device.At), s.Value(device.Vector))
        );
        state.List(_postponed, static (s, message) => s.Message(message)!);
        _standing = state.Enumeration(_standing);
        _stopper = state.Optional(_stopper, static (s, mover) => s.Value(mover));
        _startOn = state.Optional(_startOn, static (s, pcpu) => s.Value(pcpu));
        _thread = state.Value(_thread is not null)
            ? state.Record(_thread, VcpuThreadState.Write, VcpuThreadState.Read)
            : null;
        _dropsAwaited = state.Value(_dropsAwaited);
        _arrivals = state.Value(_arrivals);
    }
}
