using PvTimer.Model.Collections;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers;

/// <summary>
/// What became of every deadline that one vCPU programmed. Kept apart from the machine and by value of the
/// deadline, so that it notices when the machine forgets one, fires one twice or fires a wrong one.
/// </summary>
/// <remarks>
/// <code>
///   Arm -> outstanding --Accept--> accepted --Fire--> fired
///              |  \--Drop--> cancelled (masked)
///              | next Arm, Disarm
///              v
///           retired (replaced or cancelled, unless its interrupt comes all the same)
/// </code>
/// </remarks>
/// <param name="exactLateness">So many different latenesses are counted exactly.</param>
internal sealed class TimerLedger(int exactLateness) : IStateful
{
    /// <summary>So many overwritten deadlines are remembered; an interrupt of an older one is unexpected.</summary>
    private const int RetiredLimit = 16;

    private readonly record struct Programmed(
        TscTicks Deadline,
        VirtualTime Due,
        VirtualTime Effective
    )
    {
        /// <summary>It cannot come before: a deadline in the past is due when it is written.</summary>
        public VirtualTime Expected => VirtualTime.Max(Due, Effective);
    }

    private readonly record struct Retired(Programmed Timer, bool Disarmed, bool WasDue);

    private readonly record struct Accepted(Programmed Timer, bool Stale, byte Vector);

    private SmallQueue<Retired> _retired;
    private SmallQueue<Accepted> _accepted;
    private Programmed? _outstanding;
    private long _armed;
    private long _fired;
    private long _replaced;
    private long _cancelled;

    /// <summary>Interrupts of timers that another CPU has set in the posted-interrupt descriptor.</summary>
    public long Posted { get; private set; }

    /// <summary>Interrupts before their deadline, or for one that was replaced before it was due.</summary>
    public long Early { get; private set; }

    /// <summary>Interrupts for a deadline that was not armed, or had fired already.</summary>
    public long Unexpected { get; private set; }

    /// <summary>Deadline to interrupt entry, of every fired timer but those that the guest drops.</summary>
    public BoundedDistribution Lateness { get; } = new(exactLateness);

    /// <summary>Is told what becomes of each deadline while a run is recorded; null: it is not.</summary>
    public ITimerTap? Tap { get; set; }

    /// <summary>A deadline waits for its interrupt.</summary>
    public bool HasOutstanding => _outstanding is not null;

    /// <summary>Expired, and the guest's LAPIC knows.</summary>
    public bool HasAccepted => _accepted.Count > 0;

    /// <summary>Deadlines that were programmed.</summary>
    public long Armed => _armed;

    /// <summary>When the deadline is due that waits for its interrupt; null: none does.</summary>
    public VirtualTime? OutstandingDue => _outstanding?.Due;

    public TscTicks Outstanding => _outstanding?.Deadline ?? TscTicks.Zero;

    /// <param name="deadline">The deadline (guest TSC).</param>
    /// <param name="due">The same instant in virtual time.</param>
    /// <param name="effective">From when on the host can know: what is due before is not stale.</param>
    public void Arm(TscTicks deadline, VirtualTime due, VirtualTime effective)
    {
        Retire(effective, disarmed: false);
        _outstanding = new Programmed(deadline, due, effective);
        _armed++;
        Tap?.Programmed(_armed, deadline, due, effective);
    }

    /// <param name="effective">As for <see cref="Arm"/>.</param>
    public void Disarm(VirtualTime effective) => Retire(effective, disarmed: true);

    /// <summary>The LAPIC took over the interrupt of this deadline.</summary>
    /// <param name="deadline">Which.</param>
    /// <param name="vector">As the LVT has it now: it comes with that one, whatever the LVT is set to later.</param>
    public void Accept(TscTicks deadline, byte vector)
    {
        if (_outstanding is { } timer && timer.Deadline == deadline)
        {
            _outstanding = null;
            _accepted.Enqueue(new Accepted(timer, Stale: false, vector));
            Tap?.Accepted(deadline);
            return;
        }
        if (TakeRetired(deadline) is { } retired)
        {
            _accepted.Enqueue(new Accepted(retired.Timer, Stale: !retired.WasDue, vector));
            Tap?.Accepted(deadline);
            return;
        }
        Unexpected++;
    }

    /// <summary>The interrupt of this deadline was dropped: the LVT was masked.</summary>
    public void Drop(TscTicks deadline)
    {
        if (_outstanding is { } timer && timer.Deadline == deadline)
        {
            _outstanding = null;
            _cancelled++;
        }
    }

    /// <summary>
    /// The guest enters an interrupt: all that was accepted with its vector has fired. The latest deadline of them;
    /// null if the interrupt stands for none.
    /// </summary>
    /// <param name="entry">When.</param>
    /// <param name="vector">Which interrupt.</param>
    /// <param name="dropped">So many of the first latenesses are not counted: the guest itself drops them.</param>
    public TscTicks? Fire(VirtualTime entry, byte vector, int dropped = 0)
    {
        TscTicks? latest = null;
        for (int left = _accepted.Count; left > 0; left--)
        {
            Accepted accepted = _accepted.Dequeue();
            if (accepted.Vector != vector)
            {
                _accepted.Enqueue(accepted);
                continue;
            }
            _fired++;
            bool counts = _fired > dropped;
            if (counts)
            {
                Lateness.Add(entry - accepted.Timer.Due);
            }
            Tap?.Fired(accepted.Timer.Deadline, accepted.Timer.Due, entry, counts);
            if (accepted.Stale || entry < accepted.Timer.Due)
            {
                Early++;
            }
            latest = accepted.Timer.Deadline;
        }
        return latest;
    }

    public void CountPosted() => Posted++;

    /// <summary>INIT: nothing is armed any more, and what the LAPIC had accepted is gone.</summary>
    public void Reset(VirtualTime now)
    {
        Disarm(now);
        _cancelled += _accepted.Count;
        _accepted.Clear();
    }

    /// <summary>The guest's TSC was set: the outstanding deadline is due when the new clock reaches it.</summary>
    public void SetClock(TscClock clock)
    {
        if (_outstanding is { } timer)
        {
            _outstanding = timer with { Due = clock.TimeOf(timer.Deadline) };
        }
    }

    /// <summary>The outstanding deadline is another number of another clock now.</summary>
    public void Rename(TscTicks deadline, VirtualTime due)
    {
        if (_outstanding is { } timer)
        {
            _outstanding = timer with { Deadline = deadline, Due = due };
        }
    }

    /// <summary>The guest's TSC stood still: deadlines that lay ahead when it stopped are due later.</summary>
    public void Postpone(VirtualTime stoppedAt, TscClock clock)
    {
        if (_outstanding is { } timer && timer.Due > stoppedAt)
        {
            _outstanding = timer with { Due = clock.TimeOf(timer.Deadline) };
        }
    }

    /// <summary>The sums at the end of a run.</summary>
    /// <param name="reached">Where the run ended.</param>
    /// <param name="grace">An overdue deadline may still be on its way for so long.</param>
    /// <param name="isKnown">Some part of the host will act on the outstanding deadline.</param>
    /// <param name="hangs">Its interrupt waits in a vCPU that nobody is going to wake.</param>
    public TimerCounts Count(VirtualTime reached, VirtualDuration grace, bool isKnown, bool hangs)
    {
        bool isLost = _outstanding is { } timer && !isKnown && reached - timer.Expected > grace;
        long outstanding = HasOutstanding ? 1 : 0;
        long lost = isLost ? outstanding : 0;
        for (int index = 0; index < _accepted.Count; index++)
        {
            lost += hangs && reached - _accepted[index].Timer.Expected > grace ? 1 : 0;
        }
        long disarmed = 0;
        for (int index = 0; index < _retired.Count; index++)
        {
            disarmed += _retired[index].Disarmed ? 1 : 0;
        }
        return new TimerCounts(
            _armed,
            _fired,
            _replaced + _retired.Count - disarmed,
            _cancelled + disarmed,
            _accepted.Count + outstanding - lost,
            lost,
            Early
        );
    }

    /// <summary>armed = fired + replaced + cancelled + pending, at any time.</summary>
    public bool IsConserved =>
        _armed
        == _fired
            + _replaced
            + _cancelled
            + _retired.Count
            + _accepted.Count
            + (HasOutstanding ? 1 : 0);

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        state.Queue(
            ref _retired,
            static (s, retired) =>
                new Retired(
                    Transfer(s, retired.Timer),
                    s.Value(retired.Disarmed),
                    s.Value(retired.WasDue)
                )
        );
        state.Queue(
            ref _accepted,
            static (s, accepted) =>
                new Accepted(
                    Transfer(s, accepted.Timer),
                    s.Value(accepted.Stale),
                    s.Value(accepted.Vector)
                )
        );
        _outstanding = state.Optional(_outstanding, Transfer);
        _armed = state.Value(_armed);
        _fired = state.Value(_fired);
        _replaced = state.Value(_replaced);
        _cancelled = state.Value(_cancelled);
        Early = state.Value(Early);
        Unexpected = state.Value(Unexpected);
        Posted = state.Value(Posted);
        Lateness.Transfer(state);
    }

    private static Programmed Transfer(StateTransfer state, Programmed timer) =>
        new(state.Value(timer.Deadline), state.Value(timer.Due), state.Value(timer.Effective));

    private void Retire(VirtualTime effective, bool disarmed)
    {
        if (_outstanding is not { } timer)
        {
            return;
        }
        _outstanding = null;
        _retired.Enqueue(new Retired(timer, disarmed, WasDue: timer.Due <= effective));
        if (_retired.Count > RetiredLimit)
        {
            Forget(_retired.Dequeue());
        }
    }

    private void Forget(Retired retired)
    {
        if (retired.Disarmed)
        {
            _cancelled++;
        }
        else
        {
            _replaced++;
        }
    }

    /// <summary>Of several with one deadline the one that was programmed last: it was the guest's wish for longest.</summary>
    private Retired? TakeRetired(TscTicks deadline)
    {
        for (int index = _retired.Count - 1; index >= 0; index--)
        {
            if (_retired[index].Timer.Deadline == deadline)
            {
                return _retired.RemoveAt(index);
            }
        }
        return null;
    }
}
