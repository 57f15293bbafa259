using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Scenarios;

/// <summary>
/// Puts vCPUs on the pCPUs of one host, VM after VM in the scenario's order, so that the same scenario
/// always gives the same places.
/// </summary>
internal sealed class Placement(HostSettings host)
{
    private readonly int[] _load = new int[host.Cpus];
    private readonly Dictionary<string, ImmutableArray<int>> _guests = [];

    /// <summary>For each vCPU of a VM its pCPU.</summary>
    public ImmutableArray<int> Place(VmSettings vm)
    {
        List<int> places = [];
        for (int vcpu = 0; vcpu < vm.Vcpus; vcpu++)
        {
            int cpu = vm.Pin == PinPolicy.Listed ? vm.PinList[vcpu] : LeastLoaded(vm.Pin);
            _load[cpu]++;
            places.Add(cpu);
        }
        return [.. places];
    }

    /// <summary>The same for a VM that is migrated here: it has its place once and for all.</summary>
    public ImmutableArray<int> PlaceGuest(VmSettings vm, string instance)
    {
        if (!_guests.TryGetValue(instance, out ImmutableArray<int> places))
        {
            _guests.Add(instance, places = Place(vm));
        }
        return places;
    }

    private int LeastLoaded(PinPolicy policy) =>
        Enumerable
            .Range(0, host.Cpus)
            .Where(host.TakesVcpus)
            .OrderBy(cpu => _load[cpu])
            .ThenBy(cpu => policy == PinPolicy.Spread ? LoadOfSocket(cpu / host.CpusPerSocket) : 0)
            .ThenBy(cpu => cpu)
            .First();

    private int LoadOfSocket(int socket) =>
        _load.Skip(socket * host.CpusPerSocket).Take(host.CpusPerSocket).Sum();
}
