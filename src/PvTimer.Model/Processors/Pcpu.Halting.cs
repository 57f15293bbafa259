using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <content>HLT: the vCPU's thread polls for a while, then gives the pCPU away.</content>
public sealed partial class Pcpu
{
    /// <summary>kvm_vcpu_halt: look once, poll for a while, then block.</summary>
    private void Halt(VirtualTime now, VirtualTime asked, IEffects effects)
    {
        VcpuThread thread = _current!;
        thread.Halted = true;
        if (!thread.HasReasonToRun)
        {
            thread.Timer.Halted(now, asked, thread, effects);
        }
        if (_hrtimers.NextExpiry <= now)
        {
            // It became due while it was started: its interrupt comes before the look.
            BeginWork(now, HostWork.Halting, VirtualDuration.Zero, effects);
            return;
        }
        PollOrBlock(now, effects);
    }

    private void PollOrBlock(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _current!;
        thread.HaltedAt = now;
        if (thread.HasReasonToRun)
        {
            AdaptPolling(now, thread);
            EnterOrYield(now, effects);
            return;
        }
        bool alone = _runQueue.IsEmpty && !_kthreadRunnable && !thread.Leaves;
        if (alone && thread.HaltPollWindow > VirtualDuration.Zero)
        {
            thread.State = VcpuRunState.Polling;
            BeginWork(now, HostWork.Poll, thread.HaltPollWindow, effects);
            return;
        }
        Block(now, effects);
    }

    private bool PollingIsOver() =>
        _current!.HasReasonToRun
        || _current.Leaves
        || _current.IsThrottled
        || _kthreadRunnable
        || !_runQueue.IsEmpty;

    private void LeavePolling(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _current!;
        if (!thread.HasReasonToRun)
        {
            Block(now, effects);
            return;
        }
        AdaptPolling(now, thread);
        thread.State = VcpuRunState.Exiting;
        EnterOrYield(now, effects);
    }

    /// <summary>The poller has seen that it is over, so long ago: its way out of the loop has begun then.</summary>
    private void EndPolling(VirtualTime now, VirtualDuration ago)
    {
        _work = HostWork.PollExit;
        _workLeft = VirtualDuration.Max(_costs.PollExit - ago, VirtualDuration.Zero);
        if (_current!.HasReasonToRun)
        {
            AdaptPolling(now - ago, _current);
        }
    }

    /// <summary>The end of kvm_vcpu_halt: how long it took, until the poller saw its end or the thread ran again.</summary>
    private void AdaptPolling(VirtualTime now, VcpuThread thread)
    {
        if (!thread.Halted)
        {
            return;
        }
        thread.HaltPollWindow = _host.HaltPolling.Adapt(
            thread.HaltPollWindow,
            now - thread.HaltedAt,
            _host.HaltPoll
        );
        thread.Halted = false;
    }

    private void Block(VirtualTime now, IEffects effects)
    {
        VcpuThread thread = _current!;
        StopRunning(now, thread);
        thread.State = VcpuRunState.Blocked;
        if (thread.Leaves)
        {
            SendAway(thread, effects);
        }
        SwitchAway(now, thread, effects);
    }
}
