using System;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Model.Events;

namespace PvTimer.Actors.Entities;

/// <summary>Which actor an entity gets, and what it is called.</summary>
public static class EntityProps
{
    /// <summary>By the last part of the name: "h0/pcpu-1", "web-0/vcpu-0", "h0/timer-kthread".</summary>
    public static Props Of(IEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        string part = entity.Name[(entity.Name.LastIndexOf('/') + 1)..];
        return part switch
        {
            "timer-kthread" => Of(entity, static one => new TimerKthreadActor(one)),
            _ when part.StartsWith("pcpu-", StringComparison.Ordinal) => Of(
                entity,
                static one => new PcpuActor(one)
            ),
            _ when part.StartsWith("vcpu-", StringComparison.Ordinal) => Of(
                entity,
                static one => new VcpuActor(one)
            ),
            _ => Of(entity, static one => new EntityActor(one)),
        };
    }

    private static Props Of<TActor>(IEntity entity, Func<IEntity, TActor> create)
        where TActor : EntityActor =>
        Props.CreateBy(new Producer<TActor>(entity, create)).WithMailbox(SparseMailbox.Id);

    /// <summary>Props from an expression would have it compiled for each entity.</summary>
    private sealed class Producer<TActor>(IEntity entity, Func<IEntity, TActor> create)
        : IIndirectActorProducer
        where TActor : EntityActor
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => create(entity);

        public void Release(ActorBase actor) { }
    }

    /// <summary>
    /// The name of an entity's actor below its host: "h0/pcpu-1" is /user/h0/pcpu-1, and "web-0/vcpu-0" on
    /// the same host is /user/h0/web-0.vcpu-0, because two VMs of a host both have a vcpu-0.
    /// </summary>
    public static string ActorNameOf(IEntity entity, string hostName)
    {
        ArgumentNullException.ThrowIfNull(entity);
        string prefix = hostName + "/";
        string name = entity.Name.StartsWith(prefix, StringComparison.Ordinal)
            ? entity.Name[prefix.Length..]
            : entity.Name;
        return name.Replace('/', '.');
    }
}
