using System;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Actors.Entities;
using PvTimer.Model.Events;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Tests.Nodes;

/// <summary>A cell's actors are those of the formation with the greatest epoch that has asked for them.</summary>
public sealed class CellTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system = ActorSystem.Create("cells");

    public void Dispose() => _system.Terminate().GetAwaiter().GetResult();

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Late_word_of_a_dead_epoch_leaves_the_living_actors_alone(long late)
    {
        IActorRef cell = _system.ActorOf(Props.Create(() => new CellActor("h0")), "h0");
        using Inbox formation = Inbox.Create(_system);
        formation.Send(cell, Populate(5));
        AssertAnswered(formation);
        IActorRef living = await _system.ActorSelection("/user/h0/e5").ResolveOne(Patience);

        formation.Send(cell, Populate(late));
        formation.Send(cell, Populate(6));

        // One answer only: the late word had no effect, and the cell has come to the next one.
        AssertAnswered(formation);
        Assert.IsType<TimeoutException>(WhatComes(formation, TimeSpan.FromMilliseconds(100)));
        Assert.True(await living.GracefulStop(Patience));
        ActorIdentity six = await _system
            .ActorSelection("/user/h0/e6")
            .Ask<ActorIdentity>(new Identify(null), Patience);
        Assert.NotNull(six.Subject);
    }

    /// <summary>Without a region's thread nothing can start, and the host's actor answers with that failure.</summary>
    private static void AssertAnswered(Inbox formation) =>
        Assert.IsNotType<TimeoutException>(WhatComes(formation, Patience));

    /// <summary>An inbox throws what it receives, and its own time-out bare or wrapped, as the race for it ends.</summary>
    private static Exception WhatComes(Inbox formation, TimeSpan patience) =>
        Assert.ThrowsAny<Exception>(() => formation.Receive(patience)).GetBaseException();

    private static CellActor.Populate Populate(long epoch) =>
        new(
            epoch,
            new HostActor.StartEntities(
                "h0",
                [new Entity()],
                _ => "akka.actor.default-dispatcher",
                EntityProps.Of
            )
        );

    private sealed class Entity : IEntity
    {
        public EntityId Id => new(0);

        public string Name => "h0/pcpu-0";

        public void Step(Model.Time.VirtualTime now, Message message, IEffects effects) { }
    }
}
