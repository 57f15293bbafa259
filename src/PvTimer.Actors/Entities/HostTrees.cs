using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Model.Events;

namespace PvTimer.Actors.Entities;

/// <summary>Starts all actors of a machine that is run in one process: h0/pcpu-0 and so on.</summary>
internal static class HostTrees
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <param name="parent">Under which the hosts' actors live.</param>
    /// <param name="machine">The whole machine.</param>
    /// <param name="dispatcherOf">On which region's dispatcher an entity's actor runs.</param>
    /// <param name="propsOf">Which actor an entity gets.</param>
    /// <returns>The actor of each entity, in the order of their indices.</returns>
    public static async Task<IActorRef[]> Start(
        IActorRefFactory parent,
        IMachine machine,
        Func<IEntity, string> dispatcherOf,
        Func<IEntity, Props> propsOf
    )
    {
        var started = new List<Task<HostActor.EntitiesStarted>>();
        foreach (
            IGrouping<int, IEntity> host in machine
                .Entities.GroupBy(entity => machine.HostOf(entity.Id))
                .OrderBy(host => host.Key)
        )
        {
            ImmutableArray<IEntity> entities = [.. host];
            string name = string.Create(CultureInfo.InvariantCulture, $"h{host.Key}");
            IActorRef actor = parent.ActorOf(
                Props.Create(() => new HostActor()).WithDispatcher(dispatcherOf(entities[0])),
                name
            );
            var start = new HostActor.StartEntities(name, entities, dispatcherOf, propsOf);
            started.Add(actor.Ask<HostActor.EntitiesStarted>(start, Patience));
        }
        var actors = new IActorRef[machine.Entities.Length];
        foreach (
            HostActor.EntitiesStarted host in await Task.WhenAll(started).ConfigureAwait(false)
        )
        {
            for (int index = 0; index < host.Entities.Length; index++)
            {
                actors[host.Entities[index].Id.Index] = host.Actors[index];
            }
        }
        return actors;
    }
}
