using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Actors.Dispatch;

/// <summary>
/// Moves the actors of one region through virtual time, on one thread. Due events of the machine go
/// straight into the target's cell; what actors do among themselves during an event (Tell, timers, watch,
/// restart, stop) takes place at that event's instant, or becomes an errand at a later one.
/// </summary>
/// <remarks>
/// Two kinds of work reach the driver. Jobs (mailboxes with something in them) that were put up on its own
/// thread belong to the event being handled and are done before the next one. Jobs from other threads are
/// control traffic in real time: they wait for the next safe point, between two windows.
/// </remarks>
public sealed class RegionDriver : IDelivery
{
    private const int NoOwner = -1;

    [ThreadStatic]
    private static RegionDriver? s_current;

    // Wiring
    private readonly Dictionary<IActorRef, EntityId> _owners = [];
    private Kernel _kernel = null!; // reason: set by Prepare, before any actor of the region exists
    private IMachine _machine = null!; // reason: as above
    private Resident[] _residents = [];
    private IActorRef[] _actors = [];
    private bool _actorsAreLent;

    // Volatile state
    private readonly Queue<Job> _jobs = new();
    private readonly ConcurrentQueue<Job> _jobsFromOutside = new();
    private readonly object _gate = new();
    private readonly List<Failed> _failedAtStart = [];
    private bool _isCalled;
    private int _owner = NoOwner;
    private Exception? _failure;
    private volatile bool _released;

    /// <summary>The cell of an entity's actor, and whether that actor has a stash to take messages from.</summary>
    private readonly record struct Resident(ActorCell Cell, bool HasStash);

    private readonly record struct Job(IRunnable Run, int Owner);

    /// <summary>The driver whose thread this is; null on every other thread.</summary>
    public static RegionDriver? Current => s_current;

    /// <summary>Whether an event is being handled, so that virtual time is the time to use.</summary>
    public bool IsInVirtualTime => _owner != NoOwner;

    /// <summary>The instant of the event being handled, or of the last one.</summary>
    public VirtualTime Now => _kernel.Now;

    /// <summary>Through it an entity's actor acts on the machine, as that entity, during an event.</summary>
    public IEffects Effects => _kernel;

    /// <summary>The entity whose actor (or an actor below it) is running.</summary>
    /// <exception cref="InvalidOperationException">No event is being handled.</exception>
    public EntityId Owner =>
        IsInVirtualTime
            ? new EntityId(_owner)
            : throw new InvalidOperationException("no event is being handled");

    /// <param name="machine">The whole machine.</param>
    /// <param name="kernel">The region's own.</param>
    /// <param name="actorsAreLent">See <see cref="RegionSetup.ActorsAreLent"/>.</param>
    internal void Prepare(IMachine machine, Kernel kernel, bool actorsAreLent = false)
    {
        _actorsAreLent = actorsAreLent;
        _machine = machine;
        _kernel = kernel;
        _residents = new Resident[machine.Entities.Length];
    }

    /// <summary>Creates actors on behalf of an entity: their start belongs to its virtual time.</summary>
    internal IActorRef CreateFor(EntityId owner, Func<IActorRef> create)
    {
        int before = _owner;
        _owner = owner.Index;
        try
        {
            return create();
        }
        finally
        {
            _owner = before;
        }
    }

    /// <summary>Tells the driver who is who; on its own thread, before the first event.</summary>
    internal void Connect(IActorRef[] actors)
    {
        _actors = actors;
        foreach (IEntity entity in _machine.Entities)
        {
            IActorRef actor = actors[entity.Id.Index];
            if (!actor.IsNobody())
            {
                _owners[actor] = entity.Id;
            }
            if (_kernel.IsResident(entity.Id))
            {
                ActorCell cell = AkkaInternals.CellOf(actor);
                _residents[entity.Id.Index] = new Resident(cell, AkkaInternals.HasStash(cell));
            }
        }
        foreach (Failed failed in _failedAtStart)
        {
            Note(failed);
        }
    }

    /// <summary>Does jobs from outside, on the calling thread, until <paramref name="done"/> says so.</summary>
    internal void Serve(Func<bool> done)
    {
        s_current = this;
        while (!done())
        {
            AwaitCall();
            SafePoint();
        }
        SafePoint();
    }

    /// <summary>The calling thread becomes the driver's, until <see cref="Leave"/>.</summary>
    /// <returns>For <see cref="Leave"/>.</returns>
    internal ActorCell? Enter()
    {
        s_current = this;
        return AkkaInternals.ActingAs;
    }

    /// <summary>The thread belongs to its owner again; virtual time stands still meanwhile.</summary>
    /// <param name="before">The actor as whom that thread acted, if it did.</param>
    internal void Leave(ActorCell? before)
    {
        _owner = NoOwner;
        s_current = null;
        AkkaInternals.ActingAs = before;
    }

    /// <summary>Makes <see cref="Serve"/> look again.</summary>
    internal void Call()
    {
        lock (_gate)
        {
            _isCalled = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Does what other threads have asked for. Virtual time stands still.</summary>
    internal void SafePoint()
    {
        while (_jobsFromOutside.TryDequeue(out Job job))
        {
            _owner = job.Owner;
            job.Run.Run();
            DoJobs();
        }
        _owner = NoOwner;
        AkkaInternals.ActingAs = null;
    }

    /// <summary>Called when the thread has been given up.</summary>
    internal Action? AtRelease { get; set; }

    /// <summary>
    /// Gives the thread up: from now on the region's actors run on the thread pool. Those that outlive the run
    /// keep the driver, so this forgets the machine.
    /// </summary>
    internal void Release()
    {
        s_current = null;
        _released = true;
        _owners.Clear();
        _residents = [];
        _actors = [];
        _kernel = null!; // reason: as above, and no event is handled any more
        _machine = null!; // reason: as above
        HandOverJobs();
        AtRelease?.Invoke();
    }

    void IDelivery.Deliver(EntityId source, EntityId target, Message message)
    {
        (ActorCell cell, bool hasStash) = _residents[target.Index];
        if (!AkkaInternals.TakesMessages(cell))
        {
            Rethrow(_failure ?? Stopped(target));
        }
        _owner = target.Index;
        AkkaInternals.Invoke(cell, new Envelope(message, _actors[source.Index]));
        if (hasStash)
        {
            RunMailboxIfNeeded(cell);
        }
        if (_jobs.Count != 0)
        {
            DoJobs();
        }
        if (_failure is not null)
        {
            Rethrow(_failure);
        }
    }

    /// <summary>A Tell to one of this region's actors during an event: it arrives at the same instant.</summary>
    internal void Tell(VirtualTimeDispatcher dispatcher, ActorCell cell, Envelope envelope)
    {
        EntityId target = OwnerOf(cell);
        _kernel.ScheduleErrand(
            Owner,
            target,
            Now,
            envelope.Message,
            () => RunErrand(target, () => InvokeOrEnqueue(dispatcher, cell, envelope))
        );
    }

    /// <summary>Something an actor asked its scheduler for, for itself, during an event.</summary>
    internal void Schedule(VirtualDuration delay, object about, Action run)
    {
        EntityId owner = Owner;
        _kernel.ScheduleErrand(owner, owner, Now + delay, about, () => RunErrand(owner, run));
    }

    /// <summary>Takes a job: now if it belongs to the event being handled, otherwise at a safe point.</summary>
    internal void Execute(IRunnable run)
    {
        if (s_current == this)
        {
            _jobs.Enqueue(new Job(run, _owner));
            return;
        }
        _jobsFromOutside.Enqueue(new Job(run, s_current?._owner ?? NoOwner));
        Call();
        if (_released)
        {
            HandOverJobs();
        }
    }

    /// <summary>Notes that an actor failed: if it is an entity's own, that breaks the run.</summary>
    internal void Note(Failed failed)
    {
        if (_owners.Count == 0)
        {
            _failedAtStart.Add(failed);
        }
        else if (_failure is null && _owners.TryGetValue(failed.Child, out EntityId failing))
        {
            bool isCurrent = IsInVirtualTime && failing.Index == _owner;
            _failure = isCurrent ? failed.Cause : BesideEvents(failing, failed.Cause);
        }
    }

    /// <summary>
    /// Breaks the run because of what the running actor does. Not an exception: Akka swallows those that a
    /// dispatcher throws.
    /// </summary>
    internal void Refuse(string what) => _failure ??= new InvalidOperationException(what);

    /// <summary>An actor that has stopped without a failure: by its own doing, or by its owner's.</summary>
    private Exception Stopped(EntityId entity) =>
        _actorsAreLent
            ? new RunAbandonedException(
                $"the actor of {_machine.Entities[entity.Index].Name} was stopped from outside at {Now}"
            )
            : new InvalidOperationException("its actor has stopped");

    private RunFailedException BesideEvents(EntityId failing, Exception cause)
    {
        bool atStart = cause is ActorInitializationException;
        Exception root = atStart ? cause.GetBaseException() : cause;
        return new RunFailedException(
            _machine.Entities[failing.Index].Name,
            Now,
            atStart ? "the start of its actor" : "messages between actors",
            root.Message,
            root
        );
    }

    private void RunErrand(EntityId owner, Action run)
    {
        _owner = owner.Index;
        run();
        DoJobs();
        if (_failure is not null)
        {
            Rethrow(_failure);
        }
    }

    private void InvokeOrEnqueue(
        VirtualTimeDispatcher dispatcher,
        ActorCell cell,
        in Envelope envelope
    )
    {
        if (AkkaInternals.TakesMessages(cell))
        {
            AkkaInternals.Invoke(cell, envelope);
            RunMailboxIfNeeded(cell);
        }
        else
        {
            dispatcher.Enqueue(cell, envelope);
        }
    }

    /// <summary>Messages that an actor takes back from its stash go to its mailbox, which nobody else runs.</summary>
    private void RunMailboxIfNeeded(ActorCell cell)
    {
        if (cell.HasMessages)
        {
            _jobs.Enqueue(new Job(AkkaInternals.MailboxOf(cell), _owner));
        }
    }

    private void AwaitCall()
    {
        lock (_gate)
        {
            while (!_isCalled)
            {
                Monitor.Wait(_gate);
            }
            _isCalled = false;
        }
    }

    private void DoJobs()
    {
        int owner = _owner;
        while (_jobs.TryDequeue(out Job job))
        {
            _owner = job.Owner;
            job.Run.Run();
        }
        _owner = owner;
    }

    private void HandOverJobs()
    {
        while (_jobsFromOutside.TryDequeue(out Job job))
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static run => run.Run(),
                job.Run,
                preferLocal: false
            );
        }
    }

    /// <summary>The entity in whose actor's tree a cell is; whoever is running, if in none.</summary>
    private EntityId OwnerOf(ActorCell cell)
    {
        IActorRef? actor = cell.Self;
        while (actor is not null && !actor.IsNobody())
        {
            if (_owners.TryGetValue(actor, out EntityId owner))
            {
                return owner;
            }
            actor = AkkaInternals.ParentOf(actor);
        }
        return Owner;
    }

    private static void Rethrow(Exception failure) =>
        ExceptionDispatchInfo.Capture(failure).Throw();
}
