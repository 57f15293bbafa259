using System;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using PvTimer.Actors.Entities;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// The sharded entity: the place of a cell on its node. Its CPUs' actors live below it, one generation for
/// each formation; their state moves through the formations, not with this actor.
/// </summary>
/// <remarks>
/// <code>
///   /system/sharding/host/h0..h9/h3          this actor
///                                  /e5       a HostActor, in formation 5
///                                     /pcpu-0, web-0.vcpu-0, timer-kthread ...
/// </code>
/// </remarks>
internal sealed class CellActor : ReceiveActor
{
    /// <summary>The sharding type of all cells.</summary>
    public const string TypeName = "host";

    /// <summary>
    /// Starts the cell's actors for a formation, in place of any earlier ones; answered like
    /// <see cref="HostActor.StartEntities"/>.
    /// </summary>
    public sealed record Populate(long Epoch, HostActor.StartEntities Start);

    /// <summary>A cell is here. Who hears it watches the actor to know when it has gone.</summary>
    /// <param name="Cell">Which.</param>
    /// <param name="Block">The shard that it is in.</param>
    /// <param name="Actor">The cell's.</param>
    public sealed record Presence(string Cell, string Block, IActorRef Actor);

    /// <summary>It is in a block that is none any more.</summary>
    public sealed record Leave
    {
        public static Leave Instance { get; } = new();
    }

    private readonly string _cell;
    private readonly ActorSelection _node;
    private IActorRef _host = ActorRefs.Nobody;
    private long _epoch;

    public CellActor(string cell)
    {
        _cell = cell;
        _node = Context.ActorSelection($"/user/{NodeActor.Name}");
        Receive<CellEnvelope>(_ => { });
        Receive<Populate>(OnPopulate);
        Receive<FreezeCell>(_ => Context.Stop(Self));
        Receive<Dissolve>(_ => Passivate());
        Receive<Leave>(_ => Passivate());
    }

    protected override void PreStart() =>
        _node.Tell(new Presence(_cell, Uri.UnescapeDataString(Context.Parent.Path.Name), Self));

    private static void Passivate() => Context.Parent.Tell(new Passivate(FreezeCell.Instance));

    /// <summary>
    /// A formation that was given up while it assembled may still ask, after the one that replaces it has: its
    /// epoch is dead, and taking it would stop the actors of the living one.
    /// </summary>
    private void OnPopulate(Populate populate)
    {
        if (populate.Epoch <= _epoch)
        {
            return;
        }
        _epoch = populate.Epoch;
        if (!_host.IsNobody())
        {
            Context.Stop(_host);
        }
        string dispatcher = populate.Start.DispatcherOf(populate.Start.Entities[0]);
        _host = Context.ActorOf(
            Props.Create(() => new HostActor()).WithDispatcher(dispatcher),
            string.Create(CultureInfo.InvariantCulture, $"e{populate.Epoch}")
        );
        _host.Forward(populate.Start);
    }
}

/// <summary>A cell's id is its entity's, its block's is its shard's.</summary>
internal sealed class CellExtractor : IMessageExtractor
{
    public string? EntityId(object message) => (message as CellEnvelope)?.Cell;

    public object EntityMessage(object message) => message;

    [Obsolete("Akka asks the overload with the entity's id")]
    public string? ShardId(object message) => (message as CellEnvelope)?.Block;

    public string ShardId(string entityId, object? messageHint = null) =>
        (messageHint as CellEnvelope)?.Block ?? entityId;
}
