using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using PvTimer.ActorTime.Faults;
using PvTimer.ActorTime.Moving;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// The actors of one actor system in virtual time: on one thread, that of the script, one message after the other.
/// Nothing happens unless the script moves time.
/// </summary>
/// <remarks>
/// <code>
///   told, signalled ----> ready ----> one step, on the script's thread ----> told, signalled ...
///                           ^
///   timers, time-outs ------+   when nothing is ready any more, the clock jumps to the next of them
/// </code>
/// While an actor system starts and ends its world is free: what its dispatchers have to do goes to the thread pool.
/// </remarks>
internal sealed class ActorWorld : ITimeline
{
    private const long NanosecondsPerTick = 100;

    private readonly Lock _gate = new();
    private readonly Agenda _agenda = new();
    private readonly Dictionary<ActorCell, Process> _processes = [];
    private int _onPool;
    private volatile bool _isFree = true;
    private Process? _stepping;
    private int _toItself;

    public bool IsFree => _isFree;

    /// <summary>A step is being taken, by whichever thread.</summary>
    public bool IsDriven { get; set; }

    public long Now { get; private set; }

    public TimeSpan SinceBegin => TimeSpan.FromTicks(Now / NanosecondsPerTick);

    public long Handled { get; private set; }

    public ClockLimits Limits { get; init; } = new();

    public Turn Turn { get; } = new();

    public Journal Journal { get; } = new();

    /// <summary>What is not in virtual time.</summary>
    public Escapes Escapes { get; } = new();

    /// <summary>What becomes of messages on their way.</summary>
    public FaultRules Faults { get; private set; } = new();

    /// <summary>Is told of each message that has been put into a mailbox: who, whom, what; null: nothing is.</summary>
    public Action<IActorRef, IActorRef, object>? Told { get; set; }

    /// <summary>Where the log goes, line by line; null: nowhere.</summary>
    public Action<string>? Log { get; set; }

    /// <summary>The order of steps; null: first come, first served.</summary>
    public IOrder? Order { get; set; }

    /// <summary>Actors have been told something, or have asked for something later, since it began.</summary>
    public bool IsInhabited { get; set; }

    /// <summary>Something can be done at this instant.</summary>
    public bool IsReady => _agenda.Ready.Count > 0;

    /// <summary>When the next timer is due; <see cref="long.MaxValue"/>: none is pending.</summary>
    public long NextAlarm => _agenda.NextAlarm;

    /// <summary>The actor as whom this thread acts.</summary>
    public static string ActingName =>
        AkkaInternals.ActingAs is { } cell ? Journal.Text(cell.Self) : "the script";

    /// <summary>From now on nothing happens unless time is moved. What the start has left to do is done before.</summary>
    public void Begin()
    {
        SpinWait.SpinUntil(() => Volatile.Read(ref _onPool) == 0);
        // Those of the actor system itself have started on several threads, in whatever order.
        int number = -_processes.Count;
        foreach (
            ActorCell cell in _processes
                .Keys.OrderBy(each => $"{each.Self.Path}", StringComparer.Ordinal)
                .ToArray()
        )
        {
            _processes[cell] = new Process(number++, _processes[cell].Name);
        }
        _agenda.Renumber();
        _isFree = false;
    }

    /// <summary>The clock stands at an instant at which another one has moved to: nothing is due before.</summary>
    public void MoveTo(long instant) => Now = instant;

    /// <summary>Another script begins, with the same actor system: of the old one nothing is left to do.</summary>
    public void Reset()
    {
        _agenda.Clear();
        Faults = new FaultRules();
        Order = null;
        Told = null;
        Now = 0;
        IsInhabited = false;
    }

    /// <summary>What is left to do goes to the thread pool, as the actor system ends.</summary>
    public void Release()
    {
        _isFree = true;
        foreach (Work work in _agenda.Clear())
        {
            ToPool(work.Run);
        }
    }

    /// <summary>A process that is not an actor.</summary>
    public Process NewProcess(string name) => _agenda.NewProcess(name);

    /// <summary>A cell has begun to use one of the world's dispatchers.</summary>
    public void Add(ActorCell cell)
    {
        lock (_gate)
        {
            _processes[cell] = NewProcess(cell.Self.Path.ToStringWithoutAddress());
        }
    }

    /// <summary>A cell has ended.</summary>
    public void Remove(ActorCell cell)
    {
        lock (_gate)
        {
            _processes.Remove(cell);
        }
    }

    /// <summary>A message leaves for an actor.</summary>
    public void Send(ActorCell cell, in Envelope envelope, WorldDispatcher dispatcher)
    {
        if (_isFree)
        {
            dispatcher.Deliver(cell, envelope);
            return;
        }
        IReadOnlyList<TimeSpan> deliveries = Faults.Deliveries(envelope, cell.Self);
        Journal.Add(Now, envelope.Sender, cell.Self, envelope.Message, FaultRules.Text(deliveries));
        foreach (TimeSpan delay in deliveries)
        {
            if (delay == TimeSpan.Zero)
            {
                Deliver(cell, envelope, dispatcher);
            }
            else
            {
                Envelope late = envelope;
                Schedule(delay, envelope.Message, () => Deliver(cell, late, dispatcher));
            }
        }
    }

    /// <summary>A signal of Akka's own leaves for an actor: to start, to stop, that another one has failed or ended.</summary>
    public void Signal(ActorCell cell, SystemMessage signal)
    {
        if (_isFree)
        {
            return;
        }
        if (signal is Failed failed)
        {
            Journal.AddFailure(Now, Journal.Text(failed.Child), failed.Cause);
        }
        Touch(cell, isSignal: true);
    }

    /// <summary>A mailbox, or another job of a dispatcher, has something to do.</summary>
    /// <param name="run">What.</param>
    /// <param name="isEager">Between two steps it is done here and now.</param>
    public void Execute(IRunnable run, bool isEager)
    {
        if (_isFree)
        {
            ToPool(run);
            return;
        }
        bool isDriving = Entered.Driving == this;
        if (ComesFromElsewhere)
        {
            Escapes.Add(ProcessOf(run));
        }
        if (isEager && !isDriving && !IsDriven)
        {
            using (new Entered(this, isStep: false))
            {
                run.Run();
            }
            return;
        }
        Enqueue(new Work(ProcessOf(run), run));
    }

    /// <summary>Something is done as a step of its own.</summary>
    public void Do(Process process, Action run)
    {
        if (_isFree)
        {
            run();
            return;
        }
        if (ComesFromElsewhere)
        {
            Escapes.Add(process);
        }
        Order?.Touched(process, isSignal: false);
        Enqueue(new Work(process, new ActionRunnable(run)));
    }

    /// <summary>Something is to be done so much later.</summary>
    /// <param name="delay">Not negative.</param>
    /// <param name="about">What to call it.</param>
    /// <param name="run">What.</param>
    public Alarm Schedule(TimeSpan delay, object about, Action run)
    {
        IsInhabited = true;
        long due = checked(Now + (delay.Ticks * NanosecondsPerTick));
        Alarm alarm = _agenda.Schedule(due, ActingName, about, run);
        Order?.Touched(alarm.Process, isSignal: false);
        return alarm;
    }

    /// <summary>What can be done at this instant is done, as long as an answer to the script is not there.</summary>
    public void AnswerNow(Task answer)
    {
        if (!_isFree && Entered.Driving is null && Entered.Origin is null && !IsDriven)
        {
            Settle(() => answer.IsCompleted);
        }
    }

    /// <summary>What can be done at this instant is done.</summary>
    /// <param name="until">Or less, when it holds; null: all.</param>
    public void Settle(Func<bool>? until = null)
    {
        // The script has not asked for time to pass: only actors that do not come to an end are of interest.
        using Advance advance = new(this, unasked: Advance.Stride);
        while (until?.Invoke() != true && IsReady && advance.RunOne(long.MaxValue)) { }
    }

    public bool RunOne(long before)
    {
        if (!IsReady && !Ring(before))
        {
            return false;
        }
        if (Now >= before)
        {
            return false;
        }
        Step();
        return true;
    }

    public bool RunBefore(long instant, long events)
    {
        for (long taken = 0; taken < events; taken++)
        {
            if (!RunOne(instant))
            {
                Now = Math.Max(Now, instant);
                return true;
            }
        }
        return false;
    }

    public ScriptException Failure(string what) =>
        new(
            $"{what}\n\n{Journal.Table(Now)}{string.Concat(NotInTime().Select(line => $"\n{line}"))}"
        );

    public ScriptException Spins(string what) =>
        Failure($"the clock is at {Journal.TimeText(Now)} and {what}; {Journal.Busiest()}");

    /// <summary>The script has come to its end: all that its actors did was in virtual time.</summary>
    /// <exception cref="ScriptException">It was not.</exception>
    public void ThrowIfEscaped()
    {
        IReadOnlyList<string> lines = NotInTime();
        if (lines.Count > 0)
        {
            throw new ScriptException(
                $"not all was in virtual time:\n{string.Join('\n', lines)}\naccepted: timers, ReceiveTimeout, Ask, and "
                    + "Task.Delay with the kit's TimeProvider"
            );
        }
    }

    private IReadOnlyList<string> NotInTime()
    {
        lock (_gate)
        {
            return [.. Escapes.Lines, .. Escapes.Waits(_processes, _agenda.Owners())];
        }
    }

    /// <summary>This thread is not the script's: a step is being taken on another one, or actors have begun it.</summary>
    private bool ComesFromElsewhere =>
        Entered.Driving != this && (Entered.Origin == this || IsDriven);

    private void Deliver(ActorCell cell, in Envelope envelope, WorldDispatcher dispatcher)
    {
        Touch(cell, isSignal: false);
        Told?.Invoke(envelope.Sender, cell.Self, envelope.Message);
        dispatcher.Deliver(cell, envelope);
    }

    private void Touch(ActorCell cell, bool isSignal)
    {
        Process target = ProcessOf(cell);
        _toItself += target == _stepping && !isSignal ? 1 : 0;
        Order?.Touched(target, isSignal);
    }

    private Process ProcessOf(IRunnable run) =>
        run is Mailbox mailbox && AkkaInternals.CellOf(mailbox) is { } cell
            ? ProcessOf(cell)
            : NewProcess($"job of {ActingName}");

    private Process ProcessOf(ActorCell cell)
    {
        lock (_gate)
        {
            return _processes.TryGetValue(cell, out Process? known)
                ? known
                : new Process(int.MinValue, cell.Self.Path.ToStringWithoutAddress());
        }
    }

    private void Enqueue(in Work work)
    {
        IsInhabited = true;
        _agenda.Enqueue(work);
    }

    /// <summary>The clock jumps to the next timers, which are ready then: all those of one instant.</summary>
    private bool Ring(long before)
    {
        long due = NextAlarm;
        if (due >= before)
        {
            return false;
        }
        Now = Math.Max(Now, due);
        _agenda.Ring();
        return true;
    }

    private void Step()
    {
        Work work = _agenda.Take(Order?.Next(_agenda.Ready, Now) ?? 0);
        Handled++;
        int before = MessagesOf(work);
        _toItself = 0;
        _stepping = work.Process;
        using (new Entered(this, isStep: true))
        {
            work.Run.Run();
        }
        _stepping = null;
        Order?.Stepped(
            work.Run is Mailbox ? Math.Max(0, before + _toItself - MessagesOf(work)) : 1
        );
    }

    private static int MessagesOf(in Work work) =>
        work.Run is Mailbox mailbox ? mailbox.MessageQueue.Count : 0;

    private void ToPool(IRunnable run)
    {
        Interlocked.Increment(ref _onPool);
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                run.Run();
                Interlocked.Decrement(ref _onPool);
            },
            state: null
        );
    }
}
