using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>HLT (kvm_vcpu_halt): the current thread looks once, polls for a while, then gives the pCPU away.</summary>
internal readonly struct HaltHandler(Pcpu pcpu)
{
    private readonly Pcpu _pcpu = pcpu;

    /// <summary>The exit's handler is done.</summary>
    /// <param name="now">When.</param>
    /// <param name="asked">When it looked whether the timer has expired.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    public void Halt(VirtualTime now, VirtualTime asked, IEffects effects)
    {
        VcpuThread thread = _pcpu.Scheduler.Current!;
        thread.Kvm.Halted = true;
        if (!thread.Kvm.HasReasonToRun)
        {
            thread.Timer.Halted(now, asked, thread.Kvm, effects);
        }
        if (_pcpu.Hrtimers.NextExpiry <= now)
        {
            // It became due while it was started: its interrupt comes before the look.
            _pcpu.Executor.Begin(now, HostWork.Halting, VirtualDuration.Zero, effects);
            return;
        }
        PollOrBlock(now, effects);
    }

    /// <summary>Looks once, and polls if no other thread wants the pCPU.</summary>
    public void PollOrBlock(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _pcpu.Scheduler.Current!;
        thread.Kvm.HaltedAt = now;
        if (thread.Kvm.HasReasonToRun)
        {
            AdaptPolling(now, thread);
            _pcpu.Entry.EnterOrYield(now, effects);
            return;
        }
        bool alone = !_pcpu.Scheduler.OthersWait && !thread.Leaves;
        if (alone && thread.Kvm.HaltPollWindow > VirtualDuration.Zero)
        {
            thread.State = VcpuRunState.Polling;
            _pcpu.Executor.Replace(HostWork.Poll, thread.Kvm.HaltPollWindow);
            Resume(now, effects);
            return;
        }
        Block(now, effects);
    }

    /// <summary>The pCPU goes on with the work that was suspended; a poller looks first whether its polling is over.</summary>
    public void Resume(VirtualTime now, IEffects effects)
    {
        if (_pcpu.Executor.Work == HostWork.Poll && PollingIsOver())
        {
            EndPolling(now, VirtualDuration.Zero);
        }
        _pcpu.Executor.Resume(now, effects);
    }

    private bool PollingIsOver()
    {
        VcpuThread thread = _pcpu.Scheduler.Current!;
        return thread.Kvm.HasReasonToRun
            || thread.Leaves
            || thread.IsThrottled
            || _pcpu.Scheduler.OthersWait;
    }

    /// <summary>What the poller waits for may have come: it looks, unless an interrupt has the pCPU.</summary>
    public void Look(VirtualTime now, IEffects effects)
    {
        if (_pcpu.Executor.Activity == CpuActivity.HostWork)
        {
            _pcpu.Executor.Suspend(now, effects);
            Resume(now, effects);
        }
    }

    /// <summary>As <see cref="Look"/>, for the bit that another CPU has set: it sees it as soon as its line has come.</summary>
    public void SeeWakeUp(VirtualTime now, IEffects effects)
    {
        if (_pcpu.Executor.Activity != CpuActivity.HostWork)
        {
            return;
        }
        _pcpu.Executor.Suspend(now, effects);
        if (_pcpu.Executor.Work == HostWork.Poll && _pcpu.Scheduler.Current!.Kvm.HasReasonToRun)
        {
            EndPolling(now, _pcpu.Site.Costs.LineTransferSameSocket);
        }
        Resume(now, effects);
    }

    /// <summary>The poller has seen that it is over, so long ago: its way out of the loop has begun then.</summary>
    private void EndPolling(VirtualTime now, VirtualDuration ago)
    {
        _pcpu.Executor.Replace(
            HostWork.PollExit,
            VirtualDuration.Max(_pcpu.Site.Costs.PollExit - ago, VirtualDuration.Zero)
        );
        VcpuThread thread = _pcpu.Scheduler.Current!;
        if (thread.Kvm.HasReasonToRun)
        {
            AdaptPolling(now - ago, thread);
        }
    }

    /// <summary>It is out of the polling loop.</summary>
    public void LeavePolling(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _pcpu.Scheduler.Current!;
        if (!thread.Kvm.HasReasonToRun)
        {
            Block(now, effects);
            return;
        }
        AdaptPolling(now, thread);
        thread.State = VcpuRunState.Exiting;
        _pcpu.Entry.EnterOrYield(now, effects);
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
            thread.Kvm.HaltPollWindow = _pcpu.Site.Host.HaltPolling.Adapt(
                thread.Kvm.HaltPollWindow,
                now - thread.Kvm.HaltedAt,
                _pcpu.Site.Host.HaltPoll
            );
        }
        thread.Kvm.Halted = false;
    }

    /// <summary>kvm_vcpu_block.</summary>
    public void Block(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _pcpu.Scheduler.Current!;
        _pcpu.Scheduler.StopRunning(now, thread);
        thread.State = VcpuRunState.Blocked;
        if (thread.Leaves)
        {
            _pcpu.Migration.SendAway(thread, effects);
        }
        _pcpu.Scheduler.SwitchAway(now, thread, effects);
    }
}
