using System;
using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// Events of one region that wait beside its queue until something else is to happen to an entity that they concern
/// (<see cref="IEffects.SendLazily"/>, <see cref="IEffects.AfterLazily"/>): a few for each host.
/// </summary>
/// <remarks>
/// Handling one makes others of the same host, and nothing else before the bound that was named with it. So the events
/// of a host may be handled together, as late as just before the queue's next event for an entity which they
/// concern, or at their bound: each entity has had the same events in the same order then, and has sent the same.
/// </remarks>
internal sealed class LazyEvents
{
    /// <summary>An event that could wait goes into the queue if so many of its host wait already.</summary>
    private const int Enough = 16;

    private readonly EventQueue _queue;
    private readonly Host[] _hosts;

    /// <summary>Hosts that may have events here.</summary>
    private readonly List<int> _occupied = [];

    /// <summary>Bounds that were put into the queue: each has a number of its own, before all others.</summary>
    private long _bounds;

    private struct Host
    {
        /// <summary>In no order, without gaps.</summary>
        public PendingEvent[] Waiting;
        public int Count;
        public bool IsOccupied;

        /// <summary>None is due before this.</summary>
        public VirtualTime First;

        /// <summary>The bound that was put into the queue last, if it is still there.</summary>
        public VirtualTime Bound;
    }

    /// <param name="queue">Where everything else waits.</param>
    /// <param name="hosts">How many there are, in this region or not.</param>
    public LazyEvents(EventQueue queue, int hosts)
    {
        _queue = queue;
        _hosts = new Host[hosts];
        Array.Fill(
            _hosts,
            new Host
            {
                Waiting = [],
                First = VirtualTime.MaxValue,
                Bound = VirtualTime.MaxValue,
            }
        );
    }

    /// <summary>One of that host may be due at or before an instant.</summary>
    public bool MayHave(int host, VirtualTime until) => _hosts[host].First <= until;

    /// <summary>So many wait already that another one had better go through the queue.</summary>
    public bool IsFull(int host) => _hosts[host].Count >= Enough;

    public void Add(int host, in PendingEvent pending)
    {
        ref Host of = ref _hosts[host];
        if (of.Count == of.Waiting.Length)
        {
            Array.Resize(ref of.Waiting, Math.Max(Enough, of.Count * 2));
        }
        if (!of.IsOccupied)
        {
            of.IsOccupied = true;
            _occupied.Add(host);
        }
        of.Waiting[of.Count++] = pending;
        of.First = VirtualTime.Min(of.First, pending.Key.Time);
    }

    /// <summary>What a host has is to be handled by then at the latest: the queue will say so.</summary>
    public void PutBound(int host, EntityId source, VirtualTime bound)
    {
        if (_hosts[host].Bound == bound)
        {
            return;
        }
        _hosts[host].Bound = bound;
        var key = new EventKey(bound, source, long.MinValue + _bounds++);
        _queue.Add(new PendingEvent(key, source, LazyBound.Instance));
    }

    /// <summary>A bound came out of the queue.</summary>
    public void ReachBound(int host, VirtualTime bound)
    {
        if (_hosts[host].Bound == bound)
        {
            _hosts[host].Bound = VirtualTime.MaxValue;
        }
    }

    /// <summary>Takes a host's event with the smallest key, if that is before <paramref name="until"/>.</summary>
    public bool TryTake(int host, in EventKey until, out PendingEvent taken)
    {
        ref Host of = ref _hosts[host];
        if (of.Count == 0)
        {
            of.First = VirtualTime.MaxValue;
            taken = default;
            return false;
        }
        int smallest = 0;
        for (int index = 1; index < of.Count; index++)
        {
            if (of.Waiting[index].Key < of.Waiting[smallest].Key)
            {
                smallest = index;
            }
        }
        taken = of.Waiting[smallest];
        of.First = taken.Key.Time;
        if (taken.Key >= until)
        {
            return false;
        }
        RemoveAt(ref of, smallest);
        return true;
    }

    /// <summary>
    /// What an entity of that host has sent to itself goes into the queue: what happens to it now may have it do
    /// something else with it. So many.
    /// </summary>
    public int QueueOwn(int host, EntityId entity)
    {
        ref Host of = ref _hosts[host];
        int queued = 0;
        for (int index = of.Count - 1; index >= 0; index--)
        {
            if (of.Waiting[index].Key.Source == entity && of.Waiting[index].Target == entity)
            {
                _queue.Add(of.Waiting[index]);
                RemoveAt(ref of, index);
                queued++;
            }
        }
        return queued;
    }

    /// <summary>Some host that may have events here; it is not named again before another one is added to it.</summary>
    public bool TryTakeOccupied(out int host)
    {
        if (_occupied.Count == 0)
        {
            host = default;
            return false;
        }
        host = _occupied[^1];
        _occupied.RemoveAt(_occupied.Count - 1);
        _hosts[host].IsOccupied = false;
        return true;
    }

    /// <summary>Takes whatever a host still has.</summary>
    public bool TryTakeRest(int host, out PendingEvent taken)
    {
        ref Host of = ref _hosts[host];
        if (of.Count == 0)
        {
            of.First = VirtualTime.MaxValue;
            taken = default;
            return false;
        }
        taken = of.Waiting[of.Count - 1];
        RemoveAt(ref of, of.Count - 1);
        return true;
    }

    private static void RemoveAt(ref Host host, int index)
    {
        host.Waiting[index] = host.Waiting[--host.Count];
        host.Waiting[host.Count] = default;
    }
}

/// <summary>In the queue: by now what waits for that entity's host is to be handled. No part of the machine.</summary>
internal sealed record LazyBound : Message
{
    public static LazyBound Instance { get; } = new();

    public override void AddTo(ref TraceDigest digest) =>
        throw new InvalidOperationException("a bound is no part of the trace");
}
