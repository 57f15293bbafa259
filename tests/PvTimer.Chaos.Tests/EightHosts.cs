using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Scenarios;

namespace PvTimer.Chaos.Tests;

/// <summary>
/// The machine that is run while the cluster falls apart: eight hosts with more vCPUs than pCPUs for them, and
/// VMs that migrate while they run. How long it runs depends on the policy, so that every run takes a second or two.
/// </summary>
internal static class EightHosts
{
    private static readonly ConcurrentDictionary<string, string> Hashes = new(
        StringComparer.Ordinal
    );

    private static readonly string[] Happenings =
    [
        "migrate = web-0, to = h4",
        "migrate = rt-2, to = h7",
        "move = rt-1/vcpu-0, to = pcpu-1",
        "migrate = web-7, to = h3",
        "migrate = batch-1, to = h6",
        "migrate = web-0, to = h0",
        "migrate = rt-2, to = h1",
    ];

    /// <summary>The smaller the lookahead, the more windows a microsecond has.</summary>
    private static int Microseconds(string policy) =>
        policy switch
        {
            "spread" => 1_200,
            "dedicated" => 1_500,
            _ => 40_000,
        };

    /// <summary>Writes the scenario for a policy; returns its path.</summary>
    public static string Write(string folder, string policy, int nodes)
    {
        // One process alone has no windows to wait for.
        int duration = nodes == 1 ? 12 * Microseconds("pack-by-host") : Microseconds(policy);
        string events = string.Concat(
            Happenings.Select(
                (what, index) =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"    {{ at = {(index + 1) * duration / 10}us, {what} }}\n"
                    )
            )
        );
        string file = Path.Combine(
            folder,
            $"eight-hosts-{policy}{(nodes == 1 ? "-alone" : "")}.conf"
        );
        File.WriteAllText(
            file,
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                scenario {
                  name = chaos
                  seed = 8
                  duration = {{duration}}us
                  backends = [pvtimer]
                  hosts = 8
                  host { cpus = 3, costs = "{{Path.Combine(
                    Repository(),
                    "config/costs/cascadelake-kvm.conf"
                )}}" }
                  placement { policy = {{policy}} }
                  network { latency = 50us, bandwidth = 10gbit/s }
                  migration { memory = 128kib, dirty-rate = 10mib/s, max-downtime = 50us }
                  vms = [
                    { name = web, count = 8, vcpus = 2, guest { type = exponential, mean = 100us } }
                    { name = rt, count = 8, vcpus = 1, guest { type = cyclictest, period = 100us, work = 10us } }
                    { name = batch, count = 4, vcpus = 2, guest { type = nanosleep, sleep = 100us, work = 50us } }
                  ]
                  events = [
                {{events}}  ]
                }

                """
            )
        );
        return file;
    }

    /// <summary>The trace hash that the sequential engine gives.</summary>
    public static string HashOf(string file) =>
        Hashes.GetOrAdd(
            File.ReadAllText(file),
            _ =>
            {
                Scenario scenario = ScenarioReader.Read(file, []);
                EmulatedMachine machine = EmulatedMachine.Build(
                    MachineDescriptionBuilder.Build(scenario, TimerBackends.PvTimer)
                );
                return SequentialEngine.Run(machine, new RunOptions()).TraceHash;
            }
        );

    /// <summary>The repository, found upwards from the assembly.</summary>
    public static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "PvTimer.Actors.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new DirectoryNotFoundException("not below the repository");
    }
}
