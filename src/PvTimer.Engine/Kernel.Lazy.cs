using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <content>
/// What is sent lazily waits until its target is asked for something, or until the bound that its sender has named. Between
/// two <see cref="Run(long)"/> nothing waits: all that is pending is in the queue, as if each event had its turn.
/// </content>
public sealed partial class Kernel
{
    // Volatile state

    /// <summary>In a <see cref="Run(long)"/> whose events may wait.</summary>
    private bool _isLazy;

    /// <summary>What is being handled has waited; nothing in the queue comes before <see cref="_lateUntil"/>.</summary>
    private bool _isLate;
    private EventKey _lateUntil;

    /// <summary>Messages and steps, sent lazily, that never were in the queue.</summary>
    public long PastQueue { get; private set; }

    void IEffects.SendLazily(EntityId target, VirtualDuration latency, Message message) =>
        Send(target, latency, message, lazily: true);

    void IEffects.AfterLazily(VirtualDuration delay, Message message, VirtualTime bound)
    {
        EntityId sender = SenderOrThrow(message);
        VirtualTime due = Now + delay;
        bool mayWait = _isLazy && due < bound;
        if (mayWait)
        {
            _residents[sender.Index].SendsItself = true;
            if (bound < _horizon)
            {
                _lazy!.PutBound(_residents[sender.Index].Host, sender, bound);
            }
        }
        EnqueueLazily(sender, sender, due, message, mayWait);
    }

    bool IEffects.TryAdvance(VirtualDuration delay)
    {
        VirtualTime due = Now + delay;
        if (!_isLate || due >= _lateUntil.Time || _lazy!.IsFull(_residents[_sender].Host))
        {
            return false;
        }
        _residents[_sender].SentLazily++;
        PastQueue++;
        Now = due;
        return true;
    }

    private long NextLazy(EntityId source) =>
        EventKey.FirstLazy + _residents[source.Index].SentLazily++;

    private void EnqueueLazily(
        EntityId source,
        EntityId target,
        VirtualTime due,
        Message message,
        bool mayWait
    )
    {
        var pending = new PendingEvent(
            new EventKey(due, source, NextLazy(source)),
            target,
            message
        );
        ref Resident to = ref _residents[target.Index];
        mayWait &= _isLazy && to.TakesLate && _residents[source.Index].Host == to.Host;
        bool isOver = _isLate && due < _lateUntil.Time && to.Waiting == 0;
        if (!mayWait || (!_isLate && _lazy!.IsFull(to.Host)))
        {
            _queue.Add(pending);
        }
        else if (isOver && source != target && _delivery is null)
        {
            HandleWithin(pending);
        }
        else
        {
            to.Waiting++;
            _lazy!.Add(to.Host, pending);
        }
    }

    /// <summary>All that its target has had to wait for has been handled: it takes it at once.</summary>
    private void HandleWithin(in PendingEvent pending)
    {
        (PendingEvent current, bool isKept, VirtualTime now) = (_current, _isKept, Now);
        Now = pending.Key.Time;
        PastQueue++;
        Handle(pending);
        (_current, _isKept, Now) = (current, isKept, now);
        _sender = current.Target.Index;
    }

    /// <summary>
    /// All that waits and comes before an event is handled. What its target has sent to itself and comes behind waits no
    /// longer.
    /// </summary>
    private void CatchUp(in PendingEvent next)
    {
        ref Resident resident = ref _residents[next.Target.Index];
        bool isBound = next.Message is LazyBound;
        if (isBound)
        {
            _lazy!.ReachBound(resident.Host, next.Key.Time);
        }
        if (_lazy!.MayHave(resident.Host, next.Key.Time))
        {
            HandleWaiting(resident.Host, next.Key);
        }
        if (resident.SendsItself && !isBound)
        {
            resident.Waiting -= _lazy.QueueOwn(resident.Host, next.Target);
        }
    }

    private void HandleWaiting(int host, in EventKey until)
    {
        VirtualTime now = Now;
        _isLate = true;
        _lateUntil = until;
        while (_lazy!.TryTake(host, until, out PendingEvent waiting))
        {
            _residents[waiting.Target.Index].Waiting--;
            Now = waiting.Key.Time;
            PastQueue++;
            Handle(waiting);
        }
        _isLate = false;
        Now = now;
    }

    /// <summary>Nothing waits beside the queue any more.</summary>
    private void EndLaziness()
    {
        EventKey until =
            _queue.First is { } first && first.Key.Time < _horizon
                ? first.Key
                : new EventKey(_horizon, new EntityId(0), long.MinValue);
        while (_lazy!.TryTakeOccupied(out int host))
        {
            HandleWaiting(host, until);
            while (_lazy.TryTakeRest(host, out PendingEvent waiting))
            {
                _residents[waiting.Target.Index].Waiting--;
                _queue.Add(waiting);
            }
        }
    }
}
