using System;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// The dispatcher of a world's actors: what they have to do waits until the world's thread does it, one message at a
/// time. Every dispatcher of an actor system in virtual time is one of these, whatever its configuration says.
/// </summary>
internal sealed class WorldDispatcher : MessageDispatcher
{
    private readonly ActorWorld _world;
    private readonly bool _isEager;

    internal WorldDispatcher(WorldDispatcherConfigurator configurator, ActorWorld world)
        : base(configurator)
    {
        _world = world;
        _isEager = configurator.Config.GetBoolean("eager", false);
        Throughput = 1;
        // A deadline in the past: a mailbox looks at it after each message, and would else take two.
        ThroughputDeadlineTime = 0;
        ShutdownTimeout = TimeSpan.FromSeconds(1);
    }

    public override void Dispatch(ActorCell cell, Envelope envelope) =>
        _world.Send(cell, envelope, this);

    public override void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        _world.Signal(cell, message);
        base.SystemDispatch(cell, message);
    }

    public override void Attach(ActorCell cell)
    {
        _world.Add(cell);
        base.Attach(cell);
    }

    public override void Detach(ActorCell cell)
    {
        _world.Remove(cell);
        base.Detach(cell);
    }

    /// <summary>Puts a message into the mailbox.</summary>
    internal void Deliver(ActorCell cell, in Envelope envelope) => base.Dispatch(cell, envelope);

    protected override void ExecuteTask(IRunnable run) => _world.Execute(run, _isEager);

    /// <summary>The thread belongs to the script.</summary>
    protected override void Shutdown() { }
}

/// <summary>Makes the dispatchers of an actor system in virtual time; named by its configuration.</summary>
/// <param name="config">"eager": what comes between two events is done at once, for guardians and test actors.</param>
/// <param name="prerequisites">With the scheduler, which knows the world.</param>
internal sealed class WorldDispatcherConfigurator(
    Config config,
    IDispatcherPrerequisites prerequisites
) : MessageDispatcherConfigurator(config, prerequisites)
{
    private WorldDispatcher? _dispatcher;

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() =>
        _dispatcher ??= new WorldDispatcher(this, WorldScheduler.WorldOf(Prerequisites.Scheduler));
}
