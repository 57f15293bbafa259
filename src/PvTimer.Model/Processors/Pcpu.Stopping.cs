using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <content>Threads whose VM is stopped: they leave KVM_RUN, and nothing of theirs stays behind.</content>
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
        _held = _held?.Vcpu == vcpu ? null : _held;
        for (int left = _syncs.Count; left > 0; left--)
        {
            SyncVcpu sync = _syncs.Dequeue();
            if (sync.Vcpu != vcpu)
            {
                _syncs.Enqueue(sync);
            }
        }
        effects.Send(vcpu, _costs.LineTransferSameSocket, TimerDropped.Instance);
    }
}
