using System;
using System.Collections.Immutable;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Model.Events;

namespace PvTimer.Actors.Entities;

/// <summary>
/// A physical host: the parent of the actors of its CPUs, of the VMs on them, and of its timer kthread. An
/// entity's actor that fails has broken the run: it is stopped, and the region's driver says who it was.
/// </summary>
public sealed class HostActor : ReceiveActor
{
    /// <summary>
    /// Creates the entities' actors; answered with <see cref="EntitiesStarted"/>, or a Status.Failure.
    /// </summary>
    /// <param name="HostName">What the entities' own names begin with.</param>
    /// <param name="Entities">All entities of this host, or those that are here.</param>
    /// <param name="DispatcherOf">On which region's dispatcher each one runs.</param>
    /// <param name="PropsOf">Which actor an entity gets.</param>
    public sealed record StartEntities(
        string HostName,
        ImmutableArray<IEntity> Entities,
        Func<IEntity, string> DispatcherOf,
        Func<IEntity, Props> PropsOf
    );

    /// <param name="Entities">As they were asked for.</param>
    /// <param name="Actors">In the same order.</param>
    public sealed record EntitiesStarted(
        ImmutableArray<IEntity> Entities,
        ImmutableArray<IActorRef> Actors
    );

    public HostActor() =>
        Receive<StartEntities>(start =>
        {
            try
            {
                Sender.Tell(
                    new EntitiesStarted(
                        start.Entities,
                        ImmutableArray.CreateRange(start.Entities, entity => Create(entity, start))
                    )
                );
            }
            // reason: whatever keeps an actor from being created, the asker must not wait for an answer
            catch (Exception cause)
            {
                Sender.Tell(new Status.Failure(cause));
            }
        });

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(_ => Directive.Stop);

    private static IActorRef Create(IEntity entity, StartEntities start)
    {
        Props props = start.PropsOf(entity).WithDispatcher(start.DispatcherOf(entity));
        string name = EntityProps.ActorNameOf(entity, start.HostName);
        IUntypedActorContext context = Context;
        return RegionDriver.Current!.CreateFor(entity.Id, () => context.ActorOf(props, name));
    }
}
