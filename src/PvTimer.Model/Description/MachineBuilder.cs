using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Guests.Programs;
using PvTimer.Model.Messages;
using PvTimer.Model.Paravirt;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;
using PvTimer.Model.Vcpus;

namespace PvTimer.Model.Description;

/// <summary>
/// Puts a machine's entities together. Per host in this order: its pCPUs, its timer kthread if it has a
/// dedicated CPU, its vCPUs. The order is part of the trace hash.
/// </summary>
internal sealed class MachineBuilder(MachineDescription description)
{
    private readonly List<IEntity> _entities = [];
    private readonly List<int> _units = [];
    private readonly List<int> _hosts = [];
    private readonly List<HostTopology> _topologies = [];
    private readonly List<int> _hostOfUnit = [];

    /// <summary>The vCPUs' entities by VM and vCPU, known before any of them is built.</summary>
    private readonly Dictionary<int, ImmutableArray<EntityId>> _vcpus = [];

    public ImmutableArray<IEntity> Entities => [.. _entities];

    public ImmutableArray<int> Units => [.. _units];

    public ImmutableArray<int> Hosts => [.. _hosts];

    public ImmutableArray<HostTopology> Topologies => [.. _topologies];

    public ImmutableArray<int> HostOfUnit => [.. _hostOfUnit];

    public void Build()
    {
        for (int host = 0; host < description.Hosts.Length; host++)
        {
            BuildHost(host, description.Hosts[host]);
        }
    }

    /// <summary>Scripted moves, and for VMs that wander a move of each vCPU at every interval.</summary>
    public ImmutableArray<ScriptedMessage> Script()
    {
        List<ScriptedMessage> script = [];
        foreach (VcpuMove move in description.Moves)
        {
            HostTopology host = _topologies[description.Vms[move.Vm].Host];
            script.Add(
                new ScriptedMessage(
                    move.At,
                    _vcpus[move.Vm][move.Vcpu],
                    new MoveVcpu(host.Pcpus[move.ToPcpu])
                )
            );
        }
        for (int vm = 0; vm < description.Vms.Length; vm++)
        {
            script.AddRange(Wander(vm, description.Vms[vm]));
        }
        return [.. script.OrderBy(message => message.At)];
    }

    private IEnumerable<ScriptedMessage> Wander(int vmIndex, VmDescription vm)
    {
        if (vm.MoveEvery <= VirtualDuration.Zero)
        {
            yield break;
        }
        HostTopology host = _topologies[vm.Host];
        // The same ring on every back-end: the dedicated pCPU is left out, whether it is used or not.
        int? timerCpu = description.Hosts[vm.Host].TimerCpu;
        ImmutableArray<EntityId> ring = [.. host.Pcpus.Where((_, cpu) => cpu != timerCpu)];
        VirtualTime end = VirtualTime.Zero + description.Duration;
        VirtualTime at = VirtualTime.Zero + vm.MoveEvery;
        for (int moves = 1; at < end; moves++, at += vm.MoveEvery)
        {
            for (int vcpu = 0; vcpu < vm.Pcpus.Length; vcpu++)
            {
                int start = Math.Max(0, ring.IndexOf(host.Pcpus[vm.Pcpus[vcpu]]));
                EntityId to = ring[(start + moves) % ring.Length];
                yield return new ScriptedMessage(at, _vcpus[vmIndex][vcpu], new MoveVcpu(to));
            }
        }
    }

    private void BuildHost(int index, HostDescription host)
    {
        int firstPcpu = _entities.Count;
        int firstUnit = _hostOfUnit.Count;
        ImmutableArray<EntityId> pcpus =
        [
            .. Enumerable.Range(firstPcpu, host.Cpus).Select(id => new EntityId(id)),
        ];
        // Without a VM that uses pvtimer nothing starts the kthread: the baseline has that pCPU to itself.
        int? timerCpu = description.Vms.Any(vm =>
            vm.Host == index && vm.Backend == TimerBackend.PvTimer
        )
            ? host.TimerCpu
            : null;
        bool served = timerCpu is not null;
        HostTopology topology = new()
        {
            Name = host.Name,
            Pcpus = pcpus,
            PcpusPerSocket = host.Cpus / host.Sockets,
            TimerPcpu = timerCpu is { } cpu ? pcpus[cpu] : null,
            TimerKthread = served ? new EntityId(firstPcpu + host.Cpus) : null,
            Costs = host.Costs,
            HaltPoll = host.HaltPoll,
            TimerAdvance = host.TimerAdvance,
            HvTimer = host.HvTimer,
            PvTimer = description.PvTimer,
            Seed = description.Seed,
        };
        _topologies.Add(topology);
        int firstVcpu = firstPcpu + host.Cpus + (served ? 1 : 0);
        ImmutableArray<(int Index, VmDescription Vm)> vms =
        [
            .. description.Vms.Select((vm, i) => (i, vm)).Where(entry => entry.vm.Host == index),
        ];
        foreach ((int vm, VmDescription of) in vms)
        {
            _vcpus[vm] =
            [
                .. Enumerable.Range(firstVcpu, of.Pcpus.Length).Select(id => new EntityId(id)),
            ];
            firstVcpu += of.Pcpus.Length;
        }
        AddPcpus(index, host, topology, vms);
        if (served)
        {
            AddKthread(index, firstUnit + timerCpu!.Value, topology, vms);
        }
        foreach ((int vm, VmDescription of) in vms)
        {
            AddVcpus(index, firstUnit, topology, vm, of);
        }
    }

    private void AddPcpus(
        int hostIndex,
        HostDescription host,
        HostTopology topology,
        ImmutableArray<(int Index, VmDescription Vm)> vms
    )
    {
        for (int cpu = 0; cpu < host.Cpus; cpu++)
        {
            ImmutableArray<VcpuThread> threads =
            [
                .. vms.SelectMany(entry =>
                    entry
                        .Vm.Pcpus.Select((pcpu, vcpu) => (pcpu, vcpu))
                        .Where(seat => seat.pcpu == cpu)
                        .Select(seat => new VcpuThread(
                            _vcpus[entry.Index][seat.vcpu],
                            KvmCpuid.Features(topology, entry.Vm.Backend) != 0
                        ))
                ),
            ];
            int unit = _hostOfUnit.Count;
            _hostOfUnit.Add(hostIndex);
            Pcpu pcpu = new(topology.Pcpus[cpu], $"{host.Name}/pcpu-{cpu}", topology, threads);
            Add(pcpu, unit, hostIndex);
        }
    }

    private void AddKthread(
        int hostIndex,
        int unit,
        HostTopology topology,
        ImmutableArray<(int Index, VmDescription Vm)> vms
    )
    {
        ImmutableArray<PageEntry> pages =
        [
            .. vms.Where(entry => entry.Vm.Backend == TimerBackend.PvTimer)
                .SelectMany(entry =>
                    entry.Vm.Pcpus.Select(
                        (pcpu, vcpu) =>
                            new PageEntry(
                                _vcpus[entry.Index][vcpu],
                                entry.Index,
                                ClockOf(entry.Vm),
                                topology.Pcpus[pcpu]
                            )
                    )
                ),
        ];
        Add(
            new TimerKthread(
                topology.TimerKthread!.Value,
                $"{topology.Name}/timer-kthread",
                topology,
                pages
            ),
            unit,
            hostIndex
        );
    }

    private void AddVcpus(
        int hostIndex,
        int firstUnit,
        HostTopology topology,
        int vmIndex,
        VmDescription vm
    )
    {
        for (int vcpu = 0; vcpu < vm.Pcpus.Length; vcpu++)
        {
            EntityId id = _vcpus[vmIndex][vcpu];
            TscClock clock = ClockOf(vm);
            GuestSeat seat = new(
                vcpu,
                vm.Pcpus.Length,
                clock,
                topology.Costs,
                new PhiloxSequence(description.Seed, id.Index, ChancePurpose.GuestDeadlines)
            );
            VcpuConfiguration configuration = new(
                id,
                $"{vm.Name}/vcpu-{vcpu}",
                vcpu,
                _vcpus[vmIndex],
                topology,
                topology.Pcpus[vm.Pcpus[vcpu]],
                clock,
                vm.Backend,
                vm.EoiExitVectors,
                vm.InKernelLapic,
                GuestPrograms.Create(vm.Guest, seat)
            );
            Add(new Vcpu(configuration), firstUnit + vm.Pcpus[vcpu], hostIndex);
        }
    }

    private static TscClock ClockOf(VmDescription vm) => new(vm.TscAtStart, vm.GuestTsc);

    private void Add(IEntity entity, int unit, int host)
    {
        if (entity.Id.Index != _entities.Count)
        {
            throw new InvalidOperationException($"{entity.Name} has entity number {entity.Id}");
        }
        _entities.Add(entity);
        _units.Add(unit);
        _hosts.Add(host);
    }
}
