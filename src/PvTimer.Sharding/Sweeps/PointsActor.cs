using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Akka.Actor;
using Akka.Event;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Sweeps;

/// <summary>
/// /user/points: carries out runs of sweeps, as many at once as the node has regions, for clients that ask again and
/// again until they have the outcome.
/// </summary>
/// <remarks>
/// Clients pull outcomes and nodes have no more than they can do, so that work goes to the node that is free. Nothing but
/// the order's hash is ever remembered of it: asking twice, and asking two nodes, gives the same outcome.
/// <code>
///   client                              node
///     |--- PointOrder h --------------->|   queued, or carried out at once
///     |&lt;-- PointAtWork h --------------|   after AnswerWithin, if it is not finished; IsTaken = false: no place
///     |--- PointOrder h --------------->|   "I still want it"
///     |&lt;-- PointOutcome h -------------|   as soon as there is one, and again if it got lost
///     |&lt;-- PointLacks h, recordings ---|   instead of it: nothing was run, and the order is forgotten
///     |--- InputParcel r, 0 ----------->|   the parts of each of them, one after the other
///     |&lt;-- PointInputTaken r, 1 000 000-|   so many bytes are there; the whole is verified by its hash
///     |--- PointOrder h --------------->|
///     |                                 |   a client that is silent for Forgotten has died: what it wanted is dropped
/// </code>
/// Races: the outcome gets lost: the next PointOrder is answered with it. The node dies: the client asks another
/// one. The client takes a slow node for dead: two carry it out, and the client takes the first outcome.
/// </remarks>
internal sealed class PointsActor : ReceiveActor, IWithTimers
{
    public const string Name = "points";

    /// <summary>A client waits longer than this, so that it hears in time that the node lives.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);

    /// <summary>What no client has asked for in this time is wanted by none.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Queued, carried out, and finished ones that are still known.</summary>
    private const int MostOrders = 256;

    // Wiring
    private readonly PointWork _work;
    private readonly PointInputs _inputs = new();
    private readonly int _mostAtOnce;
    private readonly TimeProvider _clock = ClusterTime.ClockOf(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Volatile state
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<Entry> _queue = [];
    private int _atWork;

    private sealed class Entry(PointOrder order)
    {
        private volatile bool _isDropped;

        public PointOrder Order => order;

        public TimeSpan Asked { get; set; }

        public List<(IActorRef Client, TimeSpan Since)> Waiting { get; } = [];

        public PointOutcome? Outcome { get; set; }

        public bool IsAtWork { get; set; }

        /// <summary>Read by the thread that carries it out.</summary>
        public bool IsDropped
        {
            get => _isDropped;
            set => _isDropped = value;
        }
    }

    /// <param name="Entry">What has come to its end.</param>
    /// <param name="Answer">Null: it was dropped.</param>
    private sealed record Ended(Entry Entry, IPointAnswer? Answer);

    private sealed record Beat
    {
        public static Beat Instance { get; } = new();
    }

    /// <param name="work">Carries one out, on a thread of its own.</param>
    /// <param name="mostAtOnce">At least 1.</param>
    public PointsActor(PointWork work, int mostAtOnce)
    {
        _work = work;
        _mostAtOnce = mostAtOnce;
        Receive<PointOrder>(OnOrder);
        Receive<InputParcel>(parcel => Sender.Tell(_inputs.Take(parcel)));
        Receive<Ended>(OnEnded);
        Receive<Beat>(_ => OnBeat());
    }

    public ITimerScheduler Timers { get; set; } = null!; // reason: set by Akka

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(nameof(Beat), Beat.Instance, Interval, Interval);

    protected override void PostStop()
    {
        foreach (Entry entry in _entries.Values)
        {
            entry.IsDropped = true;
        }
    }

    private void OnOrder(PointOrder order)
    {
        if (!_entries.TryGetValue(order.Hash, out Entry? entry))
        {
            if (_entries.Count >= MostOrders)
            {
                Sender.Tell(new PointAtWork(order.Hash, IsTaken: false));
                return;
            }
            entry = new Entry(order);
            _entries.Add(order.Hash, entry);
            _queue.Enqueue(entry);
        }
        entry.Asked = MonotonicTime.On(_clock);
        if (entry.Outcome is { } outcome)
        {
            Sender.Tell(outcome);
            return;
        }
        entry.Waiting.Add((Sender, MonotonicTime.On(_clock)));
        StartNext();
    }

    private void OnEnded(Ended ended)
    {
        Entry entry = ended.Entry;
        _atWork--;
        entry.IsAtWork = false;
        entry.Outcome = ended.Answer as PointOutcome;
        if (ended.Answer is { } answer)
        {
            foreach ((IActorRef client, _) in entry.Waiting)
            {
                client.Tell(answer);
            }
            entry.Waiting.Clear();
        }
        if (entry.Outcome is null)
        {
            _entries.Remove(entry.Order.Hash);
        }
        StartNext();
    }

    private void OnBeat()
    {
        TimeSpan now = MonotonicTime.On(_clock);
        foreach (Entry entry in _entries.Values.ToArray())
        {
            foreach ((IActorRef client, TimeSpan since) in entry.Waiting)
            {
                if (now - since >= AnswerWithin)
                {
                    client.Tell(new PointAtWork(entry.Order.Hash, IsTaken: true));
                }
            }
            entry.Waiting.RemoveAll(each => now - each.Since >= AnswerWithin);
            if (now - entry.Asked >= Forgotten)
            {
                Drop(entry);
            }
        }
    }

    private void Drop(Entry entry)
    {
        entry.IsDropped = true;
        if (!entry.IsAtWork)
        {
            _entries.Remove(entry.Order.Hash);
        }
    }

    private void StartNext()
    {
        while (_atWork < _mostAtOnce && _queue.TryDequeue(out Entry? entry))
        {
            if (!entry.IsDropped)
            {
                Start(entry);
            }
        }
    }

    /// <summary>On a thread of its own: the pool's are for the cluster, whose heartbeats must not wait.</summary>
    private void Start(Entry entry)
    {
        _atWork++;
        entry.IsAtWork = true;
        IActorRef self = Self;
        Thread thread = new(() => self.Tell(new Ended(entry, Answer(entry))))
        {
            IsBackground = true,
            Name = "point",
        };
        thread.Start();
    }

    private IPointAnswer? Answer(Entry entry)
    {
        try
        {
            return _work(entry.Order, _inputs, () => !entry.IsDropped);
        }
        catch (Exception e) // reason: whatever a run breaks over, its client is told, and the node lives
        {
            _log.Error(e, "a run of a sweep broke");
            return new PointOutcome(entry.Order.Hash, Result: null, $"it broke: {e.Message}");
        }
    }
}
