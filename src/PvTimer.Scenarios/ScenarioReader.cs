using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios.Reading;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios;

/// <summary>
/// Reads a scenario file: resolves its includes and defaults, reads the traces and the cost profile it
/// names, and refuses whatever it does not understand.
/// </summary>
public static class ScenarioReader
{
    /// <summary>The back-end of a scenario that has that name.</summary>
    /// <exception cref="ScenarioException">It has none of that name.</exception>
    public static TimerBackend BackendOf(Scenario scenario, string name)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        string[] names = [.. scenario.Backends.Select(backend => backend.Name)];
        int index = Array.IndexOf(names, name);
        return index >= 0
            ? scenario.Backends[index]
            : throw new ScenarioException(
                SourcePosition.CommandLineOf(scenario.Name),
                "backends",
                $"'{name}' is not among them",
                string.Join(", ", names)
            );
    }

    /// <param name="file">A HOCON file with one section <c>scenario</c>.</param>
    /// <param name="sets">Each "path=value"; the path may leave out the leading "scenario.".</param>
    /// <param name="held">The file itself and recordings, if they are not to be read from the disk.</param>
    /// <exception cref="ScenarioException">Something in it cannot be used.</exception>
    public static Scenario Read(string file, IReadOnlyList<string> sets, HeldFiles? held = null) =>
        ReadOverridden(file, [.. sets.Select(ScenarioOverride.Set)], held);

    /// <param name="file">A HOCON file with one section <c>scenario</c>.</param>
    /// <param name="overrides">What the command line says instead of it, in order.</param>
    /// <param name="held">The file itself and recordings, if they are not to be read from the disk.</param>
    /// <exception cref="ScenarioException">Something in it cannot be used.</exception>
    public static Scenario ReadOverridden(
        string file,
        IReadOnlyList<ScenarioOverride> overrides,
        HeldFiles? held = null
    )
    {
        ArgumentNullException.ThrowIfNull(overrides);
        ReadingContext context = new(Folder(file), held);
        SourceObject root = held?.Open(file) is { } content
            ? SourceTree.Of(HoconText.Of(file, content, context.Inputs))
            : SourceTree.Read(file, context.Inputs, SourcePosition.CommandLineOf(file), "");
        foreach (ScenarioOverride each in overrides)
        {
            Apply(root, each);
        }
        Settings whole = new(root);
        if (!whole.Has("scenario"))
        {
            throw whole.Missing("scenario", "scenario { ... }");
        }
        Scenario scenario = Resolve(whole.Section("scenario"), context);
        whole.RejectUnknown();
        return scenario;
    }

    private static Scenario Resolve(Settings from, ReadingContext context)
    {
        string name = from.Has("name") ? from.Name("name", NameRule.Title) : Unnamed(from);
        ulong seed = Seed(from);
        ImmutableArray<TimerBackend> backends = BackendReader.ReadAll(from);
        int hosts = from.Whole("hosts", 1, 10_000, 1);
        HostSettings host = HostReader.Read(
            from.Section("host"),
            BackendReader.NeedReservedCpu(from, backends),
            context
        );
        ImmutableArray<OtherHostSettings> others = HostReader.ReadOthers(
            from,
            host,
            hosts,
            context
        );
        BackendReader.RejectUnpriced(
            from,
            backends,
            [host.Costs, .. others.Select(other => other.Costs)]
        );
        ImmutableArray<VmSettings> vms = VmReader.ReadAll(from, host, others, hosts, context);
        ImmutableArray<TimerBackend> all = BackendReader.ReadHosts(from, others, backends);
        VmReader.CheckApicv(from, vms, all, context);
        BackendReader.RejectUnserved(from, vms, backends);
        BackendReader.RejectTwoVendors(from, vms, hosts, others, backends);
        VirtualDuration duration = DurationReader.Read(
            from,
            ProcessorCount.MostOf(from, host, hosts, vms),
            vms
        );
        PvTimerParameters pvTimer = PvTimerReader.Read(from.Section("pvtimer"));
        ImmutableArray<EventSettings> events = EventReader.ReadAll(
            from,
            host,
            hosts,
            vms,
            duration,
            pvTimer.EnableMsr
        );
        NetworkDescription? network = NetworkReader.Read(
            from,
            isNeeded: events.Any(happening => happening is MigrateSettings)
        );
        Scenario scenario = new()
        {
            Name = name,
            Question = MatrixReader.Question(from),
            Sweep = MatrixReader.Read(from.Section("sweep")),
            Seed = seed,
            Duration = duration,
            Backends = backends,
            Hosts = hosts,
            Host = host,
            OtherHosts = others,
            PvTimer = pvTimer,
            Vms = vms,
            Network = network,
            Migration = NetworkReader.ReadMigration(from.Section("migration"), network),
            Events = events,
            Thresholds = ThresholdReader.ReadAll(from.Section("thresholds"), backends, vms),
            Placement = PlacementReader.Read(from.Section("placement"), hosts, host.Cpus),
            IsLazy = ReadLaziness(from.Section("engine")),
            Inputs = [.. context.Inputs],
            Warnings = [.. context.Warnings],
        };
        from.RejectUnknown();
        return scenario;
    }

    private static bool ReadLaziness(Settings engine)
    {
        bool isLazy = engine.Flag("lazy", true);
        engine.RejectUnknown();
        return isLazy;
    }

    private static string Unnamed(Settings from)
    {
        from.Find("name");
        return "unnamed";
    }

    private static void Apply(SourceObject root, ScenarioOverride asked)
    {
        SourcePosition here = SourcePosition.CommandLineOf(asked.Option);
        string path = asked.Path.Trim();
        string value = asked.Value.Trim();
        if (path.Length == 0 || value.Length == 0)
        {
            string accepted = asked.Option == ScenarioOverride.SetOption ? "path=value" : "a value";
            throw new ScenarioException(here, path, "has no path or no value", accepted);
        }
        string absolute = path.StartsWith("scenario.", StringComparison.Ordinal)
            ? path
            : $"scenario.{path}";
        SourceTree.Override(root, absolute, value, here);
    }

    private static ulong Seed(Settings from)
    {
        const string Key = "seed";
        return from.Text(Key) switch
        {
            null => 1,
            { } text
                when ulong.TryParse(
                    text,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out ulong seed
                ) => seed,
            { } text => throw from.Error(
                Key,
                $"'{text}' is no seed",
                "a whole number from 0 to 18446744073709551615"
            ),
        };
    }

    private static string Folder(string file) =>
        Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
}
