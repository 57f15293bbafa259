using PvTimer.Model.Collections;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// The threads that wait for one pCPU: the one that has had the least of it goes first, among equals the one
/// that has waited longest (the idea of CFS).
/// </summary>
internal sealed class RunQueue
{
    private SmallQueue<VcpuThread> _waiting;
    private VirtualDuration _leastRuntime;

    /// <summary>The pace of this pCPU: a thread that moves takes only its distance from it along.</summary>
    public VirtualDuration LeastRuntime => _leastRuntime;

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>
    /// A thread that slept comes back at the queue's own pace less half a slice: it may go first, but cannot
    /// claim all the time that it did not want.
    /// </summary>
    public void EnqueueWoken(VcpuThread thread, VirtualDuration slice)
    {
        VirtualDuration floor =
            _leastRuntime - VirtualDuration.FromNanoseconds(slice.Nanoseconds / 2);
        thread.VirtualRuntime = VirtualDuration.Max(thread.VirtualRuntime, floor);
        Enqueue(thread);
    }

    public void Enqueue(VcpuThread thread)
    {
        thread.State = VcpuRunState.Runnable;
        _waiting.Enqueue(thread);
    }

    public bool Remove(VcpuThread thread)
    {
        int place = _waiting.IndexOf(thread);
        if (place >= 0)
        {
            _waiting.RemoveAt(place);
        }
        return place >= 0;
    }

    /// <summary>Takes out the thread that goes next; null if none waits.</summary>
    public VcpuThread? Pick()
    {
        if (_waiting.Count == 0)
        {
            return null;
        }
        int least = 0;
        for (int index = 1; index < _waiting.Count; index++)
        {
            least = _waiting[index].VirtualRuntime < _waiting[least].VirtualRuntime ? index : least;
        }
        VcpuThread next = _waiting.RemoveAt(least);
        _leastRuntime = VirtualDuration.Max(_leastRuntime, next.VirtualRuntime);
        return next;
    }

    /// <param name="state">Freezes or thaws.</param>
    /// <param name="threads">The pCPU's threads: those that wait are among them.</param>
    public void Transfer(StateTransfer state, in EntityMap<VcpuThread> threads)
    {
        EntityMap<VcpuThread> known = threads;
        state.Queue(ref _waiting, (s, thread) => VcpuThread.Transfer(s, thread, in known));
        _leastRuntime = state.Value(_leastRuntime);
    }
}
