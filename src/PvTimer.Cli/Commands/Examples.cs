using System;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace PvTimer.Cli.Commands;

/// <summary>How each command is used; every command has at least one line here.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, string[]> All = new(StringComparer.Ordinal)
    {
        ["pvtimer"] =
        [
            "pvtimer run config/scenarios/quickstart.conf",
            "pvtimer trace inspect config/traces/cyclictest-1ms.ftrace.gz",
        ],
        ["pvtimer run"] =
        [
            "pvtimer run quickstart",
            "pvtimer run my.conf --backend hrtimer,pvtimer --seed 7 --set host.halt-poll=0ns --out runs/mine",
            "pvtimer run config/scenarios/two-hosts.conf --nodes 3 --console",
            "pvtimer run --resume runs/two-hosts-42",
        ],
        ["pvtimer sweep"] =
        [
            "pvtimer sweep config/scenarios/quickstart.conf --over pvtimer.scan-period=50us..1ms:x2",
            "pvtimer sweep my.conf --over vms.0.vcpus=1..16:x2 --over host.halt-poll=0ns,200us --repeat 10",
            "pvtimer sweep my.conf --over 'host.cpus=3,5,9; vms.0.vcpus=2,4,8' --out runs/scale",
            "pvtimer sweep --resume runs/scale",
        ],
        ["pvtimer optimise"] =
        [
            "pvtimer optimise config/scenarios/quickstart.conf --over pvtimer.scan-period=50us..1ms:+50us --objective pvtimer.lateness.p99 --subject-to 'cpu < 1'",
            "pvtimer optimise my.conf --over vms.0.vcpus=1..64:x2 --over host.halt-poll=0ns,200us --objective cpu --objective lateness.p99",
        ],
        ["pvtimer query"] =
        [
            "pvtimer query \"select backend, avg(value) from results where metric = 'lateness_ns.p99' group by backend\" runs/sweep-quickstart-42",
        ],
        ["pvtimer node"] =
        [
            "pvtimer node --port 4053 --name alpha",
            "pvtimer node --port 0 --join 127.0.0.1:4053 --roles timer",
            "pvtimer node --port 4053 --discover 127.0.0.1:4053,127.0.0.1:4054",
        ],
        ["pvtimer cluster"] = ["pvtimer cluster status"],
        ["pvtimer cluster status"] =
        [
            "pvtimer cluster status",
            "pvtimer cluster status --endpoint 127.0.0.1:4053 --json",
        ],
        ["pvtimer cluster members"] = ["pvtimer cluster members --run runs/two-hosts-42"],
        ["pvtimer cluster advise"] = ["pvtimer cluster advise --for 5s"],
        ["pvtimer cluster shards"] = ["pvtimer cluster shards"],
        ["pvtimer cluster move"] =
        [
            "pvtimer cluster move h1 node-3",
            "pvtimer cluster move h3/p7 node-2 --reason 'node-1 is full'",
        ],
        ["pvtimer cluster drain"] = ["pvtimer cluster drain node-2"],
        ["pvtimer cluster leave"] = ["pvtimer cluster leave node-2"],
        ["pvtimer cluster down"] = ["pvtimer cluster down node-2 --reason 'its machine is gone'"],
        ["pvtimer cluster checkpoint"] = ["pvtimer cluster checkpoint"],
        ["pvtimer cluster inject"] =
        [
            "pvtimer cluster inject '{ migrate = web-0, to = h2 }'",
            "pvtimer cluster inject '{ at = 20ms, stall = h0/pcpu-3, for = 1ms }'",
        ],
        ["pvtimer cluster hold"] =
        [
            "pvtimer cluster hold 5ms",
            "pvtimer cluster hold 0ns --reason 'a look at the page'",
        ],
        ["pvtimer cluster step"] = ["pvtimer cluster step", "pvtimer cluster step +10us"],
        ["pvtimer cluster resume"] = ["pvtimer cluster resume"],
        ["pvtimer cluster travel"] = ["pvtimer cluster travel 3ms"],
        ["pvtimer cluster pace"] = ["pvtimer cluster pace 10ms", "pvtimer cluster pace off"],
        ["pvtimer cluster stop"] = ["pvtimer cluster stop"],
        ["pvtimer console"] =
        [
            "pvtimer console",
            "pvtimer console --join 127.0.0.1:4053 --port 8080 --allow-control",
        ],
        ["pvtimer top"] = ["pvtimer top", "pvtimer top --page timers --once"],
        ["pvtimer trace"] = ["pvtimer trace inspect config/traces/cyclictest-1ms.ftrace.gz"],
        ["pvtimer trace inspect"] =
        [
            "pvtimer trace inspect config/traces/cyclictest-1ms.ftrace.gz",
            "pvtimer trace inspect mine.txt --tsc 2500mhz --json",
        ],
        ["pvtimer trace fit"] =
        [
            "pvtimer trace fit config/traces/nanosleep-100us.ftrace.gz --tsc 2499998khz --profile cascadelake-kvm",
            "pvtimer trace fit a.txt b.txt --tsc 2500mhz --name mine --out mine.conf --leave-out c.txt",
        ],
        ["pvtimer trace check"] =
        [
            "pvtimer trace check config/traces/*.gz --group amd=2596098khz --tsc 2499998khz --markdown",
        ],
        ["pvtimer trace recipe"] =
        [
            "pvtimer trace recipe",
            "pvtimer trace recipe --side host --tool trace-cmd",
        ],
        ["pvtimer predict"] =
        [
            "pvtimer predict config/traces/nginx.ftrace.gz --tsc 2499998khz",
            "pvtimer predict mine.txt --tsc 2500mhz --host myhost.conf --out runs/mine",
        ],
        ["pvtimer backends"] =
        [
            "pvtimer backends config/scenarios/cyclictest-1ms.conf config/scenarios/nginx.conf",
            "pvtimer backends my.conf --set host.costs=cascadelake-kvm --json --out backends.json",
        ],
        ["pvtimer scenarios"] = ["pvtimer scenarios", "pvtimer scenarios --json"],
        ["pvtimer import-host"] =
        [
            "pvtimer import-host cpus.json --out myhost.conf",
            "pvtimer import-host topology.xml before.txt after.txt --interval 10s",
        ],
        ["pvtimer compare"] =
        [
            "pvtimer compare runs/quickstart-42/hrtimer runs/quickstart-42/pvtimer",
            "pvtimer compare before.conf after.conf --repeat 20 --json",
        ],
        ["pvtimer explain"] =
        [
            "pvtimer explain runs/quickstart-42",
            "pvtimer explain runs/quickstart-42 --backend pvtimer --latest 3",
            "pvtimer explain runs/quickstart-42 --vcpu web-0/vcpu-1 --at 12ms",
        ],
        ["pvtimer report"] = ["pvtimer report runs/quickstart-42"],
        ["pvtimer export"] =
        [
            "pvtimer export runs/quickstart-42 --as perfetto",
            "pvtimer export runs/quickstart-42 --as parquet --backend pvtimer --out events.parquet",
            "pvtimer export runs/cyclictest-42 --as ftrace-guest --backend hrtimer",
        ],
        ["pvtimer rerun"] = ["pvtimer rerun runs/quickstart-42/manifest.json"],
        ["pvtimer baseline"] =
        [
            "pvtimer baseline save config/scenarios/quickstart.conf",
            "pvtimer baseline check",
        ],
        ["pvtimer baseline save"] =
        [
            "pvtimer baseline save config/scenarios/quickstart.conf config/scenarios/nginx.conf",
            "pvtimer baseline save my.conf --set host.costs=skylake --out skylake.json",
        ],
        ["pvtimer baseline check"] =
        [
            "pvtimer baseline check",
            "pvtimer baseline check skylake.json --within 2% --json",
        ],
        ["pvtimer validate"] =
        [
            "pvtimer validate",
            "pvtimer validate --row 2 3 17",
            "pvtimer validate --json --out validation.json",
        ],
        ["pvtimer ledger"] = ["pvtimer ledger", "pvtimer ledger --json --out ledger.json"],
        ["pvtimer bench"] = ["pvtimer bench machine"],
        ["pvtimer bench phold"] =
        [
            "pvtimer bench phold --actors 1024 --events 1000000 --runs 5 --json",
        ],
        ["pvtimer bench machine"] =
        [
            "pvtimer bench machine --scenario config/scenarios/two-hosts.conf",
        ],
        ["pvtimer bench cluster"] = ["pvtimer bench cluster --json"],
        ["pvtimer bench windows"] = ["pvtimer bench windows --json"],
        ["pvtimer bench scale"] = ["pvtimer bench scale --vcpus 1000 --vcpus 10000 --json"],
        ["pvtimer bench whole"] = ["pvtimer bench whole --json"],
        ["pvtimer bench console"] = ["pvtimer bench console --json"],
        ["pvtimer completion"] =
        [
            "source <(pvtimer completion bash)",
            "pvtimer completion zsh > ~/.zfunc/_pvtimer",
            "pvtimer completion fish > ~/.config/fish/completions/pvtimer.fish",
        ],
    };

    /// <summary>The lines of a command, by its path: "pvtimer trace inspect"; empty if it has none.</summary>
    public static ImmutableArray<string> Of(string command) =>
        All.TryGetValue(command, out string[]? lines) ? [.. lines] : [];
}
