using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <content>
/// Threads whose VM is stopped: they leave KVM_RUN, and nothing of theirs stays behind. And those whose VM is paused,
/// which only leave KVM_RUN: their hrtimers go on, and what expires is injected when they come back.
/// </content>
public sealed partial class Pcpu
{
    private void OnStopThread(VirtualTime now, StopThread stop, IEffects effects)
    {
        if (!_threads.TryGetValue(stop.Vcpu, out VcpuThread? thread))
        {
            Forward(stop.Vcpu, stop, effects);
            return;
        }
        thread.Stops = true;
        thread.MoveTo = null;
        Dislodge(now, thread, effects);
    }

    private void OnPauseThread(VirtualTime now, PauseThread pause, IEffects effects)
    {
        if (!_threads.TryGetValue(pause.Vcpu, out VcpuThread? thread))
        {
            Forward(pause.Vcpu, pause, effects);
            return;
        }
        VirtualTime until = now + pause.Length;
        thread.PausedUntil = VirtualTime.Max(thread.PausedUntil ?? until, until);
        ResumeAt(now, until, thread.Vcpu, effects);
        Dislodge(now, thread, effects);
    }

    private static void ResumeAt(
        VirtualTime now,
        VirtualTime at,
        EntityId vcpu,
        IEffects effects
    ) =>
        effects.After(
            VirtualDuration.Max(at - now, VirtualDuration.Smallest),
            new ResumeThread(vcpu)
        );

    private void OnResumeThread(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        bool ends =
            _threads.TryGetValue(vcpu, out VcpuThread? thread)
            && thread.PausedUntil is { } until
            && until <= now;
        if (!ends)
        {
            return;
        }
        thread!.PausedUntil = null;
        if (thread.State == VcpuRunState.Blocked && (!thread.Halted || thread.HasReasonToRun))
        {
            TakeInterrupt(now, new PendingInterrupt(InterruptKind.WakeUp, vcpu), effects);
        }
    }

    /// <summary>The thread is out of guest mode: its own hrtimer goes, the vCPU has it from now on.</summary>
    private void GiveUp(VcpuThread thread, IEffects effects)
    {
        CancelApicTimer(thread.Vcpu, served: false);
        thread.VirtualRuntime -= _runQueue.LeastRuntime;
        _threads.Remove(thread.Vcpu);
        // Not on any pCPU: what still comes for it here is not sent on.
        _movedTo[thread.Vcpu] = thread.Vcpu;
        effects.Send(
            thread.Vcpu,
            _costs.LineTransferSameSocket,
            new ThreadStopped(thread.Freeze(timer: null))
        );
    }

    private void OnDropTimer(EntityId vcpu, IEffects effects)
    {
        _hrtimers.Cancel(HrtimerFunction.ApicTimer, vcpu);
        _timerCpu?.Drop(vcpu);
        effects.Send(vcpu, _costs.LineTransferSameSocket, TimerDropped.Instance);
    }
}
