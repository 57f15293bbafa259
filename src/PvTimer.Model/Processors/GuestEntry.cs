using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>vcpu_run: the way of the current thread back into guest mode, unless it has to go or another has to run.</summary>
internal readonly struct GuestEntry(Pcpu pcpu)
{
    private readonly Pcpu _pcpu = pcpu;

    /// <summary>Back into guest mode, unless the thread has to move or another has to run.</summary>
    public void EnterOrYield(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _pcpu.Scheduler.Current!;
        if (thread.Leaves)
        {
            _pcpu.Scheduler.StopRunning(now, thread);
            _pcpu.Migration.SendAway(thread, effects);
            _pcpu.Scheduler.SwitchAway(now, thread, effects);
        }
        else if (_pcpu.Scheduler.ShouldYield())
        {
            Yield(now, thread, effects);
        }
        else
        {
            Enter(now, thread, effects);
        }
    }

    private void Yield(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        _pcpu.Scheduler.StopRunning(now, thread);
        _pcpu.Scheduler.WaitForTurn(now, thread, effects);
        effects.Send(
            thread.Vcpu,
            _pcpu.Site.Costs.LineTransferSameSocket,
            Preempted.Of(thread.Kvm.Entry)
        );
        _pcpu.Scheduler.SwitchAway(now, thread, effects);
    }

    /// <summary>vcpu_enter_guest.</summary>
    private void Enter(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        VirtualTime ready = now + thread.Timer.Entering(now, thread.Kvm);
        thread.Kvm.HasMoved = false;
        if (thread.Kvm.Expired is { } expired)
        {
            // kvm_wait_lapic_expire: what was started early by the advance is held until it is due. Then comes the switch.
            Tune(thread, expired, ready);
            ready = VirtualTime.Max(ready, expired.Due);
        }
        VirtualTime entered = ready + _pcpu.Site.Costs.EntryTransition;
        bool counterIsAtZero = thread.Timer.IsAtZero(thread.Kvm, entered);
        thread.Kvm.Entry++;
        thread.State = VcpuRunState.InGuest;
        thread.Kvm.Halted = false;
        thread.Kvm.WakePending = false;
        effects.Send(
            thread.Vcpu,
            entered - now,
            VmEntry.Of(
                _pcpu.Site.Id,
                thread.Kvm.Entry,
                thread.Kvm.Expired?.Deadline,
                thread.Kvm.Expired?.Next,
                counterIsAtZero
            )
        );
        thread.Kvm.Expired = null;
        _pcpu.Guest.Enter(entered);
        if (!counterIsAtZero)
        {
            thread.Timer.Entered(now, thread.Kvm, entered, effects);
        }
        _pcpu.Scheduler.LimitSlice(now, effects);
    }

    /// <summary>By how early or late it stands before the wait, which the advance is to make short.</summary>
    private void Tune(VcpuThread thread, ExpiredTimer expired, VirtualTime ready)
    {
        if (thread.Kvm.TunedAdvance is { } advance && expired.IsEarly && thread.Kvm.CanTimerWake)
        {
            thread.Kvm.TunedAdvance = TimerAdvanceTuning.Adjust(
                advance,
                ready - expired.Due,
                _pcpu.Site.Host.TscOf(thread.Vcpu)
            );
        }
    }
}
