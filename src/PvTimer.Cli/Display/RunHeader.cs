using System.Globalization;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>What is said before the first event: enough to know later what was run.</summary>
internal static class RunHeader
{
    public static string Of(Scenario scenario, EngineKind engine, int nodes, int regions)
    {
        HostSettings host = scenario.Host;
        PvTimerParameters pvTimer = scenario.PvTimer;
        string variant = pvTimer.Variant == PvTimerVariant.AsPosted ? "as-posted" : "fixed";
        string worker = pvTimer.Worker == WorkerMode.Busy ? "busy" : "paced";
        string timerCpu = host.TimerCpu is { } cpu
            ? cpu.ToString(CultureInfo.InvariantCulture)
            : "none";
        int vms = scenario.Vms.Sum(vm => vm.Count);
        int vcpus = scenario.Vms.Sum(vm => vm.Count * vm.Vcpus);
        string engineName = engine == EngineKind.Actors ? "actors" : "sequential";
        string where =
            nodes == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"nodes {nodes}, each ");
        string backends = string.Join(", ", scenario.Backends.Select(backend => backend.Name));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            pvtimer {BuildIdentity.Current}, seed {scenario.Seed}
            {scenario.Name}: {Quantities.Span(
                scenario.Duration.Nanoseconds
            )} of virtual time on {backends}; engine {engineName}, {where}regions {regions}
            hosts {scenario.Hosts}, each cpus {host.Cpus}, sockets {host.Sockets}, tsc {Units.Write(
                host.Tsc
            )}, timer-cpu {timerCpu}, halt-poll {Units.Write(
                host.HaltPoll
            )}, costs {host.Costs.Name}{string.Concat(scenario.OtherHosts.Select(Other))}
            vms {vms}, vcpus {vcpus}; pvtimer {variant}, worker {worker}, scan-period {Units.Write(
                pvTimer.ScanPeriod
            )}, padding {pvTimer.PaddingCycles}cycles{string.Concat(scenario.Vms.Select(Own))}

            """
        );
    }

    private static string Other(OtherHostSettings host) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"\nbut h{host.Host} tsc {Units.Write(host.Tsc)}, halt-poll {Units.Write(host.HaltPoll)}, costs {host.Costs.Name}{(host.Backend is { } backend ? $", back-end {backend}" : "")}"
        );

    /// <summary>Which back-end a VM has in every run.</summary>
    private static string Own(VmSettings vm) =>
        vm.Backend is { } own ? $"\nvm {vm.Name} on {own} in every run" : "";
}
