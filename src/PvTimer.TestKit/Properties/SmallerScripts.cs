using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Properties;

/// <summary>A script with less in it: scans, virtual time, hosts, VMs, vCPUs, events, programs, pCPUs, instructions.</summary>
internal static class SmallerScripts
{
    private static readonly ImmutableArray<int> SharesOfTime = [1, 4, 6, 7];

    /// <summary>Runs that end sooner end at a multiple of it, in nanoseconds.</summary>
    private const long Grain = 10_000;

    /// <summary>The largest steps first. Each is as valid as the script is.</summary>
    public static IEnumerable<Scenario> Of(Scenario scenario) =>
        WithFewerScans(scenario)
            .Concat(WithLessTime(scenario))
            .Concat(WithoutVms(scenario))
            .Concat(OnOneHost(scenario))
            .Concat(WithoutEvents(scenario))
            .Concat(WithoutVcpus(scenario))
            .Concat(WithoutPrograms(scenario))
            .Concat(WithFewerPcpus(scenario))
            .Concat(WithoutInstructions(scenario))
            .Select(Mended);

    /// <summary>What leaves out little, and may need one more change to fail again.</summary>
    public static IEnumerable<Scenario> Slightly(Scenario scenario) =>
        WithoutInstructions(scenario).Select(Mended);

    /// <summary>A worker that never sleeps costs the most time of all that is tried.</summary>
    private static IEnumerable<Scenario> WithFewerScans(Scenario scenario)
    {
        if (scenario.PvTimer.Worker == WorkerMode.Busy)
        {
            yield return scenario with
            {
                PvTimer = scenario.PvTimer with { Worker = WorkerMode.Paced },
            };
        }
    }

    /// <summary>The run ends sooner, and so do guests whose own programs go on and on.</summary>
    private static IEnumerable<Scenario> WithLessTime(Scenario scenario)
    {
        foreach (int eighths in SharesOfTime)
        {
            long shorter = scenario.Duration.Nanoseconds / 8 * eighths;
            VirtualDuration end = VirtualDuration.FromNanoseconds(shorter - (shorter % Grain));
            if (end.Nanoseconds >= Grain)
            {
                yield return scenario with
                {
                    Duration = end,
                    Events = [.. scenario.Events.Where(happening => happening.At < end)],
                };
            }
        }
    }

    private static IEnumerable<Scenario> WithoutVms(Scenario scenario) =>
        scenario.Vms.Length == 1
            ? []
            : scenario.Vms.Select(vm => scenario with { Vms = scenario.Vms.Remove(vm) });

    private static IEnumerable<Scenario> OnOneHost(Scenario scenario)
    {
        if (scenario.Hosts > 1)
        {
            yield return scenario with
            {
                Hosts = 1,
                Network = null,
                Vms = [.. scenario.Vms.Select(vm => vm with { Host = 0 })],
                OtherHosts = [.. scenario.OtherHosts.Where(other => other.Host == 0)],
            };
        }
    }

    /// <summary>Without all of them, without each half, each quarter, ... each one.</summary>
    private static IEnumerable<Scenario> WithoutEvents(Scenario scenario)
    {
        int count = scenario.Events.Length;
        for (int length = count; length > 0; length /= 2)
        {
            for (int from = 0; from < count; from += length)
            {
                yield return scenario with
                {
                    Events = scenario.Events.RemoveRange(from, Math.Min(length, count - from)),
                };
            }
        }
    }

    /// <summary>Without one of a VM's vCPUs; those behind it get its number.</summary>
    private static IEnumerable<Scenario> WithoutVcpus(Scenario scenario) =>
        scenario
            .Vms.Where(vm => vm.Vcpus > 1)
            .SelectMany(
                vm => Enumerable.Range(0, vm.Vcpus),
                (vm, vcpu) =>
                    scenario with
                    {
                        Vms = scenario.Vms.Replace(
                            vm,
                            vm with
                            {
                                Vcpus = vm.Vcpus - 1,
                                PinList = vm.PinList.IsEmpty ? [] : vm.PinList.RemoveAt(vcpu),
                            }
                        ),
                        Events =
                        [
                            .. scenario
                                .Events.Where(each => !IsOf(each, vm) || VcpuOf(each) != vcpu)
                                .Select(each =>
                                    each is VcpuEventSettings of && IsOf(of, vm) && of.Vcpu > vcpu
                                        ? of with
                                        {
                                            Vcpu = of.Vcpu - 1,
                                        }
                                        : each
                                ),
                        ],
                    }
            );

    private static IEnumerable<Scenario> WithoutPrograms(Scenario scenario) =>
        scenario
            .Vms.Where(vm => vm.Guest != new CommandedGuest())
            .Select(vm =>
                scenario with
                {
                    Vms = scenario.Vms.Replace(vm, vm with { Guest = new CommandedGuest() }),
                }
            );

    /// <summary>The last pCPU is the timer CPU, and stays it.</summary>
    private static IEnumerable<Scenario> WithFewerPcpus(Scenario scenario)
    {
        HostSettings host = scenario.Host;
        if (host.Cpus > 2 && host.TimerCpu == host.Cpus - 1)
        {
            yield return scenario with
            {
                Host = host with
                {
                    Cpus = host.Cpus - 1,
                    TimerCpu = host.Cpus - 2,
                    Sockets = 1,
                    Distances = null,
                },
            };
        }
    }

    private static IEnumerable<Scenario> WithoutInstructions(Scenario scenario)
    {
        foreach (CommandSettings command in scenario.Events.OfType<CommandSettings>())
        {
            if (command.Handler is { } handler)
            {
                yield return With(scenario, command, command with { Handler = null });
                yield return With(
                    scenario,
                    command,
                    command with
                    {
                        Instructions = handler,
                        Handler = null,
                    }
                );
                for (int index = 0; handler.Length > 1 && index < handler.Length; index++)
                {
                    yield return With(
                        scenario,
                        command,
                        command with
                        {
                            Handler = handler.RemoveAt(index),
                        }
                    );
                }
            }
            for (int index = 0; index < command.Instructions.Length; index++)
            {
                yield return With(
                    scenario,
                    command,
                    command with
                    {
                        Instructions = command.Instructions.RemoveAt(index),
                    }
                );
            }
        }
    }

    /// <summary>What a smaller machine has no place for is left out or finds another one.</summary>
    private static Scenario Mended(Scenario scenario)
    {
        Dictionary<string, (VmSettings Of, int Host)> vms = scenario.Instances.ToDictionary(
            vm => vm.Name,
            vm => (vm.Of, vm.Host),
            StringComparer.Ordinal
        );
        int lastPcpu = scenario.Host.Cpus - 1;
        List<EventSettings> events = [];
        foreach (EventSettings happening in scenario.Events)
        {
            switch (happening)
            {
                case MigrateSettings migrate:
                    if (
                        migrate.ToHost < scenario.Hosts
                        && vms.TryGetValue(migrate.Vm, out (VmSettings Of, int Host) moved)
                        && moved.Host != migrate.ToHost
                    )
                    {
                        vms[migrate.Vm] = (moved.Of, migrate.ToHost);
                        events.Add(migrate);
                    }
                    break;
                case VcpuEventSettings of
                    when !vms.TryGetValue(of.Vm, out (VmSettings Of, int Host) vm)
                        || of.Vcpu >= vm.Of.Vcpus:
                case CommandSettings { Instructions.IsEmpty: true, Handler: null }:
                    break;
                case MoveSettings move when scenario.Host.TimerCpu == lastPcpu:
                    events.Add(move with { ToPcpu = Math.Min(move.ToPcpu, lastPcpu - 1) });
                    break;
                case PcpuEventSettings of when of.Host >= scenario.Hosts:
                    break;
                case OfflineSettings offline when scenario.Host.TimerCpu is { } timerCpu:
                    events.Add(offline with { Pcpu = timerCpu });
                    break;
                case PcpuEventSettings of:
                    events.Add(of with { Pcpu = Math.Min(of.Pcpu, lastPcpu) });
                    break;
                default:
                    events.Add(happening);
                    break;
            }
        }
        return scenario with
        {
            Events = [.. events],
            Vms =
            [
                .. scenario.Vms.Select(vm =>
                    vm with
                    {
                        PinList = [.. vm.PinList.Select(pin => Math.Min(pin, lastPcpu - 1))],
                    }
                ),
            ],
        };
    }

    private static bool IsOf(EventSettings happening, VmSettings vm) =>
        happening is VmEventSettings of && of.Vm == $"{vm.Name}-0";

    private static int? VcpuOf(EventSettings happening) => (happening as VcpuEventSettings)?.Vcpu;

    private static Scenario With(Scenario scenario, EventSettings before, EventSettings after) =>
        scenario with
        {
            Events = scenario.Events.Replace(before, after, ReferenceEqualityComparer.Instance),
        };
}
