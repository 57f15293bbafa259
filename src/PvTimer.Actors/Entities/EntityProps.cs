using System;
using Akka.Actor;
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
            "timer-kthread" => Props.Create(() => new TimerKthreadActor(entity)),
            _ when part.StartsWith("pcpu-", StringComparison.Ordinal) => Props.Create(() =>
                new PcpuActor(entity)
            ),
            _ when part.StartsWith("vcpu-", StringComparison.Ordinal) => Props.Create(() =>
                new VcpuActor(entity)
            ),
            _ => Props.Create(() => new EntityActor(entity)),
        };
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
