using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Guests.Programs;
using PvTimer.Model.Messages;
using PvTimer.Model.Migration;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;
using PvTimer.Model.Vcpus;

namespace PvTimer.Model.Description;

/// <summary>
/// Puts a machine's entities together, in the order of the <see cref="ResidencePlan"/>. The order is part of
/// the trace hash.
/// </summary>
internal sealed class MachineBuilder(MachineDescription description)
{
    private readonly ImmutableArray<IEntity>.Builder _entities =
        ImmutableArray.CreateBuilder<IEntity>();
    private readonly ImmutableArray<int>.Builder _units = ImmutableArray.CreateBuilder<int>();
    private readonly ImmutableArray<int>.Builder _hosts = ImmutableArray.CreateBuilder<int>();
    private readonly List<HostTopology> _topologies = [];
    private readonly List<int> _hostOfUnit = [];
    private readonly ResidencePlan _plan = new(description);
    private readonly int _exactLateness = BoundedDistribution.ShareOf(
        description.Vms.Sum(vm => vm.Pcpus.Length)
    );

    /// <summary>What was built; once, as the builder outlives it.</summary>
    public ImmutableArray<IEntity> TakeEntities() => _entities.DrainToImmutable();

    /// <inheritdoc cref="TakeEntities"/>
    public ImmutableArray<int> TakeUnits() => _units.DrainToImmutable();

    /// <inheritdoc cref="TakeEntities"/>
    public ImmutableArray<int> TakeHosts() => _hosts.DrainToImmutable();

    public ImmutableArray<HostTopology> Topologies => [.. _topologies];

    public ImmutableArray<int> HostOfUnit => [.. _hostOfUnit];

    /// <summary>Of each vCPU all entities that it is at some time, that of its own host first.</summary>
    public ImmutableArray<ImmutableArray<EntityId>> Incarnations =>
        [
            .. _plan
                .Homes.SelectMany(home =>
                    home.Vcpus.Select(
                        (_, vcpu) =>
                            _plan
                                .Of(home.Vm)
                                .Select(residence => residence.Vcpus[vcpu])
                                .ToImmutableArray()
                    )
                )
                .OrderBy(vcpu => vcpu[0].Index),
        ];

    public void Build()
    {
        for (int host = 0; host < description.Hosts.Length; host++)
        {
            BuildHost(host, description.Hosts[host]);
        }
        foreach (Residence residence in _plan.Movers)
        {
            AddMover(residence);
            if (!residence.IsHome)
            {
                AddVcpus(residence);
            }
        }
    }

    /// <summary>
    /// For VMs that wander on their own host a move of each vCPU at every interval, then the events as they
    /// are listed: one more at the end changes nothing before it.
    /// </summary>
    public ImmutableArray<ScriptedMessage> Script() =>
        [
            .. _plan.Homes.SelectMany(Wander),
            .. description.Events.Select(
                (happening, i) =>
                    Scripted(happening, _plan.EventPlaces[i].From, _plan.EventPlaces[i].To)
            ),
        ];

    /// <summary>
    /// An event behind all that are listed. A migration needs a machine that was built for it.
    /// </summary>
    public ScriptedMessage Scripted(MachineEvent happening)
    {
        Residence? here = happening is VmEvent of ? _plan.Last[of.Vm] : null;
        return Scripted(happening, here, here);
    }

    private ScriptedMessage Scripted(MachineEvent happening, Residence? from, Residence? to) =>
        happening switch
        {
            VcpuEvent toVcpu => new ScriptedMessage(
                toVcpu.At,
                from!.Vcpus[toVcpu.Vcpu],
                MessageOf(toVcpu, from)
            ),
            VmPause pause => new ScriptedMessage(
                pause.At,
                from!.Vcpus[0],
                new PauseVm(pause.Length)
            ),
            PcpuStall stall => new ScriptedMessage(
                stall.At,
                _topologies[stall.Host].Pcpus[stall.Pcpu],
                new Stall(stall.Length)
            ),
            PcpuOffline offline => new ScriptedMessage(
                offline.At,
                _topologies[offline.Host].Pcpus[offline.Pcpu],
                GoOffline.Instance
            ),
            VmMigration migration when from?.Migration is { } mover && from != to =>
                new ScriptedMessage(migration.At, mover, new MigrateVm(to!.Migration!.Value)),
            _ => throw new NotSupportedException($"no message for {happening}"),
        };

    private Message MessageOf(VcpuEvent happening, Residence at) =>
        happening switch
        {
            VcpuMove move => new MoveVcpu(_topologies[at.Host].Pcpus[move.ToPcpu]),
            VcpuCommand command => new Command(command.Instructions, command.Handler),
            VcpuInterrupt interrupt => new RaiseInterrupt(interrupt.Vector),
            VcpuSetMsr set => new SetMsr(set.Msr, set.Value),
            VcpuSaveRestore => SaveRestore.Instance,
            _ => throw new NotSupportedException($"no message for {happening}"),
        };

    private IEnumerable<ScriptedMessage> Wander(Residence home)
    {
        VmDescription vm = description.Vms[home.Vm];
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
                yield return new ScriptedMessage(at, home.Vcpus[vcpu], new MoveVcpu(to));
            }
        }
    }

    private void BuildHost(int index, HostDescription host)
    {
        int firstPcpu = _plan.FirstPcpus[index];
        int firstUnit = _hostOfUnit.Count;
        ImmutableArray<EntityId> pcpus =
        [
            .. Enumerable.Range(firstPcpu, host.Cpus).Select(id => new EntityId(id)),
        ];
        bool served = _plan.HasKthread(host);
        ImmutableArray<Residence> residences = [.. _plan.On(index)];
        HostTopology topology = new()
        {
            Name = host.Name,
            Pcpus = pcpus,
            PcpusPerSocket = host.Cpus / host.Sockets,
            Distances = host.Distances,
            TimerPcpu = served ? pcpus[host.TimerCpu!.Value] : null,
            TimerKthread = served ? new EntityId(firstPcpu + host.Cpus) : null,
            HousekeepingPcpu =
                host.TimerCpu is { } keeper
                && _plan.Kinds.Any(vm => vm.BackendOn(host).UsesHousekeepingCpu)
                    ? pcpus[keeper]
                    : null,
            Tsc = host.Tsc,
            Costs = host.Costs,
            HaltPoll = host.HaltPoll,
            HaltPolling = host.HaltPolling,
            TimerAdvance = host.TimerAdvance,
            TunesTimerAdvance = host.TunesTimerAdvance,
            HvTimer = host.HvTimer,
            PvTimer = description.PvTimer,
            Seed = description.Seed,
            Backends =
            [
                .. residences.Select(residence => new BackendOfVm(
                    residence.Vcpus[0],
                    residence.Vcpus.Length,
                    description.Vms[residence.Vm].BackendOn(host)
                )),
            ],
            Weights = residences
                .Where(residence => description.Vms[residence.Vm].Weight != CpuWeight.Usual)
                .SelectMany(residence =>
                    residence.Vcpus.Select(vcpu =>
                        KeyValuePair.Create(vcpu, description.Vms[residence.Vm].Weight)
                    )
                )
                .ToImmutableDictionary(),
            WithoutHaltPolling = [.. _plan.ThatPollThemselves(index)],
            GuestTsc = residences
                .Where(residence =>
                    host.TunesTimerAdvance && description.Vms[residence.Vm].TscScaling
                )
                .SelectMany(residence =>
                    residence.Vcpus.Select(vcpu =>
                        KeyValuePair.Create(vcpu, description.Vms[residence.Vm].GuestTsc)
                    )
                )
                .ToImmutableDictionary(),
        };
        _topologies.Add(topology);
        AddPcpus(index, host, topology, [.. residences.Where(residence => residence.IsHome)]);
        if (served)
        {
            AddKthread(index, firstUnit + host.TimerCpu!.Value, topology, residences);
        }
        foreach (Residence residence in residences.Where(residence => residence.IsHome))
        {
            AddVcpus(residence);
        }
    }

    private void AddPcpus(
        int hostIndex,
        HostDescription host,
        HostTopology topology,
        ImmutableArray<Residence> residences
    )
    {
        for (int cpu = 0; cpu < host.Cpus; cpu++)
        {
            ImmutableArray<(EntityId, CpuBudget?)> threads =
            [
                .. residences.SelectMany(residence =>
                    residence
                        .Pcpus.Select((pcpu, vcpu) => (pcpu, vcpu))
                        .Where(seat => seat.pcpu == cpu)
                        .Select(seat =>
                            (
                                residence.Vcpus[seat.vcpu],
                                CpuBudget.Of(description.Vms[residence.Vm].Bandwidth)
                            )
                        )
                ),
            ];
            int unit = _hostOfUnit.Count;
            _hostOfUnit.Add(hostIndex);
            Pcpu pcpu = new(topology.Pcpus[cpu], topology, threads);
            Add(pcpu, unit, hostIndex);
        }
    }

    private void AddKthread(
        int hostIndex,
        int unit,
        HostTopology topology,
        ImmutableArray<Residence> residences
    )
    {
        ImmutableArray<PageEntry> pages =
        [
            .. residences
                .Where(residence => description.Vms[residence.Vm].Backend.UsesTimerCpu)
                .SelectMany(residence =>
                    residence.Pcpus.Select(
                        (pcpu, vcpu) =>
                            new PageEntry(
                                residence.Vcpus[vcpu],
                                residence.Vm,
                                ClockOf(description.Vms[residence.Vm], vcpu),
                                topology.Pcpus[pcpu]
                            )
                            {
                                IsHere = residence.IsHome,
                            }
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

    private void AddMover(Residence residence) =>
        Add(
            new VmMover(
                residence.Migration!.Value,
                description.Vms[residence.Vm].Name,
                $"{residence.Name}/migration",
                residence.IsHome,
                residence.Vcpus,
                _topologies[residence.Host],
                description.Network!,
                PreCopy.Of(description.Migration, description.Network!)
            ),
            UnitOf(residence.Host, residence.Pcpus[0]),
            residence.Host
        );

    private void AddVcpus(Residence residence)
    {
        VmDescription vm = description.Vms[residence.Vm];
        HostTopology topology = _topologies[residence.Host];
        VmConfiguration shared = new(
            residence.Name,
            residence.Vcpus,
            vm.ApicIds,
            topology,
            vm.BackendOn(description.Hosts[residence.Host])
        )
        {
            EoiExitBitmap = VmConfiguration.BitmapOf(vm.EoiExitVectors),
            InKernelLapic = vm.InKernelLapic,
            IsHome = residence.IsHome,
            ChangesBackend = _plan.ChangesBackend(residence.Vm),
            TscInDowntime = description.Migration.Tsc,
            HasApicv = vm.HasApicv,
            HaltsInGuest = vm.HasMwait || !vm.HltExits,
            HaltPolling = vm.GuestHaltPolling,
            RestoreOrder = vm.RestoreOrder,
            ApicBusCycle = vm.ApicBusCycle,
            HostTsc = vm.TscScaling ? null : description.Hosts[residence.Host].Tsc,
            ExactLateness = _exactLateness,
        };
        for (int vcpu = 0; vcpu < vm.Pcpus.Length; vcpu++)
        {
            // A guest's chances go with it: they hang on the entity that it begins as.
            EntityId home = _plan.HomeOf(residence.Vm).Vcpus[vcpu];
            TscClock clock = ClockOf(vm, vcpu);
            GuestSeat seat = new(
                vcpu,
                vm.Pcpus.Length,
                clock,
                topology.Costs,
                new PhiloxSequence(description.Seed, home.Index, ChancePurpose.GuestDeadlines)
            )
            {
                ApicBusCycle = vm.ApicBusCycle,
            };
            VcpuConfiguration configuration = new(
                shared,
                residence.Vcpus[vcpu],
                vcpu,
                topology.Pcpus[residence.Pcpus[vcpu]],
                clock,
                GuestPrograms.Create(vm.Guest, seat)
            );
            Add(
                new Vcpu(configuration),
                UnitOf(residence.Host, residence.Pcpus[vcpu]),
                residence.Host
            );
        }
    }

    private int UnitOf(int host, int pcpu) => _units[_plan.FirstPcpus[host] + pcpu];

    private TscClock ClockOf(VmDescription vm, int vcpu) =>
        new(
            new TscTicks((ulong)(vm.TscAtStart.Value + ((Int128)vm.TscSkew * vcpu))),
            vm.TscScaling ? vm.GuestTsc : description.Hosts[vm.Host].Tsc
        );

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
