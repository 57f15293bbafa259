using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Description;
using PvTimer.Model.Time;

namespace PvTimer.Scenarios;

/// <summary>Turns a scenario into the machine that one of its back-ends needs.</summary>
public static class MachineDescriptionBuilder
{
    /// <summary>
    /// The machine with every VM on that back-end. Where vCPUs run is the same for all back-ends: the
    /// timer CPU is kept free for its kthread, and idle on a back-end that has none.
    /// </summary>
    public static MachineDescription Build(Scenario scenario, TimerBackend backend)
    {
        ImmutableArray<VmDescription> vms = [.. PlaceVms(scenario, backend)];
        return new MachineDescription(
            scenario.Seed,
            scenario.Duration,
            [.. Enumerable.Range(0, scenario.Hosts).Select(index => Host(scenario, index))],
            vms,
            scenario.PvTimer,
            [
                .. scenario
                    .Moves.OrderBy(move => move.At)
                    .Select(move => new VcpuMove(
                        VirtualTime.Zero + move.At,
                        IndexOf(vms, move.Vm),
                        move.Vcpu,
                        move.ToPcpu
                    )),
            ]
        );
    }

    /// <summary>The names of a VM's instances: "web-0", "web-1".</summary>
    internal static IEnumerable<string> InstancesOf(VmSettings vm) =>
        Enumerable
            .Range(0, vm.Count)
            .Select(index => string.Create(CultureInfo.InvariantCulture, $"{vm.Name}-{index}"));

    private static HostDescription Host(Scenario scenario, int index) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"h{index}"),
            scenario.Host.Cpus,
            scenario.Host.Sockets,
            scenario.Host.Tsc,
            scenario.Host.TimerCpu,
            scenario.Host.Costs,
            scenario.Host.HaltPoll,
            scenario.Host.TimerAdvance,
            scenario.Host.HvTimer
        );

    private static IEnumerable<VmDescription> PlaceVms(Scenario scenario, TimerBackend backend)
    {
        Placement[] hosts =
        [
            .. Enumerable.Range(0, scenario.Hosts).Select(_ => new Placement(scenario.Host)),
        ];
        int turn = 0;
        foreach (VmSettings vm in scenario.Vms)
        {
            foreach (string name in InstancesOf(vm))
            {
                int host = vm.Host ?? turn++ % scenario.Hosts;
                yield return new VmDescription(
                    name,
                    host,
                    backend,
                    hosts[host].Place(vm),
                    vm.Tsc,
                    vm.TscAtStart,
                    vm.MoveEvery,
                    vm.Guest
                );
            }
        }
    }

    private static int IndexOf(ImmutableArray<VmDescription> vms, string name)
    {
        for (int index = 0; index < vms.Length; index++)
        {
            if (vms[index].Name == name)
            {
                return index;
            }
        }
        throw new ArgumentException($"no VM is called '{name}'", nameof(name));
    }
}
