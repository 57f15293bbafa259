using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Properties;

/// <summary>
/// Makes a failing script as small as it can be: fewer VMs, vCPUs, events and instructions, rounder times. It
/// takes any step that leaves it failing, until none does.
/// </summary>
internal static class Shrinking
{
    /// <summary>The most runs that it takes.</summary>
    public const int MostRuns = 2_000;

    /// <param name="failing">A script that fails.</param>
    /// <param name="fails">Whether another one does, too.</param>
    /// <returns>The smallest one found, and how many were tried.</returns>
    public static (Scenario Smallest, int Runs) Shrink(Scenario failing, Func<Scenario, bool> fails)
    {
        int runs = 0;
        bool shrunk = true;
        while (shrunk)
        {
            shrunk = false;
            foreach (Scenario smaller in Smaller(failing))
            {
                if (runs == MostRuns)
                {
                    return (failing, runs);
                }
                runs++;
                if (fails(smaller))
                {
                    failing = smaller;
                    shrunk = true;
                    break;
                }
            }
        }
        return (failing, runs);
    }

    /// <summary>The largest steps first.</summary>
    private static IEnumerable<Scenario> Smaller(Scenario scenario) =>
        WithoutVms(scenario)
            .Concat(WithoutEvents(scenario))
            .Concat(OnOneHost(scenario))
            .Concat(WithFewerVcpus(scenario))
            .Concat(WithQuietGuests(scenario))
            .Concat(WithFewerPcpus(scenario))
            .Concat(WithFewerInstructions(scenario))
            .Concat(WithRounderTimes(scenario));

    private static IEnumerable<Scenario> WithoutVms(Scenario scenario) =>
        scenario.Vms.Length == 1
            ? []
            : scenario.Vms.Select(vm =>
                scenario with
                {
                    Vms = scenario.Vms.Remove(vm),
                    Events = Only(
                        scenario,
                        happening => happening is not VmEventSettings of || of.Vm != $"{vm.Name}-0"
                    ),
                }
            );

    private static IEnumerable<Scenario> WithoutEvents(Scenario scenario) =>
        scenario
            .Events.Where(happening => happening is not MigrateSettings)
            .Select(happening => scenario with { Events = scenario.Events.Remove(happening) })
            .Prepend(
                scenario with
                {
                    Events = Only(scenario, happening => happening is not MigrateSettings),
                }
            )
            .Where(smaller => smaller.Events.Length < scenario.Events.Length);

    private static IEnumerable<Scenario> OnOneHost(Scenario scenario)
    {
        if (scenario.Hosts > 1)
        {
            yield return scenario with
            {
                Hosts = 1,
                Network = null,
                Vms = [.. scenario.Vms.Select(vm => vm with { Host = 0 })],
                Events = Only(
                    scenario,
                    happening =>
                        happening is not (MigrateSettings or PcpuEventSettings { Host: > 0 })
                ),
            };
        }
    }

    private static IEnumerable<Scenario> WithFewerVcpus(Scenario scenario) =>
        scenario
            .Vms.Where(vm => vm.Vcpus > 1)
            .Select(vm =>
                scenario with
                {
                    Vms = scenario.Vms.Replace(vm, vm with { Vcpus = vm.Vcpus - 1 }),
                    Events = Only(
                        scenario,
                        happening =>
                            happening is not VcpuEventSettings of
                            || of.Vm != $"{vm.Name}-0"
                            || of.Vcpu < vm.Vcpus - 1
                    ),
                }
            );

    private static IEnumerable<Scenario> WithQuietGuests(Scenario scenario) =>
        scenario
            .Vms.Where(vm => vm.Guest is not CommandedGuest)
            .Select(vm =>
                scenario with
                {
                    Vms = scenario.Vms.Replace(vm, vm with { Guest = new CommandedGuest() }),
                }
            );

    private static IEnumerable<Scenario> WithFewerPcpus(Scenario scenario)
    {
        HostSettings host = scenario.Host;
        bool isUsed = scenario.Events.Any(happening =>
            happening is MoveSettings or PcpuEventSettings
        );
        if (host.Cpus > 2 && host.TimerCpu == host.Cpus - 1 && host.Sockets == 1 && !isUsed)
        {
            yield return scenario with
            {
                Host = host with { Cpus = host.Cpus - 1, TimerCpu = host.Cpus - 2 },
            };
        }
    }

    private static IEnumerable<Scenario> WithFewerInstructions(Scenario scenario)
    {
        foreach (CommandSettings command in scenario.Events.OfType<CommandSettings>())
        {
            if (command.Handler is not null)
            {
                yield return With(scenario, command, command with { Handler = null });
            }
            for (
                int index = 0;
                command.Instructions.Length > 1 && index < command.Instructions.Length;
                index++
            )
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

    /// <summary>Times and spans in whole milliseconds, or else in whole tens of microseconds.</summary>
    private static IEnumerable<Scenario> WithRounderTimes(Scenario scenario)
    {
        foreach (EventSettings happening in scenario.Events)
        {
            foreach (long grid in new[] { 1_000_000L, 100_000L, 10_000L })
            {
                VirtualDuration rounder = Round(happening.At, grid);
                if (rounder != happening.At && KeepsOrder(scenario, happening, rounder))
                {
                    yield return With(scenario, happening, happening with { At = rounder });
                }
                if (happening is CommandSettings command)
                {
                    CommandSettings simpler = command with
                    {
                        Instructions =
                        [
                            .. command.Instructions.Select(each =>
                                each.WithSpan(Round(each.Span, grid))
                            ),
                        ],
                    };
                    if (!simpler.Instructions.SequenceEqual(command.Instructions))
                    {
                        yield return With(scenario, command, simpler);
                    }
                }
            }
        }
    }

    private static VirtualDuration Round(VirtualDuration span, long grid) =>
        VirtualDuration.FromNanoseconds((span.Nanoseconds / grid) * grid)
            is { Nanoseconds: > 0 } rounder
            ? rounder
            : span;

    private static bool KeepsOrder(Scenario scenario, EventSettings happening, VirtualDuration at)
    {
        int index = scenario.Events.IndexOf(happening);
        return index == 0 || scenario.Events[index - 1].At <= at;
    }

    private static ImmutableArray<EventSettings> Only(
        Scenario scenario,
        Func<EventSettings, bool> stays
    ) => [.. scenario.Events.Where(stays)];

    private static Scenario With(Scenario scenario, EventSettings before, EventSettings after) =>
        scenario with
        {
            Events = scenario.Events.SetItem(scenario.Events.IndexOf(before), after),
        };
}
