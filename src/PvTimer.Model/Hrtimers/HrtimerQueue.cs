using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Hrtimers;

/// <summary>What an hrtimer of the machine is for: the callback it runs.</summary>
public enum HrtimerFunction
{
    /// <summary>`apic_timer_fn`: a vCPU's LAPIC timer.</summary>
    ApicTimer,

    /// <summary>`pv_sync_timer_callback`: paces the timer kthread (part 3 of the series).</summary>
    PvSyncTimer,

    /// <summary>The end of a thread's time slice.</summary>
    SchedulerSlice,

    /// <summary>A thread has used up its quota of CPU time.</summary>
    QuotaSpent,

    /// <summary>`sched_cfs_period_timer`: a thread that had used up its quota may run again.</summary>
    QuotaPeriod,
}

/// <summary>One armed hrtimer.</summary>
/// <param name="Function">Its callback.</param>
/// <param name="Owner">The vCPU it belongs to; the pCPU itself for the host's own.</param>
/// <param name="Expires">When it is due.</param>
/// <param name="Deadline">ApicTimer: the guest TSC it stands for.</param>
/// <param name="Period">ApicTimer in periodic mode: the interval; else zero.</param>
public readonly record struct Hrtimer(
    HrtimerFunction Function,
    EntityId Owner,
    VirtualTime Expires,
    TscTicks Deadline,
    VirtualDuration Period
)
{
    /// <summary>ApicTimer: when the guest wants it; after Expires by lapic_timer_advance_ns.</summary>
    public VirtualTime Due { get; init; } = Expires;

    /// <summary>ApicTimer: armed by the dedicated CPU for a vCPU that it serves (part 4 of the series).</summary>
    public bool Served { get; init; }

    internal static void Write(StateWriter writer, Hrtimer timer)
    {
        writer.WriteInt32((int)timer.Function);
        writer.Write(timer.Owner);
        writer.Write(timer.Expires);
        writer.Write(timer.Deadline);
        writer.Write(timer.Period);
        writer.Write(timer.Due);
        writer.WriteBool(timer.Served);
    }

    internal static Hrtimer Read(StateReader reader) =>
        new(
            reader.ReadEnumeration<HrtimerFunction>(),
            reader.ReadEntity(),
            reader.ReadTime(),
            reader.ReadTsc(),
            reader.ReadDuration()
        )
        {
            Due = reader.ReadTime(),
            Served = reader.ReadBool(),
        };
}

/// <summary>
/// The hrtimers of one pCPU (kernel/time/hrtimer.c), ordered by expiry and among equals by when they were
/// armed. One timer per function and owner: arming again replaces.
/// </summary>
/// <remarks>
/// One array, the earliest at its end: a pCPU has a few timers, the dedicated CPU one per vCPU that it serves. With more
/// than a few the owners' are found by their keys instead of one after the other.
/// </remarks>
public sealed class HrtimerQueue : IStateful
{
    private const int Few = 8;

    private SmallList<Queued> _timers;
    private long _armed;

    /// <summary>By function and owner, from when on there were more than a few.</summary>
    private Dictionary<(HrtimerFunction Function, EntityId Owner), Key>? _keys;

    /// <summary>Is told of each change while a run is recorded; null: it is not.</summary>
    internal IHrtimerTap? Tap { get; set; }

    public int Count => _timers.Count;

    /// <summary>When the next one is due; <see cref="VirtualTime.MaxValue"/> if none is armed.</summary>
    public VirtualTime NextExpiry =>
        Count == 0 ? VirtualTime.MaxValue : _timers[Count - 1].Timer.Expires;

    public void Start(in Hrtimer timer)
    {
        Cancel(timer.Function, timer.Owner);
        Insert(new Queued(timer, _armed++));
        Tap?.Started(timer);
    }

    /// <summary>Takes a timer out; null if it was not armed.</summary>
    public Hrtimer? Cancel(HrtimerFunction function, EntityId owner)
    {
        int place = PlaceOf(function, owner);
        if (place < 0)
        {
            return null;
        }
        Hrtimer timer = RemoveAt(place);
        Tap?.Cancelled(timer);
        return timer;
    }

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        _timers.Clear();
        _keys?.Clear();
    }

    /// <summary>Those that stand for vCPUs' LAPIC timers, earliest first.</summary>
    public IEnumerable<Hrtimer> ApicTimers() =>
        InOrder()
            .Select(queued => queued.Timer)
            .Where(timer => timer.Function == HrtimerFunction.ApicTimer);

    public Hrtimer? Find(HrtimerFunction function, EntityId owner)
    {
        int place = PlaceOf(function, owner);
        return place < 0 ? null : _timers[place].Timer;
    }

    /// <summary>Takes out the earliest timer that is due at <paramref name="now"/>; null if none is.</summary>
    public Hrtimer? PopExpired(VirtualTime now)
    {
        if (NextExpiry > now)
        {
            return null;
        }
        Hrtimer next = RemoveAt(Count - 1);
        Tap?.Expired(next);
        return next;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        List<Queued> queue = InOrder();
        state.List(
            queue,
            static (s, queued) =>
                new Queued(
                    s.Record(queued.Timer, Hrtimer.Write, Hrtimer.Read),
                    s.Value(queued.Armed)
                )
        );
        _armed = state.Value(_armed);
        if (!state.IsThawing)
        {
            return;
        }
        Clear();
        foreach (Queued queued in queue)
        {
            bool isNew =
                PlaceOf(queued.Timer.Function, queued.Timer.Owner) < 0
                && (Count == 0 || _timers[PlaceOf(queued.Key)].Key != queued.Key);
            if (!isNew)
            {
                throw state.Damaged($"{queued.Timer} comes twice");
            }
            Insert(queued);
        }
    }

    private List<Queued> InOrder()
    {
        List<Queued> queue = [.. _timers.Items];
        queue.Reverse();
        return queue;
    }

    private void Insert(in Queued queued)
    {
        int place = Count;
        while (place > 0 && Compare(_timers[place - 1].Key, queued.Key) < 0)
        {
            place--;
        }
        _timers.Insert(place, queued);
        if (_keys is not null)
        {
            _keys.Add((queued.Timer.Function, queued.Timer.Owner), queued.Key);
        }
        else if (Count > Few)
        {
            _keys = [];
            foreach (ref readonly Queued one in _timers.Items)
            {
                _keys.Add((one.Timer.Function, one.Timer.Owner), one.Key);
            }
        }
    }

    private Hrtimer RemoveAt(int place)
    {
        Hrtimer timer = _timers[place].Timer;
        _timers.RemoveAt(place);
        _keys?.Remove((timer.Function, timer.Owner));
        return timer;
    }

    /// <summary>-1: it is not armed.</summary>
    private int PlaceOf(HrtimerFunction function, EntityId owner)
    {
        if (_keys is not null)
        {
            return _keys.TryGetValue((function, owner), out Key key) ? PlaceOf(key) : -1;
        }
        for (int place = Count - 1; place >= 0; place--)
        {
            Hrtimer timer = _timers[place].Timer;
            if (timer.Owner == owner && timer.Function == function)
            {
                return place;
            }
        }
        return -1;
    }

    private int PlaceOf(Key key)
    {
        int low = 0;
        int high = Count - 1;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (Compare(_timers[middle].Key, key) > 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    private static int Compare(Key left, Key right)
    {
        int byExpiry = left.Expires.CompareTo(right.Expires);
        return byExpiry != 0 ? byExpiry : left.Armed.CompareTo(right.Armed);
    }

    private readonly record struct Key(VirtualTime Expires, long Armed);

    private readonly record struct Queued(Hrtimer Timer, long Armed)
    {
        public Key Key => new(Timer.Expires, Armed);
    }
}
