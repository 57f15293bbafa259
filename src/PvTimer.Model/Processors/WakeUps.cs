using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// What other CPUs want of the threads of a pCPU (kvm_vcpu_wake_up, kvm_vcpu_kick), and who pays for it: a sleeper is
/// woken by a reschedule IPI, a poller sees it by itself, a guest in guest mode exits.
/// </summary>
internal readonly struct WakeUps(Pcpu pcpu)
{
    private readonly Pcpu _pcpu = pcpu;

    public void OnWake(VirtualTime now, Wake wake, IEffects effects)
    {
        if (_pcpu.Scheduler.Find(wake.Vcpu) is not { } thread)
        {
            _pcpu.Migration.Forward(wake.Vcpu, wake, effects);
            return;
        }
        if (wake.Entry != thread.Kvm.Entry)
        {
            // It was entered again meanwhile, and the entry synchronised its descriptor.
            return;
        }
        bool sleeps = thread.Sleeps;
        thread.Kvm.WakePending = true;
        if (sleeps)
        {
            WakeSleeper(now, thread, wake, effects);
        }
        else if (
            thread.State == VcpuRunState.Polling
            && _pcpu.Executor.Activity == CpuActivity.HostWork
        )
        {
            // Nothing has to be sent.
            if (wake.Waker is null)
            {
                _pcpu.Halts.Look(now, effects);
            }
            else
            {
                _pcpu.Halts.SeeWakeUp(now, effects);
            }
        }
    }

    /// <summary>The waker makes it runnable and sends a reschedule IPI; a device's interrupt does it here.</summary>
    private void WakeSleeper(VirtualTime now, VcpuThread thread, Wake wake, IEffects effects)
    {
        if (wake.Waker is not { } waker)
        {
            _pcpu.Interrupts.Take(now, InterruptKind.Device, wake.Vcpu, effects);
            return;
        }
        if (
            waker == _pcpu.Site.Id
            && _pcpu.Executor.Activity is CpuActivity.HostWork or CpuActivity.Interrupt
        )
        {
            // No IPI: it looks at its run queue when it is done here.
            Charge(wake.Poster, _pcpu.Site.Costs.ThreadWake, effects);
            _pcpu.Scheduler.MakeRunnable(now, thread, effects);
            return;
        }
        if (wake.Poster != Poster.None && waker != _pcpu.Site.Id)
        {
            effects.Send(
                waker,
                _pcpu.Site.Costs.LineTransferSameSocket,
                Posted.Of(wake.Poster, PostingEffect.Woken)
            );
        }
        effects.After(
            _pcpu.Site.Costs.ThreadWake
                + _pcpu.Site.Costs.IpiSend
                + _pcpu.Site.Host.IpiLatency(waker, _pcpu.Site.Id),
            RescheduleIpi.Of(wake.Vcpu)
        );
    }

    public void OnRescheduleIpi(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        bool waits =
            _pcpu.Scheduler.Find(vcpu)
                is { State: VcpuRunState.Blocked, Kvm.WakePending: true } thread
            && !thread.Kvm.IsPaused;
        if (waits)
        {
            _pcpu.Interrupts.Take(now, InterruptKind.WakeUp, vcpu, effects);
        }
    }

    /// <summary>A vCPU in guest mode has to leave it; one that has left, or moved on, does not.</summary>
    public void OnKickVcpu(VirtualTime now, KickVcpu kick, IEffects effects)
    {
        bool isIn =
            _pcpu.Executor.Activity == CpuActivity.Guest
            && _pcpu.Scheduler.Current!.Vcpu == kick.Vcpu
            && _pcpu.Scheduler.Current.Kvm.Entry == kick.Entry;
        if (isIn)
        {
            _pcpu.Interrupts.Take(now, InterruptKind.Reschedule, kick.Vcpu, effects);
        }
    }

    /// <summary>What was posted from here had to be notified, or woken.</summary>
    public void OnPosted(Posted posted, IEffects effects) =>
        Charge(
            posted.Poster,
            posted.Effect == PostingEffect.Woken
                ? _pcpu.Site.Costs.ThreadWake + _pcpu.Site.Costs.IpiSend
                : _pcpu.Site.Costs.IpiSend,
            effects
        );

    private void Charge(Poster poster, VirtualDuration cost, IEffects effects)
    {
        if (_pcpu.Posting.Charge(poster, cost, effects) is { } length)
        {
            _pcpu.Interrupts.Stay(length, effects);
        }
    }
}
