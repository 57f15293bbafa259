using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Processors;

/// <content>VM-exits: their handlers, what they arm, and the way back into guest mode.</content>
public sealed partial class Pcpu
{
    private VmExit? _exit;

    /// <summary>Its handler ends with hrtimer_start: the deadline had not passed when it got there.</summary>
    private bool _startsTimer;
    private VirtualTime _inGuestFrom;
    private bool _exitForced;

    private void ForceExit(VirtualTime now, IEffects effects)
    {
        if (_exitForced)
        {
            return;
        }
        _exitForced = true;
        // During VM-entry the interrupt waits; it causes an exit right after the entry.
        VirtualDuration untilInGuest = _inGuestFrom - now + VirtualDuration.Smallest;
        effects.Send(
            _current!.Vcpu,
            VirtualDuration.Max(_costs.InterruptRecognition, untilInGuest),
            new HostInterrupt(_current.Entry)
        );
    }

    private void OnVmExit(VirtualTime now, VmExit exit, IEffects effects)
    {
        if (_current is null || _current.Vcpu != exit.Vcpu || _activity != Activity.Guest)
        {
            throw new InvalidOperationException(
                $"vCPU {exit.Vcpu} exited on a pCPU that did not run it"
            );
        }
        if (now < _smmUntil)
        {
            // An SMI came during the exit: the handler begins when it is over.
            effects.After(_smmUntil - now, exit);
            return;
        }
        _account.Switch(VirtualTime.Max(exit.LeftGuestAt, _smmUntil), CpuUse.Exit);
        _current.State = VcpuRunState.Exiting;
        _current.CanTimerWake = exit.CanTimerWake;
        _exit = exit;
        _exitForced = false;
        _timerExpiredInThisExit = false;
        if (_pendingInterrupts.Count > 0)
        {
            // KVM enables interrupts right after the exit: the host's come before the handler.
            BeginInterrupt(now, effects);
        }
        else
        {
            StartHandler(now, effects);
        }
    }

    private void StartHandler(VirtualTime now, IEffects effects)
    {
        VmExit exit = _exit!;
        VirtualDuration cost = exit.Reason switch
        {
            VmExitReason.ExternalInterrupt => _costs.ExternalInterruptHandler
                + (_runningDelays?.Draw(exit.LeftGuestAt - _inGuestFrom) ?? VirtualDuration.Zero),
            VmExitReason.Hlt => _costs.HltHandler,
            _ => _current!.Timer.HandlerOf(exit),
        };
        cost += _current!.Timer.CostOf(_current, exit.Timer);
        _startsTimer =
            exit.Handling == VirtualDuration.Zero
            && _current.Timer.StartsHrtimer(now + cost, _current, exit);
        if (_startsTimer)
        {
            cost += _costs.HrtimerStart;
        }
        if (exit.Handling > VirtualDuration.Zero)
        {
            cost = exit.Handling;
        }
        BeginWork(now, HostWork.ExitHandler, cost, effects);
    }

    private void HandlerDone(VirtualTime now, IEffects effects)
    {
        VmExit exit = _exit!;
        _exit = null;
        if (exit.Reason == VmExitReason.PreemptionTimer)
        {
            _current!.Timer.HardwareExpired(now, _current);
        }
        VirtualTime asked = _startsTimer ? now - _costs.HrtimerStart : now;
        _current!.Timer.Apply(now, asked, _current, exit.Timer, effects);
        if (
            exit.Timer.Kind == TimerRequestKind.Arm
            && exit.Reason != VmExitReason.Hlt
            && _hrtimers.NextExpiry <= now
        )
        {
            // It became due while it was started: its interrupt comes before the entry.
            BeginWork(now, HostWork.Entering, VirtualDuration.Zero, effects);
        }
        else if (exit.Reason == VmExitReason.Hlt)
        {
            Halt(now, asked, effects);
        }
        else if (exit.Ipi is { Targets.IsEmpty: false } ipi)
        {
            // A length that was recorded holds all that the handler did.
            bool pays = exit.Handling == VirtualDuration.Zero;
            Send(ipi, pays ? Poster.ExitHandler : Poster.None, effects);
            if (pays)
            {
                BeginWork(now, HostWork.Posting, PostingTime(_costs), effects);
            }
            else
            {
                EnterOrYield(now, effects);
            }
        }
        else
        {
            EnterOrYield(now, effects);
        }
    }

    private void Send(GuestIpi ipi, Poster poster, IEffects effects)
    {
        _notifying = VirtualDuration.Zero;
        foreach (EntityId target in ipi.Targets)
        {
            _ipis++;
            bool isInterrupt = ipi.Mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority;
            effects.Send(
                target,
                _costs.LineTransferSameSocket,
                isInterrupt
                    ? new PostedInterrupt(ipi.Vector, Id, null, Poster: poster)
                    : new InterruptMessage(ipi.Mode, ipi.Vector, Id, poster)
            );
        }
    }

    private void NotifyTargets(VirtualTime now, IEffects effects)
    {
        if (_notifying > VirtualDuration.Zero)
        {
            BeginWork(now, HostWork.Notifying, _notifying, effects);
        }
        else
        {
            EnterOrYield(now, effects);
        }
    }

    /// <summary>A timer that was set from outside may be due already: whoever waits for it must see it.</summary>
    private void Notice(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (thread.Expired is null)
        {
            return;
        }
        if (thread.State == VcpuRunState.Blocked && thread.HasReasonToRun)
        {
            TakeInterrupt(now, new PendingInterrupt(InterruptKind.WakeUp, thread.Vcpu), effects);
        }
        else if (thread.State == VcpuRunState.Polling && _activity == Activity.HostWork)
        {
            SuspendWork(now, effects);
            ResumeWork(now, effects);
        }
        else if (thread == _current && _activity == Activity.Guest)
        {
            TakeInterrupt(
                now,
                new PendingInterrupt(InterruptKind.Reschedule, thread.Vcpu),
                effects
            );
        }
    }

    private void OnProgramTimer(VirtualTime now, ProgramTimer program, IEffects effects)
    {
        if (_threads.TryGetValue(program.Vcpu, out VcpuThread? thread))
        {
            thread.CanTimerWake = program.CanTimerWake;
            thread.Timer.Apply(now, now, thread, program.Request, effects);
            if (thread == _current && _activity == Activity.Guest)
            {
                thread.Timer.Entered(now, thread, VirtualTime.Max(now, _inGuestFrom), effects);
            }
            Notice(now, thread, effects);
            return;
        }
        Forward(program.Vcpu, program, effects);
    }

    /// <summary>Back into guest mode, unless the thread has to move or another has to run.</summary>
    private void EnterOrYield(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _current!;
        if (thread.Leaves)
        {
            StopRunning(now, thread);
            SendAway(thread, effects);
            SwitchAway(now, thread, effects);
            return;
        }
        if (ShouldYield())
        {
            Yield(now, thread, effects);
            return;
        }
        VirtualTime ready = now + thread.Timer.Entering(now, thread);
        if (thread.Expired is { } expired)
        {
            // kvm_wait_lapic_expire: what was started early by the advance is held until it is due. Then comes the switch.
            Tune(thread, expired, ready);
            ready = VirtualTime.Max(ready, expired.Due);
        }
        VirtualTime entered = ready + _costs.EntryTransition;
        thread.Entry++;
        thread.State = VcpuRunState.InGuest;
        thread.Halted = false;
        thread.WakePending = false;
        effects.Send(
            thread.Vcpu,
            entered - now,
            new VmEntry(Id, thread.Entry, thread.Expired?.Deadline, thread.Expired?.Next)
        );
        thread.Expired = null;
        _activity = Activity.Guest;
        _inGuestFrom = entered;
        thread.Timer.Entered(now, thread, entered, effects);
        _account.Switch(entered, CpuUse.Guest);
        LimitSlice(now, effects);
    }

    /// <summary>By how early or late it stands before the wait, which the advance is to make short.</summary>
    private void Tune(VcpuThread thread, ExpiredTimer expired, VirtualTime ready)
    {
        if (thread.TunedAdvance is { } advance && expired.IsEarly && thread.CanTimerWake)
        {
            thread.TunedAdvance = TimerAdvanceTuning.Adjust(
                advance,
                ready - expired.Due,
                _host.TscOf(thread.Vcpu)
            );
        }
    }
}
