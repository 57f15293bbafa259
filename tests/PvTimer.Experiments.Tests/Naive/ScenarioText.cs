using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Experiments.Tests.Naive.Machine;

namespace PvTimer.Experiments.Tests.Naive;

/// <summary>A configuration as the scenario that says the same.</summary>
internal static class ScenarioText
{
    public static string Of(NaiveConfiguration it) =>
        $$"""
            scenario {
              name = naive, seed = {{it.Seed}}, duration = {{it.Duration}}ns, backends = [hrtimer, pvtimer]
              host {
                cpus = {{it.Pcpus}}, sockets = {{it.Sockets}}, tsc = {{it.HostKilohertz}}khz, timer-cpu = last
                halt-poll = {{it.HaltPoll}}ns, halt-poll-grow = {{it.HaltPollGrow}}
                halt-poll-grow-start = {{it.HaltPollGrowStart}}ns, halt-poll-shrink = {{it.HaltPollShrink}}
                {{it.Costs}}
              }
              pvtimer {
                variant = {{(it.AsPosted ? "as-posted" : "fixed")}}, worker = {{(
                it.Busy ? "busy" : "paced"
            )}}
                scan-period = {{it.ScanPeriod}}ns, padding = {{it.Padding}}cycles
              }
              vms = [
                {{string.Join("\n    ", it.Vms.Select(Vm))}}
              ]
              events = [
                {{string.Join("\n    ", it.Vms.SelectMany(Commands))}}
              ]
            }
            """;

    private static string Vm(NaiveVm vm, int index) =>
        $"{{ name = v{index}, vcpus = {vm.Pcpus.Length}, pin = [{string.Join(", ", vm.Pcpus)}], tsc = {vm.Kilohertz}khz, idle = {(vm.Halts ? "halt" : "poll")}, guest {{ {Guest(vm.Guest)} }} }}";

    private static string Guest(NaiveGuest guest) =>
        guest switch
        {
            NaiveGrid { IsTick: true } tick =>
                $"type = tick, hz = {1_000_000_000 / tick.Period}, no-hz = off, work = {tick.Work}ns",
            NaiveGrid grid =>
                $"type = cyclictest, period = {grid.Period}ns, threads = {grid.Threads}, offset = {grid.Offset}ns, work = {grid.Work}ns",
            NaiveSleeps sleeps =>
                $"type = nanosleep, sleep = {sleeps.Sleep}ns, work = {sleeps.Work}ns",
            NaiveList or NaiveRearms => "type = commanded",
            _ => throw new InvalidOperationException($"{guest} is no guest"),
        };

    private static IEnumerable<string> Commands(NaiveVm vm, int index)
    {
        string sleeps = vm.Halts ? "halt" : "wait";
        string[] steps = vm.Guest switch
        {
            NaiveList list =>
            [
                .. list.Sleeps.SelectMany(sleep => (string[])[$"program {sleep}ns", sleeps]),
            ],
            NaiveRearms rearms =>
            [
                .. rearms.Rounds.SelectMany(round =>
                    (string[])
                        [
                            $"program {round.First}ns",
                            $"compute {round.Work}ns",
                            $"program {round.Second}ns",
                            sleeps,
                        ]
                ),
            ],
            _ => [],
        };
        string does = string.Join(", ", steps.Select(step => $"\"{step}\""));
        return steps.Length == 0
            ? []
            : Enumerable
                .Range(0, vm.Pcpus.Length)
                .Select(vcpu =>
                    $"{{ at = 0ns, guest = \"v{index}/vcpu-{vcpu}\", do = [ {does} ] }}"
                );
    }
}
