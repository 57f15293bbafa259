using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Description;

/// <summary>
/// Which entity is who. Per host in this order: its pCPUs, its timer kthread if it has one, the vCPUs of the
/// VMs that are on it when the run begins. Behind all hosts, in the order of the events: what migrations need.
/// So an event at the end of the list changes no entity's number.
/// </summary>
internal sealed class ResidencePlan
{
    private readonly MachineDescription _description;
    private readonly List<Residence> _residences = [];

    /// <summary>Where they stand among the residences: by host, and by VM with its own host first.</summary>
    private readonly List<int>[] _ofHost;
    private readonly List<int>[] _ofVm;
    private readonly bool _hasKthreads;
    private readonly Residence[] _residenceAt;
    private int _next;

    public ResidencePlan(MachineDescription description)
    {
        _description = description;
        _ofHost = Lists(description.Hosts.Length);
        _ofVm = Lists(description.Vms.Length);
        Kinds = [.. description.Vms.DistinctBy(vm => (vm.KeepsBackend, vm.Backend, vm.HasMwait))];
        _hasKthreads = Kinds.Any(vm => vm.Backend.UsesTimerCpu);
        ILookup<int, int> vmsOfHost = Enumerable
            .Range(0, description.Vms.Length)
            .ToLookup(vm => description.Vms[vm].Host);
        FirstPcpus =
        [
            .. description.Hosts.Select((host, index) => NumberHost(host, index, vmsOfHost[index])),
        ];
        _residenceAt = [.. Homes];
        EventPlaces = [.. description.Events.Select(Place)];
    }

    /// <summary>One VM for each way to choose a back-end on a host.</summary>
    public ImmutableArray<VmDescription> Kinds { get; }

    /// <summary>By host, the entity of its first pCPU.</summary>
    public ImmutableArray<int> FirstPcpus { get; }

    /// <summary>
    /// By event, where it meets its VM, if it is about one; for a migration also where it brings it to.
    /// </summary>
    public ImmutableArray<(Residence? From, Residence? To)> EventPlaces { get; }

    /// <summary>Where all events together bring each VM.</summary>
    public ImmutableArray<Residence> Last => [.. _residenceAt];

    /// <summary>Everything that VMs have on one host: first of those that begin there, in their order.</summary>
    public IEnumerable<Residence> On(int host) => _ofHost[host].Select(index => _residences[index]);

    /// <summary>Where the VMs begin, in the order of the VMs.</summary>
    public IEnumerable<Residence> Homes => _description.Vms.Select((_, vm) => HomeOf(vm));

    /// <summary>What migrations need, in the order of the entities.</summary>
    public IEnumerable<Residence> Movers =>
        _residences
            .Where(residence => residence.Migration is not null)
            .OrderBy(residence => residence.Migration!.Value.Index);

    /// <summary>All places of one VM, its own host first.</summary>
    public IEnumerable<Residence> Of(int vm) => _ofVm[vm].Select(index => _residences[index]);

    public Residence HomeOf(int vm) => _residences[_ofVm[vm][0]];

    /// <summary>
    /// A host has a timer kthread if it has a dedicated CPU and the machine a VM that could come and use it:
    /// without one nothing starts it, and the baseline has that pCPU to itself.
    /// </summary>
    public bool HasKthread(HostDescription host) => host.TimerCpu is not null && _hasKthreads;

    /// <summary>The vCPUs on a host at some time whose guests poll before they halt, so that the host does not.</summary>
    public IEnumerable<EntityId> ThatPollThemselves(int host) =>
        On(host)
            .Where(residence => _description.Vms[residence.Vm].GuestHaltPolling is not null)
            .SelectMany(residence => residence.Vcpus);

    /// <summary>
    /// Not on all hosts a VM has the same back-end, whether it comes to them or not: what is frozen does not depend on what
    /// happens later.
    /// </summary>
    /// <exception cref="ArgumentException">Its guest would have to change with it.</exception>
    public bool ChangesBackend(int vm)
    {
        ImmutableArray<TimerBackend> all =
        [
            .. Of(vm)
                .Select(residence =>
                    _description.Vms[vm].BackendOn(_description.Hosts[residence.Host])
                )
                .Distinct(),
        ];
        if (all.Length == 1)
        {
            return _description.Hosts.Any(host => _description.Vms[vm].BackendOn(host) != all[0]);
        }
        return all.FirstOrDefault(backend => !backend.IsTransparent) is not { } odd
            ? true
            : throw new ArgumentException(
                $"{_description.Vms[vm].Name}: its guest has {odd} on one host and not on another",
                nameof(vm)
            );
    }

    private int NumberHost(HostDescription host, int index, IEnumerable<int> vms)
    {
        int firstPcpu = _next;
        _next += host.Cpus + (HasKthread(host) ? 1 : 0);
        foreach (int vm in vms)
        {
            VmDescription of = _description.Vms[vm];
            ImmutableArray<EntityId> vcpus = Take(of.Pcpus.Length);
            Add(new Residence(vm, index, of.Name, of.Pcpus, true, vcpus, null));
        }
        return firstPcpu;
    }

    private void Add(Residence residence)
    {
        _ofHost[residence.Host].Add(_residences.Count);
        _ofVm[residence.Vm].Add(_residences.Count);
        _residences.Add(residence);
    }

    private static List<int>[] Lists(int count)
    {
        var lists = new List<int>[count];
        for (int index = 0; index < count; index++)
        {
            // Most hosts and VMs have one.
            lists[index] = new List<int>(1);
        }
        return lists;
    }

    private (Residence? From, Residence? To) Place(MachineEvent happening)
    {
        if (happening is not VmMigration migration)
        {
            Residence? here = happening is VmEvent of ? _residenceAt[of.Vm] : null;
            return (here, here);
        }
        int vm = migration.Vm;
        bool placed = migration.Pcpus.Length == _description.Vms[vm].Pcpus.Length;
        if (_description.Network is null || migration.ToHost == _residenceAt[vm].Host || !placed)
        {
            throw new ArgumentException($"{migration} has nowhere to go", nameof(happening));
        }
        HostDescription there = _description.Hosts[migration.ToHost];
        HostDescription left = _description.Hosts[_residenceAt[vm].Host];
        if (there.TimerCpu is null != left.TimerCpu is null)
        {
            throw new ArgumentException(
                $"{migration}: its guest knows another CPUID",
                nameof(happening)
            );
        }
        Residence home = HomeOf(vm);
        if (home.Migration is null)
        {
            _residences[_ofVm[vm][0]] = home with { Migration = Take(1)[0] };
        }
        Residence from = Find(vm, _residenceAt[vm].Host)!;
        _residenceAt[vm] = Find(vm, migration.ToHost) ?? Settle(migration);
        return (from, _residenceAt[vm]);
    }

    private Residence Settle(VmMigration migration)
    {
        VmDescription vm = _description.Vms[migration.Vm];
        string host = _description.Hosts[migration.ToHost].Name;
        EntityId mover = Take(1)[0];
        Residence residence = new(
            migration.Vm,
            migration.ToHost,
            $"{vm.Name}@{host}",
            migration.Pcpus,
            IsHome: false,
            Take(vm.Pcpus.Length),
            mover
        );
        Add(residence);
        return residence;
    }

    private Residence? Find(int vm, int host) =>
        Of(vm).FirstOrDefault(residence => residence.Host == host);

    private ImmutableArray<EntityId> Take(int count)
    {
        int first = _next;
        _next += count;
        return [.. Enumerable.Range(first, count).Select(id => new EntityId(id))];
    }
}
