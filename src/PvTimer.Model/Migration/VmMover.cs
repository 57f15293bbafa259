using System;
using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Migration;

/// <summary>The migration thread of a VM's userspace (QEMU) on one host.</summary>
public sealed class VmMover : IEntity
{
    // Configuration
    private readonly ImmutableArray<EntityId> _vcpus;
    private readonly HostTopology _host;
    private readonly NetworkDescription _network;
    private readonly PreCopy _preCopy;

    internal VmMover(
        EntityId id,
        string name,
        ImmutableArray<EntityId> vcpus,
        HostTopology host,
        NetworkDescription network,
        PreCopy preCopy
    )
    {
        Id = id;
        Name = name;
        _vcpus = vcpus;
        _host = host;
        _network = network;
        _preCopy = preCopy;
    }

    public EntityId Id { get; }

    public string Name { get; }

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case MigrateVm:
                effects.After(_preCopy.Length, PreCopyDone.Instance);
                break;
            case PreCopyDone:
            case Start:
                break;
            default:
                throw new InvalidOperationException($"a VM's mover does not know {message}");
        }
    }
}
