using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads which back-ends a scenario compares, and which of its VMs have one of their own.</summary>
internal static class BackendReader
{
    private const string Key = "backends";

    /// <summary>A VM's own, or that of one host.</summary>
    private const string OwnKey = "backend";

    private const string Hosts = "other-hosts";

    private static readonly string Names = string.Join(", ", TimerBackends.All);

    private static readonly string Transparent = string.Join(
        ", ",
        TimerBackends.All.Where(backend => backend.IsTransparent)
    );

    private static readonly string Forms =
        $"backends = [ {Names} ], some of them, each at most once";

    /// <summary>Those that are compared, in order.</summary>
    public static ImmutableArray<TimerBackend> ReadAll(Settings from)
    {
        if (!from.Has(Key))
        {
            from.Find(Key);
            return [TimerBackends.Hrtimer, TimerBackends.PvTimer];
        }
        List<TimerBackend> backends = [];
        foreach (SourceText word in from.Words(Key))
        {
            TimerBackend? backend = Find(word.Value);
            if (backend is null || backends.Contains(backend))
            {
                string what = backend is null ? "is no back-end" : "is named twice";
                throw new ScenarioException(word.At, word.Path, $"'{word.Value}' {what}", Forms);
            }
            backends.Add(backend);
        }
        return backends.Count > 0 ? [.. backends] : throw from.Error(Key, "is empty", Forms);
    }

    /// <summary>What a VM, or a host, has in every run; null: the one that the run is of.</summary>
    public static TimerBackend? ReadOwn(Settings from) =>
        from.Text(OwnKey) is not { } word
            ? null
            : Find(word) ?? throw from.Error(OwnKey, $"'{word}' is no back-end", $"one of {Names}");

    /// <summary>Some VM has a back-end in some run that needs a pCPU which no guest runs on.</summary>
    public static bool NeedReservedCpu(Settings from, ImmutableArray<TimerBackend> compared) =>
        compared.Any(backend => backend.NeedsReservedCpu)
        || from.Sections("vms")
            .Concat(from.Sections(Hosts))
            .Any(section => ReadOwn(section) is { NeedsReservedCpu: true });

    /// <summary>Those that are compared, and those that some hosts have for VMs without one of their own.</summary>
    /// <exception cref="ScenarioException">A guest would have to change with it, or an exit has no price.</exception>
    public static ImmutableArray<TimerBackend> ReadHosts(
        Settings from,
        ImmutableArray<OtherHostSettings> others,
        ImmutableArray<TimerBackend> compared
    )
    {
        foreach ((Settings section, OtherHostSettings other) in from.Sections(Hosts).Zip(others))
        {
            if (other.Backend is not { } backend)
            {
                continue;
            }
            if (compared.Prepend(backend).FirstOrDefault(each => !each.IsTransparent) is { } odd)
            {
                throw section.Error(
                    OwnKey,
                    $"the guests of {odd} are not those of other back-ends: hosts cannot differ in it",
                    $"one of {Transparent}, and backends of these only"
                );
            }
            RejectUnpriced(section, OwnKey, backend, [other.Costs]);
        }
        return [.. compared.Union(others.Select(other => other.Backend).OfType<TimerBackend>())];
    }

    /// <exception cref="ScenarioException">A cost profile does not say what a compared back-end's exits cost.</exception>
    public static void RejectUnpriced(
        Settings from,
        ImmutableArray<TimerBackend> compared,
        ImmutableArray<CostProfile> profiles
    )
    {
        foreach (TimerBackend backend in compared)
        {
            RejectUnpriced(from, Key, backend, profiles);
        }
    }

    /// <exception cref="ScenarioException">A cost profile does not say what the VM's own back-end's exits cost.</exception>
    public static void RejectUnpriced(
        Settings vm,
        TimerBackend own,
        ImmutableArray<CostProfile> profiles
    ) => RejectUnpriced(vm, OwnKey, own, profiles);

    /// <exception cref="ScenarioException">A VM's guest is none that its back-end is for.</exception>
    public static void RejectUnserved(
        Settings from,
        ImmutableArray<VmSettings> vms,
        ImmutableArray<TimerBackend> compared
    )
    {
        foreach ((Settings section, VmSettings vm) in from.Sections("vms").Zip(vms))
        {
            ImmutableArray<TimerBackend> its = vm.Backend is { } own ? [own] : compared;
            TimerBackend? unfit = its.FirstOrDefault(backend => !backend.Serves(vm.Guest));
            if (unfit is not null && vm.ClockEvent == ClockEvent.Lapic)
            {
                throw section
                    .Section("guest")
                    .Error(
                        "type",
                        $"{unfit} is for guests that tick, and no others",
                        $"tick, or a mix of ticks, or without {unfit}"
                    );
            }
        }
    }

    /// <exception cref="ScenarioException">VMs of one host have back-ends of two vendors' processors.</exception>
    public static void RejectTwoVendors(
        Settings from,
        ImmutableArray<VmSettings> vms,
        int hosts,
        ImmutableArray<OtherHostSettings> others,
        ImmutableArray<TimerBackend> compared
    )
    {
        ImmutableArray<Settings> sections = [.. from.Sections("vms")];
        var byHost = MachineDescriptionBuilder
            .InstancesOf(vms, hosts)
            .Where(vm => vm.Of.ClockEvent == ClockEvent.Lapic)
            .ToLookup(vm => vm.Host);
        foreach (TimerBackend usual in compared)
        {
            foreach (IGrouping<int, (VmSettings Of, string Name, int Host)> host in byHost)
            {
                TimerBackend here =
                    others.FirstOrDefault(other => other.Host == host.Key)?.Backend ?? usual;
                TimerBackend first = host.Select(vm => vm.Of.Backend ?? here)
                    .FirstOrDefault(backend => backend.Vendor is not null, here);
                VmSettings? odd = host.Select(vm => vm.Of)
                    .FirstOrDefault(vm =>
                        (vm.Backend ?? here).Vendor is { } vendor && vendor != first.Vendor
                    );
                if (odd is not null)
                {
                    TimerBackend its = odd.Backend ?? here;
                    throw sections[vms.IndexOf(odd)]
                        .Error(
                            OwnKey,
                            $"{its} is for processors of {its.Vendor}, and another VM of h{host.Key} has {first}, for those of {first.Vendor}",
                            "back-ends for one vendor's processors on each host"
                        );
                }
            }
        }
    }

    private static void RejectUnpriced(
        Settings from,
        string key,
        TimerBackend backend,
        ImmutableArray<CostProfile> profiles
    )
    {
        foreach (CostProfile profile in profiles)
        {
            if (backend.MissingFrom(profile) is { } missing)
            {
                throw from.Error(
                    key,
                    $"{backend} needs {missing}, which cost profile {profile.Name} does not have",
                    $"a profile that has it, or without {backend}"
                );
            }
        }
    }

    private static TimerBackend? Find(string name) =>
        TimerBackends.All.FirstOrDefault(known => known.Name == name);
}
