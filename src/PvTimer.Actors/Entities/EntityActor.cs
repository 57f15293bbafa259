using System;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Model.Events;

namespace PvTimer.Actors.Entities;

/// <summary>
/// The envelope of an entity: hands each message to the state machine, whose effects go into virtual
/// time. It knows nothing else about the machine.
/// </summary>
internal class EntityActor : ActorBase
{
    private readonly IEntity _entity;
    private readonly RegionDriver _driver;

    /// <exception cref="InvalidOperationException">It is not on a virtual-time dispatcher.</exception>
    public EntityActor(IEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        _entity = entity;
        _driver =
            RegionDriver.Current
            ?? throw new InvalidOperationException(
                $"the actor of {entity.Name} needs a virtual-time dispatcher"
            );
    }

    protected override bool Receive(object message)
    {
        if (message is not Message due)
        {
            return false;
        }
        if (!_driver.IsInVirtualTime)
        {
            throw new InvalidOperationException(
                $"{due} was told to {_entity.Name} between two events; the machine's messages go through the machine"
            );
        }
        _entity.Step(_driver.Now, due, _driver.Effects);
        return true;
    }
}

/// <summary>A physical CPU with the host's part of the machine that runs on it.</summary>
internal sealed class PcpuActor(IEntity entity) : EntityActor(entity);

/// <summary>A virtual CPU: the guest's side of the machine.</summary>
internal sealed class VcpuActor(IEntity entity) : EntityActor(entity);

/// <summary>The polling worker of the pvtimer series, on its dedicated pCPU.</summary>
internal sealed class TimerKthreadActor(IEntity entity) : EntityActor(entity);
