using System;
using PvTimer.Actors.Entities;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Actors.Tests;

public class EntityPropsTests
{
    private sealed class Named(string name) : IEntity
    {
        public EntityId Id => new(0);

        public string Name => name;

        public void Step(VirtualTime now, Message message, IEffects effects) { }
    }

    [Theory]
    [InlineData("h0/pcpu-0", typeof(PcpuActor), "pcpu-0")]
    [InlineData("h0/timer-kthread", typeof(TimerKthreadActor), "timer-kthread")]
    [InlineData("web-0/vcpu-12", typeof(VcpuActor), "web-0.vcpu-12")]
    [InlineData("something", typeof(EntityActor), "something")]
    public void Entity_gets_its_actor_and_its_name_below_the_host(
        string name,
        Type actor,
        string actorName
    )
    {
        Assert.Equal(actor, EntityProps.Of(new Named(name)).Type);
        Assert.Equal(actorName, EntityProps.ActorNameOf(new Named(name), "h0"));
    }
}
