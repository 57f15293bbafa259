using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Description;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Synthetic;

namespace PvTimer.Scenarios;

/// <summary>Turns a scenario into the machine that one of its back-ends needs.</summary>
public static class MachineDescriptionBuilder
{
    /// <summary>
    /// The machine with every VM on that back-end, if it has none of its own. Where vCPUs run is the same for all back-ends: the
    /// timer CPU is kept free for its kthread, and idle on a back-end that has none.
    /// </summary>
    public static MachineDescription Build(Scenario scenario, TimerBackend backend)
    {
        Placement[] places =
        [
            .. Enumerable.Range(0, scenario.Hosts).Select(_ => new Placement(scenario.Host)),
        ];
        ImmutableArray<(VmSettings Of, string Name, int Host)> instances = [.. scenario.Instances];
        CostProfile quiet = scenario.Host.Costs with { Noise = null };
        ImmutableArray<HostDescription> hosts =
        [
            .. Enumerable.Range(0, scenario.Hosts).Select(index => Host(scenario, index, quiet)),
        ];
        ImmutableArray<VmDescription> vms =
        [
            .. instances.Select(vm =>
            {
                TscFrequency rate = vm.Of.Tsc ?? hosts[vm.Host].Tsc;
                return new VmDescription(
                    vm.Name,
                    vm.Host,
                    TimerBackends.For(vm.Of.ClockEvent) ?? vm.Of.Backend ?? backend,
                    places[vm.Host].Place(vm.Of),
                    rate,
                    vm.Of.TscAtStart(rate, scenario.Host.Uptime),
                    vm.Of.MoveEvery,
                    vm.Of.Guest
                )
                {
                    KeepsBackend =
                        vm.Of.Backend is not null || vm.Of.ClockEvent != ClockEvent.Lapic,
                    RestoreOrder = vm.Of.RestoreOrder,
                    ApicBusCycle = vm.Of.ApicBusCycle,
                    TscSkew = vm.Of.TscSkew,
                    TscScaling = vm.Of.TscScaling,
                    Bandwidth = vm.Of.Bandwidth,
                    Weight = vm.Of.Weight,
                    HasApicv = vm.Of.HasApicv,
                    HltExits = vm.Of.HltExits,
                    HasMwait = vm.Of.HasMwait,
                    GuestHaltPolling = vm.Of.GuestHaltPolling,
                };
            }),
        ];
        return new MachineDescription(
            scenario.Seed,
            scenario.Duration,
            hosts,
            vms,
            scenario.PvTimer,
            [.. scenario.Events.Select(happening => Event(happening, instances, places))]
        )
        {
            Network = scenario.Network,
            Migration = scenario.Migration,
            StepsThroughAll = !scenario.IsLazy,
        };
    }

    /// <summary>
    /// All VMs by name with the host that each begins on: the one that is said, otherwise hosts in turn.
    /// </summary>
    internal static IEnumerable<(VmSettings Of, string Name, int Host)> InstancesOf(
        ImmutableArray<VmSettings> vms,
        int hosts
    )
    {
        int turn = 0;
        foreach (VmSettings vm in vms)
        {
            foreach (string name in InstancesOf(vm))
            {
                yield return (vm, name, vm.Host ?? turn++ % hosts);
            }
        }
    }

    /// <summary>The names of a VM's instances: "web-0", "web-1".</summary>
    internal static IEnumerable<string> InstancesOf(VmSettings vm) =>
        Enumerable
            .Range(0, vm.Count)
            .Select(index => string.Create(CultureInfo.InvariantCulture, $"{vm.Name}-{index}"));

    /// <param name="scenario">Whose.</param>
    /// <param name="index">Which.</param>
    /// <param name="quiet">The costs that are usual without noise: hosts share them.</param>
    private static HostDescription Host(Scenario scenario, int index, CostProfile quiet)
    {
        HostSettings usual = scenario.Host;
        OtherHostSettings host = scenario.HostOf(index);
        return new HostDescription(
            string.Create(CultureInfo.InvariantCulture, $"h{index}"),
            usual.Cpus,
            usual.Sockets,
            host.Tsc,
            usual.TimerCpu,
            usual.Noise ? host.Costs
                : host.Costs == usual.Costs ? quiet
                : host.Costs with { Noise = null },
            host.HaltPoll,
            host.TimerAdvance,
            usual.HvTimer
        )
        {
            Distances = usual.Distances,
            HaltPolling = usual.HaltPolling,
            TunesTimerAdvance = host.TunesTimerAdvance,
            Backend = host.Backend,
        };
    }

    /// <summary>An event that need not be among the scenario's.</summary>
    /// <param name="scenario">What it happens to.</param>
    /// <param name="happening">Anything but a migration, which needs a place to go to.</param>
    public static MachineEvent EventOf(Scenario scenario, EventSettings happening)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return Event(happening, [.. scenario.Instances], places: []);
    }

    /// <summary>
    /// A migrated VM gets the least used pCPUs of its new host; nobody makes room there for it, and what it
    /// leaves behind stays reserved for its return.
    /// </summary>
    private static MachineEvent Event(
        EventSettings happening,
        ImmutableArray<(VmSettings Of, string Name, int Host)> instances,
        Placement[] places
    )
    {
        switch (happening)
        {
            case VcpuEventSettings toVcpu:
                return VcpuEventOf(toVcpu, IndexOf(toVcpu, instances));
            case MigrateSettings migrate:
                int vm = IndexOf(migrate, instances);
                return new VmMigration(
                    VirtualTime.Zero + migrate.At,
                    vm,
                    migrate.ToHost,
                    places[migrate.ToHost].PlaceGuest(instances[vm].Of, migrate.Vm)
                );
            case PauseSettings pause:
                return new VmPause(
                    VirtualTime.Zero + pause.At,
                    IndexOf(pause, instances),
                    pause.Length
                );
            case StallSettings stall:
                return new PcpuStall(
                    VirtualTime.Zero + stall.At,
                    stall.Host,
                    stall.Pcpu,
                    stall.Length
                );
            case OfflineSettings offline:
                return new PcpuOffline(VirtualTime.Zero + offline.At, offline.Host, offline.Pcpu);
            default:
                throw new ArgumentOutOfRangeException(nameof(happening));
        }
    }

    private static int IndexOf(
        VmEventSettings happening,
        IEnumerable<(VmSettings Of, string Name, int Host)> instances
    ) => instances.TakeWhile(vm => vm.Name != happening.Vm).Count();

    private static VcpuEvent VcpuEventOf(VcpuEventSettings happening, int vm)
    {
        VirtualTime at = VirtualTime.Zero + happening.At;
        int vcpu = happening.Vcpu;
        return happening switch
        {
            MoveSettings move => new VcpuMove(at, vm, vcpu, move.ToPcpu),
            CommandSettings command => new VcpuCommand(
                at,
                vm,
                vcpu,
                command.Instructions,
                command.Handler
            ),
            InterruptSettings interrupt => new VcpuInterrupt(at, vm, vcpu, interrupt.Vector),
            SetMsrSettings set => new VcpuSetMsr(at, vm, vcpu, set.Msr, set.Value),
            SaveRestoreSettings => new VcpuSaveRestore(at, vm, vcpu),
            _ => throw new ArgumentOutOfRangeException(nameof(happening)),
        };
    }
}
