using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>HLT (kvm_vcpu_halt): the current thread looks once, polls for a while, then gives the pCPU away.</summary>
internal sealed class HaltHandler(
    PcpuSite site,
    CpuHrtimers hrtimers,
    HostExecutor executor,
    ThreadScheduler scheduler,
    ThreadMigration migration,
    GuestEntry entry
)
{
    private readonly PcpuSite _site = site;
    private readonly CpuHrtimers _hrtimers = hrtimers;
    private readonly HostExecutor _executor = executor;
    private readonly ThreadScheduler _scheduler = scheduler;
    private readonly ThreadMigration _migration = migration;
    private readonly GuestEntry _entry = entry;

    /// <summary>The exit's handler is done.</summary>
    /// <param name="now">When.</param>
    /// <param name="asked">When it looked whether the timer has expired.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    public void Halt(VirtualTime now, VirtualTime asked, IEffects effects)
    {
        VcpuThread thread = _scheduler.Current!;
        thread.Kvm.Halted = true;
        if (!thread.Kvm.HasReasonToRun)
        {
            thread.Timer.Halted(now, asked, thread.Kvm, effects);
        }
        if (_hrtimers.NextExpiry <= now)
        {
            // It became due while it was started: its interrupt comes before the look.
            _executor.Begin(now, HostWork.Halting, VirtualDuration.Zero, effects);
            return;
        }
        PollOrBlock(now, effects);
    }

    /// <summary>Looks once, and polls if no other thread wants the pCPU.</summary>
    public void PollOrBlock(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _scheduler.Current!;
        thread.Kvm.HaltedAt = now;
        if (thread.Kvm.HasReasonToRun)
        {
            AdaptPolling(now, thread);
            _entry.EnterOrYield(now, effects);
            return;
        }
        bool alone = !_scheduler.OthersWait && !thread.Leaves;
        if (alone && thread.Kvm.HaltPollWindow > VirtualDuration.Zero)
        {
            thread.State = VcpuRunState.Polling;
            _executor.Replace(HostWork.Poll, thread.Kvm.HaltPollWindow);
            Resume(now, effects);
            return;
        }
        Block(now, effects);
    }

    /// <summary>The pCPU goes on with the work that was suspended; a poller looks first whether its polling is over.</summary>
    public void Resume(VirtualTime now, IEffects effects)
    {
        if (_executor.Work == HostWork.Poll && PollingIsOver())
        {
            EndPolling(now, VirtualDuration.Zero);
        }
        _executor.Resume(now, effects);
    }

    private bool PollingIsOver()
    {
        VcpuThread thread = _scheduler.Current!;
        return thread.Kvm.HasReasonToRun
            || thread.Leaves
            || thread.IsThrottled
            || _scheduler.OthersWait;
    }

    /// <summary>What the poller waits for may have come: it looks, unless an interrupt has the pCPU.</summary>
    public void Look(VirtualTime now, IEffects effects)
    {
        if (_executor.Activity == CpuActivity.HostWork)
        {
            _executor.Suspend(now, effects);
            Resume(now, effects);
        }
    }

    /// <summary>As <see cref="Look"/>, for the bit that another CPU has set: it sees it as soon as its line has come.</summary>
    public void SeeWakeUp(VirtualTime now, IEffects effects)
    {
        if (_executor.Activity != CpuActivity.HostWork)
        {
            return;
        }
        _executor.Suspend(now, effects);
        if (_executor.Work == HostWork.Poll && _scheduler.Current!.Kvm.HasReasonToRun)
        {
            EndPolling(now, _site.Costs.LineTransferSameSocket);
        }
        Resume(now, effects);
    }

    /// <summary>The poller has seen that it is over, so long ago: its way out of the loop has begun then.</summary>
    private void EndPolling(VirtualTime now, VirtualDuration ago)
    {
        _executor.Replace(
            HostWork.PollExit,
            VirtualDuration.Max(_site.Costs.PollExit - ago, VirtualDuration.Zero)
        );
        VcpuThread thread = _scheduler.Current!;
        if (thread.Kvm.HasReasonToRun)
        {
            AdaptPolling(now - ago, thread);
        }
    }

    /// <summary>It is out of the polling loop.</summary>
    public void LeavePolling(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _scheduler.Current!;
        if (!thread.Kvm.HasReasonToRun)
        {
            Block(now, effects);
            return;
        }
        AdaptPolling(now, thread);
        thread.State = VcpuRunState.Exiting;
        _entry.EnterOrYield(now, effects);
    }

    /// <summary>The end of kvm_vcpu_halt: how long it took, until the poller saw its end or the thread ran again.</summary>
    public void AdaptPolling(VirtualTime now, VcpuThread thread)
    {
        if (!thread.Kvm.Halted)
        {
            return;
        }
        if (thread.HaltPolls)
        {
            thread.Kvm.HaltPollWindow = _site.Host.HaltPolling.Adapt(
                thread.Kvm.HaltPollWindow,
                now - thread.Kvm.HaltedAt,
                _site.Host.HaltPoll
            );
        }
        thread.Kvm.Halted = false;
    }

    /// <summary>kvm_vcpu_block.</summary>
    public void Block(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _scheduler.Current!;
        _scheduler.StopRunning(now, thread);
        thread.State = VcpuRunState.Blocked;
        if (thread.Leaves)
        {
            _migration.SendAway(thread, effects);
        }
        _scheduler.SwitchAway(now, thread, effects);
    }
}
