using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Actors.Entities;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Actors;

/// <summary>
/// A run whose owner moves virtual time, on the owner's own thread: to an instant, or by one event. The
/// actors are those of any other run, in one region. What scripts and debuggers stand on.
/// </summary>
/// <remarks>
/// <code>
///   owner's thread                          the machine's actors
///   RunBefore(t)  ---- becomes the driver's thread ----> every event before t, in order
///                 &lt;--- belongs to the owner again -----  virtual time stands still
/// </code>
/// An actor system can have several of these, one after the other.
/// </remarks>
public sealed class SteppedRun : IDisposable
{
    private static int s_runs;

    private readonly IMachine _machine;
    private readonly Partition _partition;
    private readonly RegionDriver _driver;
    private readonly Kernel _kernel;
    private readonly IActorRef _root;
    private readonly IActorRef[] _actors;
    private readonly Action? _beside;
    private bool _disposed;

    /// <param name="system">Its scheduler is a <see cref="HybridScheduler"/>.</param>
    /// <param name="machine">Runs once: its entities keep the state that the run leaves behind.</param>
    /// <param name="propsOf">Which actor an entity gets; null: <see cref="EntityProps.Of"/>.</param>
    /// <param name="observe">Told of every event of the machine just before its target takes its step.</param>
    /// <param name="from">What to go on from; null: the run begins at time zero.</param>
    /// <param name="beside">
    /// What else the owner's thread has to do for actors of the system while it waits for them; null: nothing, they have
    /// threads of their own.
    /// </param>
    /// <inheritdoc cref="Kernel(IMachine, Partition, int, IBatchLink, IDelivery, Resumption)" path="/exception"/>
    public SteppedRun(
        ActorSystem system,
        IMachine machine,
        Func<IEntity, Props>? propsOf = null,
        Action<DeliveredEvent>? observe = null,
        Resumption? from = null,
        Action? beside = null
    )
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(machine);
        _beside = beside;
        _machine = machine;
        string scope = $"stepped-{Interlocked.Increment(ref s_runs)}";
        string dispatcher = VirtualTimeDispatcher.IdOf(scope, region: 0);
        _driver = VirtualTimeDispatcher.Register(system, dispatcher);
        _partition = Partition.IntoBlocks(machine, regions: 1);
        IDelivery delivery = observe is null ? _driver : new Observed(this, observe);
        _kernel = new Kernel(machine, _partition, region: 0, link: null, delivery, from)
        {
            KeepsMessages = true,
        };
        _driver.Prepare(machine, _kernel);
        Now = _kernel.Begin;
        _root = system.ActorOf(Props.Create(() => new Root()), scope);
        Func<IActorRefFactory, Task<IActorRef[]>> start = parent =>
            HostTrees.Start(parent, machine, _ => dispatcher, propsOf ?? EntityProps.Of);
        _actors = Serve(_root.Ask<IActorRef[]>(start, Patience));
        ActorCell? before = _driver.Enter();
        _driver.Connect(_actors);
        _driver.Leave(before);
    }

    /// <summary>
    /// The first instant in which nothing has happened yet: what is done to the machine now happens there.
    /// </summary>
    public VirtualTime Now { get; private set; }

    /// <summary>The next event's time; <see cref="VirtualTime.MaxValue"/> if none is pending.</summary>
    public VirtualTime NextTime => _kernel.NextTime;

    /// <summary>Events of the machine that have happened.</summary>
    public long Handled => _kernel.Handled;

    /// <summary>All that is pending, in order.</summary>
    public IReadOnlyList<PendingEvent> Pending => _kernel.Pending();

    /// <summary>Everything before an instant happens.</summary>
    /// <param name="instant">At least <see cref="Now"/>.</param>
    /// <exception cref="RunFailedException">An entity's actor failed, or an invariant does not hold.</exception>
    public void RunBefore(VirtualTime instant) => RunBefore(instant, long.MaxValue);

    /// <summary>
    /// Everything before an instant happens, unless it is too much: then less does, but no instant is left in
    /// its middle.
    /// </summary>
    /// <param name="instant">At least <see cref="Now"/>.</param>
    /// <param name="events">After so many no other instant is begun; at least 1.</param>
    /// <returns>Whether it was everything.</returns>
    /// <exception cref="RunFailedException">An entity's actor failed, or an invariant does not hold.</exception>
    public bool RunBefore(VirtualTime instant, long events)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, Now);
        ArgumentOutOfRangeException.ThrowIfLessThan(events, 1);
        Drive(instant, () => _kernel.Run(events));
        bool all = _kernel.NextTime >= instant;
        Now = all ? instant : _kernel.Now + VirtualDuration.Smallest;
        return all;
    }

    /// <summary>The next event happens, if it lies before an instant; otherwise nothing does.</summary>
    /// <returns>Whether one did.</returns>
    /// <exception cref="RunFailedException">An entity's actor failed, or an invariant does not hold.</exception>
    public bool RunOne(VirtualTime before)
    {
        bool happened = false;
        Drive(before, () => happened = _kernel.RunOne());
        if (happened)
        {
            Now = _kernel.Now + VirtualDuration.Smallest;
        }
        return happened;
    }

    /// <inheritdoc cref="Kernel.AddScripted"/>
    public void Add(in ScriptedMessage message) => _kernel.AddScripted(message);

    /// <summary>At <see cref="Now"/>, something is done on behalf of an entity, as if it had decided to.</summary>
    /// <param name="entity">Who.</param>
    /// <param name="about">What to call it if it fails.</param>
    /// <param name="act">What it does.</param>
    public void ActAs(EntityId entity, object about, Action<IEffects> act) =>
        _kernel.ScheduleErrand(entity, entity, Now, about, () => act(_kernel));

    /// <summary>Stops an entity's actor: the run breaks with the next message for it.</summary>
    public void Kill(EntityId entity) => Serve(_actors[entity.Index].GracefulStop(Patience));

    /// <summary>
    /// Freezes the whole machine at <see cref="Now"/>, for another run that goes on from there.
    /// </summary>
    /// <inheritdoc cref="Kernel.Freeze"/>
    public byte[] Freeze()
    {
        RunBefore(Now);
        return _kernel.Freeze([.. _machine.Entities.Select(entity => entity.Id)], Now);
    }

    /// <summary>What has happened so far, as a run would be told that ends at <see cref="Now"/>.</summary>
    public RunOutcome Outcome()
    {
        RunBefore(Now);
        return new RunOutcome(TraceHash, _kernel.Handled, Now, Interrupted: false);
    }

    /// <summary>The hash of all that has happened so far, as <see cref="Outcome"/> gives it.</summary>
    public string TraceHash =>
        Engine.TraceHash.Of([.. _machine.Entities.Select(entity => _kernel.DigestOf(entity.Id))]);

    /// <summary>Stops the run's actors, and returns when they are gone.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Serve(_root.GracefulStop(Patience));
            _driver.Release();
        }
    }

    private static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    private void Drive(VirtualTime horizon, Action run)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ActorCell? before = _driver.Enter();
        try
        {
            _driver.SafePoint();
            _kernel.BeginWindow(horizon);
            run();
            _driver.SafePoint();
        }
        finally
        {
            _driver.Leave(before);
        }
    }

    private T Serve<T>(Task<T> work)
    {
        ActorCell? before = _driver.Enter();
        try
        {
            _ = work.ContinueWith(
                _ => _driver.Call(),
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default
            );
            _driver.Serve(() =>
            {
                ServeBeside();
                return work.IsCompleted;
            });
            return work.GetAwaiter().GetResult();
        }
        finally
        {
            _driver.Leave(before);
        }
    }

    /// <summary>What the thread does beside is not the driver's: the driver's own work comes from outside then.</summary>
    private void ServeBeside()
    {
        if (_beside is not null)
        {
            _driver.Leave(before: null);
            _beside();
            _ = _driver.Enter();
        }
    }

    /// <summary>
    /// The parent of the run's hosts: /user/stepped-1/h0/pcpu-0. Runs of one system are told apart by it.
    /// </summary>
    private sealed class Root : ReceiveActor
    {
        public Root() =>
            Receive<Func<IActorRefFactory, Task<IActorRef[]>>>(start =>
                _ = start(Context).PipeTo(Sender)
            );
    }

    /// <summary>The driver, with somebody who looks on.</summary>
    private sealed class Observed(SteppedRun run, Action<DeliveredEvent> observe) : IDelivery
    {
        public void Deliver(EntityId source, EntityId target, Message message)
        {
            observe(new DeliveredEvent(run._kernel.CurrentKey, target, message));
            ((IDelivery)run._driver).Deliver(source, target, message);
        }
    }
}
