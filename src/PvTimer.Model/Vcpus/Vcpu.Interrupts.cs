using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>Interrupts on their way into the guest: injected at entry, or posted from elsewhere.</content>
public sealed partial class Vcpu
{
    private void OnVmEntry(VirtualTime now, VmEntry entry, IEffects effects)
    {
        if (_exitReason is not null)
        {
            RecordExit(now);
        }
        _pcpu = entry.Pcpu;
        _entry = entry.Entry;
        _inGuest = true;
        _halted = false;
        _descriptor.Nv = PostedInterruptDescriptor.NotificationVector;
        _descriptor.Sn = false;
        _descriptor.Ndst = entry.Pcpu.Index;
        if (entry.Expired is { } deadline)
        {
            InjectTimer(now, deadline, entry.Next, effects);
        }
        _timer.Entered(now, effects);
        _descriptor.SyncTo(_lapic);
        _nmiInjected |= _nmiPending;
        _nmiPending = false;
        AskWhatWaited(effects);
        Run(now, effects, BeginInjection());
    }

    private void OnPreempted(long entry)
    {
        if (!_inGuest && entry == _entry)
        {
            _descriptor.Sn = true;
        }
    }

    private void OnPostedInterrupt(VirtualTime now, PostedInterrupt posted, IEffects effects)
    {
        if (_standing == Standing.Away)
        {
            // A timer that was dropped is in what was saved; of an IPI nothing would be left.
            _ =
                posted.Deadline
                ?? throw new InvalidOperationException("an IPI came after its vCPU had left");
            return;
        }
        byte? accepted =
            posted.Deadline is { } deadline ? Expire(now, deadline, posted.Next, effects)
            : _lapic.AcceptsInterrupts ? posted.Vector
            : null;
        if (accepted is { } vector)
        {
            Post(
                vector,
                new Sender(posted.FromPcpu, posted.Poster),
                effects,
                isTimer: posted.Deadline is not null
            );
        }
    }

    private void InjectTimer(
        VirtualTime now,
        TscTicks deadline,
        VirtualTime? next,
        IEffects effects
    )
    {
        if (Expire(now, deadline, next, effects) is { } vector)
        {
            _lapic.Request(vector);
        }
    }

    /// <summary>A host timer has expired for a deadline: the vector that it requests; null: none.</summary>
    private byte? Expire(VirtualTime now, TscTicks deadline, VirtualTime? next, IEffects effects) =>
        !_timer.IsLapics ? _timer.Expire(now, deadline, effects)
        : AcceptTimer(now, deadline, next) ? _lapic.TimerVector
        : null;

    /// <summary>Who posts an interrupt or sends an IPI; a device has no pCPU that pays for it.</summary>
    private readonly record struct Sender(EntityId? Pcpu, Poster Poster);

    private static Sender Device => new(null, Poster.None);

    private VirtualDuration LatencyFrom(Sender sender) =>
        sender.Pcpu is { } pcpu
            ? _configuration.Host.IpiLatency(pcpu, _pcpu)
            : _configuration.Host.Costs.IpiSameSocket;

    /// <summary>It has to send an IPI, and pays for it.</summary>
    private void TellNotified(Sender sender, IEffects effects)
    {
        if (sender.Poster != Poster.None)
        {
            effects.Send(
                sender.Pcpu!.Value,
                _configuration.Host.Costs.LineTransferSameSocket,
                new Posted(sender.Poster, PostingEffect.Notified)
            );
        }
    }

    /// <summary>Its pCPU knows whether the thread has to be woken, and tells the sender.</summary>
    private void WakeUp(Sender sender, IEffects effects) =>
        effects.Send(
            _pcpu,
            sender.Pcpu is null
                ? LatencyFrom(sender)
                : _configuration.Host.Costs.LineTransferSameSocket,
            new Wake(Id, _entry, sender.Pcpu, sender.Poster)
        );

    /// <summary>
    /// kvm_apic_local_deliver for the LVT timer: false if its interrupt is dropped, because the LVT is masked
    /// or the timer has left the mode that it was armed in.
    /// </summary>
    private bool AcceptTimer(VirtualTime now, TscTicks deadline, VirtualTime? next)
    {
        bool counts = _lapic.TimerMode != LvtTimerMode.TscDeadline;
        if (counts && _lapic.InitialCount == 0)
        {
            _timers.Drop(deadline);
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
            _timers.Accept(deadline, _lapic.TimerVector);
            return _lapic.CanTimerInterrupt;
        }
        bool isPeriodic = _lapic.TimerMode == LvtTimerMode.Periodic && _lapic.IsCounting;
        if (isPeriodic && next <= _lapic.CounterTarget)
        {
            // A later expiry came first, from the pCPU that the vCPU has left: the two coalesce.
            return false;
        }
        TscTicks expired = isPeriodic ? _timers.Outstanding : deadline;
        bool delivered = _lapic.TimerExpired(now, next);
        if (delivered)
        {
            _timers.Accept(expired, _lapic.TimerVector);
        }
        else
        {
            _timers.Drop(expired);
        }
        if (isPeriodic)
        {
            VirtualTime target = _lapic.CounterTarget;
            _timers.Arm(_lapic.GuestTsc.At(target), target, now);
        }
        return delivered;
    }

    /// <summary>
    /// PIR, then ON; in guest mode the notification follows, or without APICv a kick; halted the thread is woken.
    /// </summary>
    private void Post(byte vector, Sender sender, IEffects effects, bool isTimer = false)
    {
        _lapic.SetTriggerMode(vector, _eoiExitBitmap.Contains(vector));
        _requests[vector]++;
        if (!_descriptor.Post(vector))
        {
            return;
        }
        if (_inGuest && HasApicv)
        {
            effects.After(
                LatencyFrom(sender) + _configuration.Host.Costs.PostedInterruptProcessing,
                Notification.Instance
            );
            TellNotified(sender, effects);
            return;
        }
        _isKickedByTimer |= _inGuest && isTimer;
        Rouse(sender, effects);
    }

    /// <summary>In root mode a notification is harmless: what it announced is taken at the next entry.</summary>
    private void OnNotification(VirtualTime now, IEffects effects)
    {
        if (!_inGuest)
        {
            return;
        }
        Suspend(now);
        _descriptor.SyncTo(_lapic);
        Run(now, effects);
    }

    /// <summary>The preemption timer's VM-exit, unless the vCPU has left in the meantime.</summary>
    private void OnPreemptionTimer(VirtualTime now, long entry, IEffects effects)
    {
        if (_inGuest && entry == _entry)
        {
            ExitOrHold(now, HeldExit.PreemptionTimer, effects);
        }
    }

    /// <summary>A host interrupt at the core: a VM-exit, unless the vCPU has left in the meantime.</summary>
    private void OnHostInterrupt(VirtualTime now, long entry, IEffects effects)
    {
        if (!_inGuest || entry != _entry)
        {
            return;
        }
        CountKick();
        ExitOrHold(now, HeldExit.HostInterrupt, effects);
    }
}
