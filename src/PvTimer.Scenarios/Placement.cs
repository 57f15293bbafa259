using System.Collections.Generic;
using System.Collections.Immutable;

namespace PvTimer.Scenarios;

/// <summary>
/// Puts vCPUs on the pCPUs of one host, VM after VM in the scenario's order, so that the same scenario
/// always gives the same places.
/// </summary>
internal sealed class Placement(HostSettings host)
{
    private readonly int[] _load = new int[host.Cpus];
    private readonly int[] _loadOfSocket = new int[host.Sockets];
    private readonly Dictionary<string, ImmutableArray<int>> _guests = [];

    /// <summary>For each vCPU of a VM its pCPU.</summary>
    public ImmutableArray<int> Place(VmSettings vm)
    {
        List<int> places = [];
        for (int vcpu = 0; vcpu < vm.Vcpus; vcpu++)
        {
            int cpu = vm.Pin == PinPolicy.Listed ? vm.PinList[vcpu] : LeastLoaded(vm.Pin);
            _load[cpu]++;
            _loadOfSocket[SocketOf(cpu)]++;
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

    /// <summary>The first of those with the least on it; if sockets are taken in turn, on the least used socket.</summary>
    private int LeastLoaded(PinPolicy policy)
    {
        int least = -1;
        for (int cpu = 0; cpu < host.Cpus; cpu++)
        {
            if (
                host.TakesVcpus(cpu)
                && (least < 0 || Rank(cpu, policy).CompareTo(Rank(least, policy)) < 0)
            )
            {
                least = cpu;
            }
        }
        return least;
    }

    private (int Load, int OfSocket) Rank(int cpu, PinPolicy policy) =>
        (_load[cpu], policy == PinPolicy.Spread ? _loadOfSocket[SocketOf(cpu)] : 0);

    private int SocketOf(int cpu) => cpu / host.CpusPerSocket;
}
