using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Migration;

/// <summary>
/// The migration thread of a VM's userspace (QEMU) on one host: sends the VM to another host's, and receives
/// it. Its own work costs the pCPUs nothing.
/// </summary>
/// <remarks>
/// <code>
///   source: MigrateVm -- rounds --> PreCopyDone, StopVcpu -- all stopped --> SaveVcpu -- all saved --+
///   destination:  RestoreVcpu &lt;-- VmArrives &lt;----- network: latency + what is left / bandwidth ------+
/// </code>
/// An order that comes while the VM is not here, or not here yet, waits for it.
/// </remarks>
public sealed class VmMover : IEntity, IStateful
{
    private enum Phase
    {
        /// <summary>The VM is on another host, or on its way.</summary>
        Away,

        /// <summary>The VM runs here.</summary>
        Runs,
        PreCopy,
        Stopping,
        Saving,
    }

    /// <summary>
    /// What userspace sends of a vCPU: struct kvm_xsave has 4 KiB, kvm_lapic_state 1 KiB
    /// (arch/x86/include/uapi/asm/kvm.h), the other registers and some hundred MSRs with their numbers less
    /// than 3. What the emulator keeps of a vCPU weighs nothing.
    /// </summary>
    private static readonly DataSize VcpuRegisters = new(8 * 1024);

    // Configuration
    private readonly ImmutableArray<EntityId> _vcpus;
    private readonly HostTopology _host;
    private readonly NetworkDescription _network;
    private readonly PreCopy _preCopy;

    // Volatile state
    private readonly List<EntityId> _orders = [];
    private readonly List<ImmutableArray<byte>> _saved = [];
    private Phase _phase;
    private int _awaited;
    private VirtualTime _begunAt;
    private VirtualTime _stopAt;
    private VirtualTime _stoppedAt;

    // Counters
    private readonly List<Departure> _departures = [];
    private readonly List<Arrival> _arrivals = [];

    internal VmMover(
        EntityId id,
        string vm,
        string name,
        bool isHome,
        ImmutableArray<EntityId> vcpus,
        HostTopology host,
        NetworkDescription network,
        PreCopy preCopy
    )
    {
        Id = id;
        Vm = vm;
        Name = name;
        _vcpus = vcpus;
        _host = host;
        _network = network;
        _preCopy = preCopy;
        _phase = isHome ? Phase.Runs : Phase.Away;
    }

    public EntityId Id { get; }

    public string Name { get; }

    /// <summary>The VM's own name: "web-0".</summary>
    internal string Vm { get; }

    internal readonly record struct Departure(EntityId To, VirtualTime BegunAt);

    internal readonly record struct Arrival(
        EntityId From,
        VirtualTime BegunAt,
        VirtualTime StopAt,
        VirtualTime At
    );

    internal HostTopology Host => _host;

    internal PreCopy Rounds => _preCopy;

    /// <summary>Migrations that began here, in their order.</summary>
    internal IReadOnlyList<Departure> Departures => _departures;

    /// <summary>Migrations that ended here, in their order.</summary>
    internal IReadOnlyList<Arrival> Arrivals => _arrivals;

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case MigrateVm migrate:
                _orders.Add(migrate.ToMover);
                BeginNext(now, effects);
                break;
            case PreCopyDone:
                Stop(now, effects);
                break;
            case VcpuStopped:
                OnVcpuStopped(now, effects);
                break;
            case VcpuSaved saved:
                OnVcpuSaved(saved, effects);
                break;
            case VmArrives vm:
                OnVmArrives(now, vm, effects);
                break;
            case Start:
                break;
            default:
                throw new InvalidOperationException($"a VM's mover does not know {message}");
        }
    }

    private void BeginNext(VirtualTime now, IEffects effects)
    {
        if (_phase == Phase.Runs && _orders.Count > 0)
        {
            _phase = Phase.PreCopy;
            _begunAt = now;
            _departures.Add(new Departure(_orders[0], now));
            effects.After(_preCopy.Length, PreCopyDone.Instance);
        }
    }

    private void Stop(VirtualTime now, IEffects effects)
    {
        _phase = Phase.Stopping;
        _stopAt = now;
        TellVcpus(new StopVcpu(Id), effects);
    }

    private void OnVcpuStopped(VirtualTime now, IEffects effects)
    {
        if (--_awaited > 0)
        {
            return;
        }
        _phase = Phase.Saving;
        _stoppedAt = now;
        _saved.AddRange(Enumerable.Repeat(ImmutableArray<byte>.Empty, _vcpus.Length));
        TellVcpus(new SaveVcpu(now), effects);
    }

    private void TellVcpus(Message message, IEffects effects)
    {
        _awaited = _vcpus.Length;
        foreach (EntityId vcpu in _vcpus)
        {
            effects.Send(vcpu, _host.Costs.LineTransferSameSocket, message);
        }
    }

    private void OnVcpuSaved(VcpuSaved saved, IEffects effects)
    {
        _saved[saved.Vcpu] = saved.State;
        if (--_awaited > 0)
        {
            return;
        }
        DataSize rest = _preCopy.Left + new DataSize(VcpuRegisters.Bytes * _vcpus.Length);
        effects.Send(
            _orders[0],
            _network.Latency + _preCopy.Rate.TimeFor(rest),
            new VmArrives(Id, _begunAt, _stopAt, _stoppedAt, [.. _saved])
        );
        _phase = Phase.Away;
        _orders.RemoveAt(0);
        _saved.Clear();
    }

    private void OnVmArrives(VirtualTime now, VmArrives vm, IEffects effects)
    {
        _phase = Phase.Runs;
        for (int vcpu = 0; vcpu < _vcpus.Length; vcpu++)
        {
            effects.Send(
                _vcpus[vcpu],
                _host.Costs.LineTransferSameSocket,
                new RestoreVcpu(vm.StoppedAt, vm.Vcpus[vcpu])
            );
        }
        VirtualTime goesOn = now + _host.Costs.LineTransferSameSocket;
        _arrivals.Add(new Arrival(vm.From, vm.BegunAt, vm.StopAt, goesOn));
        BeginNext(now, effects);
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.List(_orders, static (s, mover) => s.Value(mover));
        state.List(_saved, static (s, bytes) => s.Bytes(bytes));
        _phase = state.Enumeration(_phase);
        _awaited = state.Value(_awaited);
        _begunAt = state.Value(_begunAt);
        _stopAt = state.Value(_stopAt);
        _stoppedAt = state.Value(_stoppedAt);
        state.List(
            _departures,
            static (s, departure) => new(s.Value(departure.To), s.Value(departure.BegunAt))
        );
        state.List(
            _arrivals,
            static (s, arrival) =>
                new(
                    s.Value(arrival.From),
                    s.Value(arrival.BegunAt),
                    s.Value(arrival.StopAt),
                    s.Value(arrival.At)
                )
        );
    }
}
