using System;
using System.Collections.Generic;
using System.Linq;
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
public sealed record Hrtimer(
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
public sealed class HrtimerQueue : IStateful
{
    private readonly SortedSet<Queued> _byExpiry = new(Comparer<Queued>.Create(Compare));
    private readonly Dictionary<(HrtimerFunction Function, EntityId Owner), Queued> _byOwner = [];
    private long _armed;

    /// <summary>Is told of each change while a run is recorded; null: it is not.</summary>
    internal IHrtimerTap? Tap { get; set; }

    public int Count => _byOwner.Count;

    /// <summary>When the next one is due; <see cref="VirtualTime.MaxValue"/> if none is armed.</summary>
    public VirtualTime NextExpiry =>
        _byExpiry.Count == 0 ? VirtualTime.MaxValue : _byExpiry.Min.Timer.Expires;

    public void Start(Hrtimer timer)
    {
        Cancel(timer.Function, timer.Owner);
        Queued queued = new(timer, _armed++);
        _byExpiry.Add(queued);
        _byOwner.Add((timer.Function, timer.Owner), queued);
        Tap?.Started(timer);
    }

    /// <summary>Takes a timer out; null if it was not armed.</summary>
    public Hrtimer? Cancel(HrtimerFunction function, EntityId owner)
    {
        if (!_byOwner.Remove((function, owner), out Queued queued))
        {
            return null;
        }
        _byExpiry.Remove(queued);
        Tap?.Cancelled(queued.Timer);
        return queued.Timer;
    }

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        _byExpiry.Clear();
        _byOwner.Clear();
    }

    /// <summary>Those that stand for vCPUs' LAPIC timers, earliest first.</summary>
    public IEnumerable<Hrtimer> ApicTimers() =>
        _byExpiry
            .Select(queued => queued.Timer)
            .Where(timer => timer.Function == HrtimerFunction.ApicTimer);

    public Hrtimer? Find(HrtimerFunction function, EntityId owner) =>
        _byOwner.TryGetValue((function, owner), out Queued queued) ? queued.Timer : null;

    /// <summary>Takes out the earliest timer that is due at <paramref name="now"/>; null if none is.</summary>
    public Hrtimer? PopExpired(VirtualTime now)
    {
        if (NextExpiry > now)
        {
            return null;
        }
        Queued next = _byExpiry.Min;
        _byExpiry.Remove(next);
        _byOwner.Remove((next.Timer.Function, next.Timer.Owner));
        Tap?.Expired(next.Timer);
        return next.Timer;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        List<Queued> queue = [.. _byExpiry];
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
            bool isNew = _byOwner.TryAdd((queued.Timer.Function, queued.Timer.Owner), queued);
            if (!isNew || !_byExpiry.Add(queued))
            {
                throw state.Damaged($"{queued.Timer} comes twice");
            }
        }
    }

    private static int Compare(Queued left, Queued right)
    {
        int byExpiry = left.Timer.Expires.CompareTo(right.Timer.Expires);
        return byExpiry != 0 ? byExpiry : left.Armed.CompareTo(right.Armed);
    }

    private readonly record struct Queued(Hrtimer Timer, long Armed);
}
