using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Processors;

/// <summary>KVM's handlers of VM-exits: what each costs, what it asks of the timers, and what follows it.</summary>
internal sealed class ExitHandlers(Pcpu pcpu) : IStateful
{
    private readonly Pcpu _pcpu = pcpu;

    // Volatile state
    private readonly RunningDelays? _runningDelays = pcpu.Site.Costs.RunningStates.IsEmpty
        ? null
        : new RunningDelays(pcpu.Site.Costs.RunningStates, pcpu.Site.Host.Seed, pcpu.Site.Id);
    private VmExit? _exit;

    /// <summary>The guest's IPI is on its way to one target after the other; null: none is.</summary>
    private VmExit? _sender;

    /// <summary>To so many of them it has gone.</summary>
    private int _sent;

    /// <summary>Its handler ends with hrtimer_start: the deadline had not passed when it got there.</summary>
    private bool _startsTimer;
    private bool _timerExpiredInThisExit;
    private long _timerExpiryExits;

    /// <summary>EXTERNAL_INTERRUPT exits here in whose interrupt a guest's timer expired.</summary>
    public long TimerExpiryExits => _timerExpiryExits;

    /// <summary>An exit is not handled yet.</summary>
    public bool HasExit => _exit is not null;

    /// <summary>The current thread's vCPU has left guest mode: false if that takes longer.</summary>
    public bool Open(VirtualTime now, VmExit exit, IEffects effects)
    {
        VcpuThread? thread = _pcpu.Scheduler.Current;
        if (thread?.Vcpu != exit.Vcpu || !_pcpu.Guest.IsActive)
        {
            throw new InvalidOperationException(
                $"vCPU {exit.Vcpu} exited on a pCPU that did not run it"
            );
        }
        if (!_pcpu.Guest.Leave(now, exit, effects))
        {
            return false;
        }
        thread.State = VcpuRunState.Exiting;
        thread.Kvm.CanTimerWake = exit.CanTimerWake;
        exit.Keep();
        _exit = exit;
        _timerExpiredInThisExit = false;
        return true;
    }

    /// <summary>A guest's timer expires here: in the interrupt that made a vCPU exit, if there is such an exit.</summary>
    public void NoteTimerExpiry()
    {
        if (_exit is { Reason: VmExitReason.ExternalInterrupt } && !_timerExpiredInThisExit)
        {
            _timerExpiredInThisExit = true;
            _timerExpiryExits++;
        }
    }

    /// <summary>The open exit's handler begins.</summary>
    public void Start(VirtualTime now, IEffects effects)
    {
        VmExit exit = _exit!;
        VcpuThread thread = _pcpu.Scheduler.Current!;
        VirtualDuration cost = exit.Reason switch
        {
            VmExitReason.ExternalInterrupt => _pcpu.Site.Costs.ExternalInterruptHandler
                + (
                    _runningDelays?.Draw(exit.LeftGuestAt - _pcpu.Guest.From)
                    ?? VirtualDuration.Zero
                ),
            VmExitReason.Hlt => _pcpu.Site.Costs.HltHandler,
            _ => thread.Timer.HandlerOf(exit),
        };
        VirtualTime asked = now + cost;
        cost += thread.Timer.CostOf(asked, thread.Kvm, exit.Timer);
        _startsTimer =
            exit.Handling == VirtualDuration.Zero
            && thread.Timer.StartsHrtimer(now + cost, thread.Kvm, exit);
        if (_startsTimer)
        {
            cost += _pcpu.Site.Costs.HrtimerStart;
        }
        if (exit.Handling > VirtualDuration.Zero)
        {
            cost = exit.Handling;
        }
        else if (exit.Timer.Kind is TimerRequestKind.Arm or TimerRequestKind.Cancel)
        {
            CancelInTime(asked, now + cost, thread.Vcpu);
        }
        _pcpu.Executor.Begin(now, HostWork.ExitHandler, cost, effects);
    }

    /// <summary>
    /// The timer that the handler cancels is out of the queue as soon as it gets there: one that would expire between
    /// that and the handler's end does not.
    /// </summary>
    private void CancelInTime(VirtualTime asked, VirtualTime end, EntityId vcpu)
    {
        if (
            _pcpu.Hrtimers.Find(HrtimerFunction.ApicTimer, vcpu) is { Served: false } timer
            && timer.Expires > asked
            && timer.Expires <= end
        )
        {
            _pcpu.Hrtimers.Cancel(HrtimerFunction.ApicTimer, vcpu);
        }
    }

    /// <summary>It is done: what it asks of the timers happens, and the guest is entered again, or halts.</summary>
    public void Finish(VirtualTime now, IEffects effects)
    {
        VmExit exit = _exit!;
        _exit = null;
        Finish(now, exit, effects);
        if (_sender != exit)
        {
            exit.Release();
        }
    }

    private void Finish(VirtualTime now, VmExit exit, IEffects effects)
    {
        VcpuThread thread = _pcpu.Scheduler.Current!;
        if (exit.Reason == VmExitReason.PreemptionTimer)
        {
            thread.Timer.HardwareExpired(now, thread.Kvm);
        }
        VirtualTime asked = _startsTimer ? now - _pcpu.Site.Costs.HrtimerStart : now;
        if (exit.Timer.Kind != TimerRequestKind.None)
        {
            thread.Kvm.AskedIn = thread.Kvm.Entry;
        }
        thread.Timer.Apply(now, asked, thread.Kvm, exit.Timer, effects);
        if (
            exit.Timer.Kind == TimerRequestKind.Arm
            && exit.Reason != VmExitReason.Hlt
            && _pcpu.Hrtimers.NextExpiry <= now
        )
        {
            // It became due while it was started: its interrupt comes before the entry.
            _pcpu.Executor.Begin(now, HostWork.Entering, VirtualDuration.Zero, effects);
        }
        else if (exit.Reason == VmExitReason.Hlt)
        {
            _pcpu.Halts.Halt(now, asked, effects);
        }
        else if (exit.Ipi is { Targets.IsEmpty: false } ipi)
        {
            Send(now, exit, ipi, effects);
        }
        else
        {
            _pcpu.Entry.EnterOrYield(now, effects);
        }
    }

    /// <summary>
    /// A length that was recorded holds all that the handler did; otherwise it pays for what it sends, to one target after
    /// the other (kvm_irq_delivery_to_apic).
    /// </summary>
    private void Send(VirtualTime now, VmExit exit, GuestIpi ipi, IEffects effects)
    {
        if (exit.Handling == VirtualDuration.Zero)
        {
            _sender = exit;
            _sent = 0;
            SendNext(now, effects);
            return;
        }
        foreach (EntityId target in ipi.Targets)
        {
            _pcpu.Posting.Send(ipi, target, Poster.None, effects);
        }
        _pcpu.Entry.EnterOrYield(now, effects);
    }

    /// <summary>To the next target, or the guest is entered if it has gone to all.</summary>
    public void SendNext(VirtualTime now, IEffects effects)
    {
        if (_sender is { Ipi: { } ipi } && _sent < ipi.Targets.Length)
        {
            _pcpu.Posting.Send(ipi, ipi.Targets[_sent], Poster.ExitHandler, effects);
            _sent++;
            _pcpu.Executor.Begin(now, HostWork.Posting, _pcpu.Site.Host.PostingTime, effects);
            return;
        }
        _sender?.Release();
        _sender = null;
        _pcpu.Entry.EnterOrYield(now, effects);
    }

    /// <summary>What it posted has been read: it sends the notification, or wakes the thread, if that is wanted.</summary>
    public void NotifyTarget(VirtualTime now, IEffects effects)
    {
        if (_pcpu.Posting.Notifying > VirtualDuration.Zero)
        {
            _pcpu.Executor.Begin(now, HostWork.Notifying, _pcpu.Posting.Notifying, effects);
        }
        else
        {
            SendNext(now, effects);
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _exit = state.Message(_exit);
        _sender = state.Message(_sender);
        _sent = state.Value(_sent);
        _startsTimer = state.Value(_startsTimer);
        _timerExpiredInThisExit = state.Value(_timerExpiredInThisExit);
        _timerExpiryExits = state.Value(_timerExpiryExits);
        _runningDelays?.Transfer(state);
    }
}
