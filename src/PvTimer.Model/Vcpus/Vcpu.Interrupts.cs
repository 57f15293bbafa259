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
        if (entry.Expired is { } deadline && AcceptTimer(now, deadline, entry.Next))
        {
            _lapic.Request(_lapic.TimerVector);
        }
        _descriptor.SyncTo(_lapic);
        _nmiInjected |= _nmiPending;
        _nmiPending = false;
        AskWhatWaited(effects);
        Run(now, effects);
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
        byte vector = posted.Vector;
        if (_standing == Standing.Away)
        {
            // A timer that was dropped is in what was saved; of an IPI nothing would be left.
            _ =
                posted.Deadline
                ?? throw new InvalidOperationException("an IPI came after its vCPU had left");
            return;
        }
        if (posted.Deadline is { } deadline)
        {
            if (!AcceptTimer(now, deadline, posted.Next))
            {
                return;
            }
            vector = _lapic.TimerVector;
        }
        else if (!_lapic.AcceptsInterrupts)
        {
            return;
        }
        Post(vector, _configuration.Host.IpiLatency(posted.FromPcpu, _pcpu), effects);
    }

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
        if (deadline != armed && !Flaws.DisableLeavesTimerArmed)
        {
            // Fixed (flaw 8): it was armed elsewhere before the timer changed sides, and is no longer.
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

    /// <summary>PIR, then ON; in guest mode the notification follows, halted the thread is woken.</summary>
    private void Post(byte vector, VirtualDuration notificationLatency, IEffects effects)
    {
        _lapic.SetTriggerMode(vector, _eoiExitBitmap.Contains(vector));
        _requests[vector]++;
        if (!_descriptor.Post(vector))
        {
            return;
        }
        if (_inGuest)
        {
            effects.After(
                notificationLatency + _configuration.Host.Costs.PostedInterruptProcessing,
                Notification.Instance
            );
        }
        else if (_halted && _standing != Standing.Stopped)
        {
            effects.Send(_pcpu, notificationLatency, new Wake(Id, _entry));
        }
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

    /// <summary>A host interrupt at the core: a VM-exit, unless the vCPU has left in the meantime.</summary>
    private void OnHostInterrupt(VirtualTime now, long entry, IEffects effects)
    {
        if (!_inGuest || entry != _entry)
        {
            return;
        }
        Suspend(now);
        Exit(now, VmExitReason.ExternalInterrupt, 0, TimerRequest.None, null, effects);
    }
}
