using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// What other CPUs want of the threads of a pCPU (kvm_vcpu_wake_up, kvm_vcpu_kick), and who pays for it: a sleeper is
/// woken by a reschedule IPI, a poller sees it by itself, a guest in guest mode exits.
/// </summary>
internal sealed class WakeUps(
    PcpuSite site,
    HostExecutor executor,
    InterruptPosting posting,
    ThreadScheduler scheduler,
    InterruptController interrupts,
    ThreadMigration migration,
    HaltHandler halts
)
{
    private readonly PcpuSite _site = site;
    private readonly HostExecutor _executor = executor;
    private readonly InterruptPosting _posting = posting;
    private readonly ThreadScheduler _scheduler = scheduler;
    private readonly InterruptController _interrupts = interrupts;
    private readonly ThreadMigration _migration = migration;
    private readonly HaltHandler _halts = halts;

    public void OnWake(VirtualTime now, Wake wake, IEffects effects)
    {
        if (_scheduler.Find(wake.Vcpu) is not { } thread)
        {
            _migration.Forward(wake.Vcpu, wake, effects);
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
        else if (thread.State == VcpuRunState.Polling && _executor.Activity == CpuActivity.HostWork)
        {
            // Nothing has to be sent.
            if (wake.Waker is null)
            {
                _halts.Look(now, effects);
            }
            else
            {
                _halts.SeeWakeUp(now, effects);
            }
        }
    }

    /// <summary>The waker makes it runnable and sends a reschedule IPI; a device's interrupt does it here.</summary>
    private void WakeSleeper(VirtualTime now, VcpuThread thread, Wake wake, IEffects effects)
    {
        if (wake.Waker is not { } waker)
        {
            _interrupts.Take(now, InterruptKind.Device, wake.Vcpu, effects);
            return;
        }
        if (
            waker == _site.Id
            && _executor.Activity is CpuActivity.HostWork or CpuActivity.Interrupt
        )
        {
            // No IPI: it looks at its run queue when it is done here.
            Charge(wake.Poster, _site.Costs.ThreadWake, effects);
            _scheduler.MakeRunnable(now, thread, effects);
            return;
        }
        if (wake.Poster != Poster.None && waker != _site.Id)
        {
            effects.Send(
                waker,
                _site.Costs.LineTransferSameSocket,
                new Posted(wake.Poster, PostingEffect.Woken)
            );
        }
        effects.After(
            _site.Costs.ThreadWake + _site.Costs.IpiSend + _site.Host.IpiLatency(waker, _site.Id),
            new RescheduleIpi(wake.Vcpu)
        );
    }

    public void OnRescheduleIpi(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        bool waits =
            _scheduler.Find(vcpu) is { State: VcpuRunState.Blocked, Kvm.WakePending: true } thread
            && !thread.Kvm.IsPaused;
        if (waits)
        {
            _interrupts.Take(now, InterruptKind.WakeUp, vcpu, effects);
        }
    }

    /// <summary>A vCPU in guest mode has to leave it; one that has left, or moved on, does not.</summary>
    public void OnKickVcpu(VirtualTime now, KickVcpu kick, IEffects effects)
    {
        bool isIn =
            _executor.Activity == CpuActivity.Guest
            && _scheduler.Current!.Vcpu == kick.Vcpu
            && _scheduler.Current.Kvm.Entry == kick.Entry;
        if (isIn)
        {
            _interrupts.Take(now, InterruptKind.Reschedule, kick.Vcpu, effects);
        }
    }

    /// <summary>What was posted from here had to be notified, or woken.</summary>
    public void OnPosted(Posted posted, IEffects effects) =>
        Charge(
            posted.Poster,
            posted.Effect == PostingEffect.Woken
                ? _site.Costs.ThreadWake + _site.Costs.IpiSend
                : _site.Costs.IpiSend,
            effects
        );

    private void Charge(Poster poster, VirtualDuration cost, IEffects effects)
    {
        if (_posting.Charge(poster, cost, effects) is { } length)
        {
            _interrupts.Stay(length, effects);
        }
    }
}
