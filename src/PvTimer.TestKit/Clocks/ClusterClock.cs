using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;

namespace PvTimer.TestKit.Clocks;

/// <summary>
/// The time of a cluster whose nodes live in this process: by it they miss each other, decide who is dead and ask
/// again. It moves by itself, in steps, and never past something that is still on its way.
/// </summary>
/// <remarks>
/// <code>
///   step n            step n+1           step n+2
///   |                 |                  |
///   | timers are due  |                  |
///   |   actors run    |                  |
///   |     bytes on a  |                  |
///   |       wire      | read by now      |
///   |                 |                  |
///   quiet: the next step follows at once;  busy: not before as much of wall time has passed, and all that was on its
///                                          way at the step before has arrived
/// </code>
/// So a heartbeat that is late as the machine is busy is late on the wall only, and twenty seconds in which nothing
/// happens but heartbeats take as long as these. What it knows of: each run of a mailbox of each node and of the
/// client, each frame between two of them, each connection that is being opened, and whether regions compute. What it
/// cannot know of are continuations of tasks between two of these: they are given a way through the thread pool.
/// </remarks>
public sealed class ClusterClock : TimeProvider, IDisposable
{
    /// <summary>How far it moves at a time: a fifth of the shortest interval between two heartbeats.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    /// <summary>A step on the wall when nothing is left to be done: what the clock cannot see has so long at least.</summary>
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(1);

    /// <summary>So many times through the thread pool: as a continuation that nothing counts waits for a thread, so does the clock.</summary>
    private const int Hops = 3;

    private static readonly TimeSpan LongestWay = TimeSpan.FromSeconds(1);

    private readonly DateTimeOffset _began = DateTimeOffset.UtcNow;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<ClockAlarm, (long Due, long Number)> _alarms = new();
    private readonly ConcurrentDictionary<ClockedSystem, bool> _systems = [];
    private readonly WorkCount _work = new();
    private readonly Thread _mover;
    private long _now;
    private long _step = 1;
    private long _alarm;
    private long _moved = Stopwatch.GetTimestamp();
    private int _holds;
    private volatile bool _hasEnded;

    /// <summary>A clock that moves from now on, until it is disposed of.</summary>
    public ClusterClock()
    {
        _mover = new Thread(Move) { IsBackground = true, Name = "cluster clock" };
        _mover.Start();
    }

    /// <summary>How much time has passed on it.</summary>
    public TimeSpan Elapsed => new(GetTimestamp());

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The connections between those that live by it.</summary>
    internal ClockedWires Wires { get; } = new();

    /// <summary>Which step it is at.</summary>
    internal long AtStep => Volatile.Read(ref _step);

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _now);

    /// <summary>The wall's at its beginning, and what has passed on it since.</summary>
    public override DateTimeOffset GetUtcNow() => _began + Elapsed;

    /// <inheritdoc/>
    public override ITimer CreateTimer(
        TimerCallback callback,
        object? state,
        TimeSpan dueTime,
        TimeSpan period
    )
    {
        ClockTimer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// It stands still until what is returned is disposed of: for a test that does several things at one instant of the
    /// cluster, and may be kept waiting for the processor between them. Any thread.
    /// </summary>
    public IDisposable Hold()
    {
        Interlocked.Increment(ref _holds);
        // A step that has begun is over then.
        lock (_gate)
        {
            return new Held(this);
        }
    }

    /// <summary>It stands still from now on.</summary>
    public void Dispose()
    {
        _hasEnded = true;
        if (Thread.CurrentThread != _mover)
        {
            _mover.Join();
        }
    }

    /// <summary>What time it is, and what it waits for if it stands still.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the cluster's clock is at {Elapsed.TotalSeconds:0.00} s, {(Waits() is { } waits ? $"waiting for {waits}" : "and moves")}"
        );

    internal void Add(ClockedSystem system) => _systems[system] = true;

    internal void Remove(ClockedSystem system) => _systems.TryRemove(system, out _);

    /// <summary>Which of those that live by it listens there; null: none of them does.</summary>
    internal ClockedSystem? ListenerAt(int? port) =>
        _systems.Keys.FirstOrDefault(system => system.Port == port);

    /// <summary>Does something later: on the clock's own thread, so it must not take long.</summary>
    internal ClockAlarm After(TimeSpan delay, Action act)
    {
        ClockAlarm alarm = new(act);
        lock (_gate)
        {
            _alarms.Enqueue(alarm, (_now + Math.Max(delay.Ticks, 0), _alarm++));
        }
        return alarm;
    }

    /// <summary>Does something now, elsewhere; the clock waits for it.</summary>
    internal void Run(Action act)
    {
        long begun = _work.Begin(AtStep);
        ThreadPool.UnsafeQueueUserWorkItem(
            static given =>
            {
                try
                {
                    given.Act();
                }
                finally
                {
                    given.Work.End(given.Begun);
                }
            },
            (Act: act, Work: _work, Begun: begun),
            preferLocal: false
        );
    }

    private void Move()
    {
        while (!_hasEnded)
        {
            if (!MayStep() || !StepOnce())
            {
                Thread.Sleep(ShortestStep);
            }
        }
    }

    private bool MayStep()
    {
        TimeSpan since = Stopwatch.GetElapsedTime(_moved);
        return since >= ShortestStep
            && (IsQuiet() ? IsCertainlyQuiet() : since >= Step && IsPastDone());
    }

    /// <summary>Nothing is on its way, and no node computes.</summary>
    private bool IsQuiet() =>
        _work.IsZero
        && _systems.Keys.All(system => system.Work.IsZero && !system.IsComputing())
        && Wires.AreEmpty;

    /// <summary>The same is seen again behind what waits for a thread now, and nothing was done meanwhile.</summary>
    private bool IsCertainlyQuiet()
    {
        long done = Done();
        ManualResetEventSlim arrived = new();
        Hop(Hops, arrived);
        // What is on its way goes from one count to the next: where none of them has gone on meanwhile, all were seen.
        return arrived.Wait(LongestWay) && Done() == done && IsQuiet() && Done() == done;
    }

    private static void Hop(int left, ManualResetEventSlim arrived) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static given =>
            {
                if (given.Left > 0)
                {
                    Hop(given.Left - 1, given.Arrived);
                }
                else
                {
                    given.Arrived.Set();
                }
            },
            (Left: left, Arrived: arrived),
            preferLocal: false
        );

    private long Done() =>
        _work.Done + Wires.Arrived + _systems.Keys.Sum(system => system.Work.Done);

    /// <summary>All has arrived that was on its way at the step before.</summary>
    private bool IsPastDone() =>
        _work.IsDoneBefore(_step)
        && _systems.Keys.All(system => system.Work.IsDoneBefore(_step))
        && Wires.ArePastDelivered;

    /// <returns>False: it is held.</returns>
    private bool StepOnce()
    {
        List<ClockAlarm> due = [];
        lock (_gate)
        {
            if (Volatile.Read(ref _holds) > 0)
            {
                return false;
            }
            Wires.Mark();
            Volatile.Write(ref _step, _step + 1);
            Volatile.Write(ref _now, _now + Step.Ticks);
            while (_alarms.TryPeek(out _, out (long Due, long) next) && next.Due <= _now)
            {
                due.Add(_alarms.Dequeue());
            }
            _moved = Stopwatch.GetTimestamp();
        }
        foreach (ClockAlarm alarm in due)
        {
            alarm.Ring();
        }
        return true;
    }

    /// <summary>What a step waits for; null: nothing.</summary>
    private string? Waits()
    {
        string[] all =
        [
            .. _systems
                .Keys.Where(system => !system.Work.IsZero)
                .Select(system => $"actors of {system.Name}"),
            .. Volatile.Read(ref _holds) == 0
                ? Array.Empty<string>()
                : ["the test, which holds it"],
            .. _work.IsZero ? Array.Empty<string>() : ["a continuation"],
            .. Wires.NotEmpty(),
        ];
        return all.Length > 0 ? string.Join(", ", all) : null;
    }

    private sealed class Held(ClusterClock clock) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                Interlocked.Decrement(ref clock._holds);
            }
        }
    }
}
