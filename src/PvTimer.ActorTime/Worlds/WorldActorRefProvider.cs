using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Event;
using Akka.Routing;
using Akka.Serialization;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// Akka's own provider of local actors, but for two things: answers to an Ask are events of the world, and every actor
/// has one of the world's dispatchers.
/// </summary>
internal sealed class WorldActorRefProvider(string name, Settings settings, EventStream eventStream)
    : IActorRefProvider
{
    private readonly LocalActorRefProvider _inner = new(name, settings, eventStream);
    private ActorWorld? _world;

    /// <inheritdoc/>
    public IInternalActorRef RootGuardian => _inner.RootGuardian;

    /// <inheritdoc/>
    public LocalActorRef Guardian => _inner.Guardian;

    /// <inheritdoc/>
    public LocalActorRef SystemGuardian => _inner.SystemGuardian;

    /// <inheritdoc/>
    public IActorRef DeadLetters => _inner.DeadLetters;

    /// <inheritdoc/>
    public IActorRef IgnoreRef => _inner.IgnoreRef;

    /// <inheritdoc/>
    public ActorPath RootPath => _inner.RootPath;

    /// <inheritdoc/>
    public Settings Settings => _inner.Settings;

    /// <inheritdoc/>
    public Deployer Deployer => _inner.Deployer;

    /// <inheritdoc/>
    public IInternalActorRef TempContainer => _inner.TempContainer;

    /// <inheritdoc/>
    public Task TerminationTask => _inner.TerminationTask;

    /// <inheritdoc/>
    public Address DefaultAddress => _inner.DefaultAddress;

    /// <inheritdoc/>
    public Information SerializationInformation => _inner.SerializationInformation;

    /// <inheritdoc/>
    public IActorRef RootGuardianAt(Address address) => _inner.RootGuardianAt(address);

    /// <inheritdoc/>
    public void Init(ActorSystemImpl system)
    {
        ArgumentNullException.ThrowIfNull(system);
        _world = WorldScheduler.WorldOf(system.Scheduler);
        _inner.Init(system);
    }

    /// <inheritdoc/>
    public ActorPath TempPath() => _inner.TempPath();

    /// <inheritdoc/>
    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) =>
        _inner.RegisterTempActor(actorRef, path);

    /// <inheritdoc/>
    public void UnregisterTempActor(ActorPath path) => _inner.UnregisterTempActor(path);

    /// <inheritdoc/>
    public FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs)
    {
        ArgumentNullException.ThrowIfNull(tcs);
        return _world is { IsFree: false } world
            ? new AskedRef<T>(world, tcs, TempPath(), this)
            : _inner.CreateFutureRef(tcs);
    }

    /// <inheritdoc/>
    public IInternalActorRef ActorOf(
        ActorSystemImpl system,
        Props props,
        IInternalActorRef supervisor,
        ActorPath path,
        bool systemService,
        Deploy deploy,
        bool lookupDeploy,
        bool async
    )
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(props);
        if (systemService && path.Name.StartsWith("IO-", StringComparison.Ordinal))
        {
            throw new NotSupportedException(
                $"Akka.IO ({path.Name}) talks to sockets, which are not in virtual time; accepted: a probe in its place"
            );
        }
        if (
            lookupDeploy
            && props.Deploy.RouterConfig is NoRouter
            && Deployer.Lookup(path) is { } said
        )
        {
            // What the configuration says of this path, but for a dispatcher that has threads of its own.
            lookupDeploy = false;
            deploy = InWorld(system, said.Dispatcher)
                ? said
                : said.WithDispatcher(Dispatchers.DefaultDispatcherId);
        }
        Props inWorld = InWorld(system, props.Deploy.Dispatcher)
            ? props
            : props.WithDispatcher(Dispatchers.DefaultDispatcherId);
        return _inner.ActorOf(
            system,
            inWorld,
            supervisor,
            path,
            systemService,
            deploy,
            lookupDeploy,
            async
        );
    }

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(string path) => _inner.ResolveActorRef(path);

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(ActorPath actorPath) => _inner.ResolveActorRef(actorPath);

    /// <inheritdoc/>
    public Address GetExternalAddressFor(Address address) => _inner.GetExternalAddressFor(address);

    /// <summary>Whether what runs there is moved by the caller: a world, a machine, or the thread that tells.</summary>
    private static bool InWorld(ActorSystemImpl system, string dispatcher) =>
        dispatcher == Deploy.NoDispatcherGiven
        || !system.Dispatchers.HasDispatcher(dispatcher)
        || system.Dispatchers.Lookup(dispatcher) is not (Dispatcher or PinnedDispatcher);
}
