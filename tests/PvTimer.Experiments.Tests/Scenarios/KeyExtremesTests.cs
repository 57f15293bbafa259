using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>
/// Every key of a scenario at its extremes runs on both back-ends to the end; just beyond them it is
/// refused by its name. A key that <see cref="ScenarioWriter"/> writes and no row knows is a failure.
/// </summary>
public sealed class KeyExtremesTests : IDisposable
{
    private const string Brief = "duration=20us";
    private const string Costs = "host.costs.";
    private const string SeldomTicks = "vms.0.guest={ type = idle, period = 31536000s }";

    /// <summary>Events of these scenarios are rare: with more of them virtual time makes no progress.</summary>
    private const long MostEvents = 3_000_000;

    private const long Year = 31_536_000_000_000_000;

    private static readonly string[] Latencies =
    [
        "exit-transition",
        "entry-transition",
        "interrupt-recognition",
        "ipi-same-socket",
        "ipi-cross-socket",
        "line-transfer-same-socket",
        "line-transfer-cross-socket",
        "scheduler-slice",
    ];

    private readonly ScenarioFolder _folder = new();

    /// <summary>Rows by their number in <see cref="Rows"/>, with the key for the reader of a failure.</summary>
    public static TheoryData<int, string> Numbers
    {
        get
        {
            TheoryData<int, string> numbers = [];
            foreach ((int number, KeyExtremes row) in Rows.Index())
            {
                numbers.Add(number, row.Path);
            }
            return numbers;
        }
    }

    private static string Resolved { get; } = Resolve();

    private static List<(string Path, string Value)> Keys { get; } = [.. KeyPaths.Of(Resolved)];

    private static List<KeyExtremes> Rows { get; } =
    [
        .. KeyExtremes.All,
        .. Keys.Where(key => IsCost(key.Path))
            .Select(key => KeyExtremes.OfCost(key.Path, Latencies.Any(key.Path.EndsWith))),
    ];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_key_of_a_resolved_scenario_has_a_row_or_holds_no_quantity()
    {
        string[] known =
        [
            .. KeyExtremes.Words,
            .. Rows.Select(row => KeyPaths.PatternOf(row.Path)),
        ];

        Assert.All(
            Keys.Select(key => KeyPaths.PatternOf(key.Path)),
            key => Assert.Contains(key, known, StringComparer.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Least_value_of_a_key_runs(int number, string key)
    {
        KeyExtremes row = Rows[number];
        Assert.Equal(key, row.Path);

        Run(_folder.Read(Resolved, [Brief, .. row.With, $"{key}={row.Least}"]));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Greatest_value_of_a_key_runs_as_long_as_a_run_can_be(int number, string key)
    {
        KeyExtremes row = Rows[number];
        Assert.Equal(key, row.Path);
        string[] sets =
        [
            Brief,
            .. row.IsBusy ? Array.Empty<string>() : [SeldomTicks],
            .. row.With,
            $"{key}={row.Most}",
        ];
        long longest = row.IsBusy ? 20_000_000 : LongestOf(_folder.Read(Resolved, sets));

        Run(
            _folder.Read(
                Resolved,
                key == "duration"
                    ? sets
                    : [.. sets, FormattableString.Invariant($"duration={longest}ns")]
            )
        );
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Value_beyond_a_key_s_extremes_is_refused_by_the_key_s_name(int number, string key)
    {
        KeyExtremes row = Rows[number];
        foreach (string value in new[] { row.Below, row.Above })
        {
            var error = Assert.Throws<ScenarioException>(() =>
                _folder.Read(Resolved, [Brief, .. row.With, $"{key}={value}"])
            );

            Assert.Contains($"scenario.{key}: ", error.Message, StringComparison.Ordinal);
            Assert.Contains("; accepted: ", error.Message, StringComparison.Ordinal);
        }
    }

    private static bool IsCost(string path) =>
        path.StartsWith(Costs, StringComparison.Ordinal)
        && !KeyExtremes.Words.Contains(KeyPaths.PatternOf(path))
        && KeyExtremes.All.All(row => KeyPaths.PatternOf(row.Path) != KeyPaths.PatternOf(path));

    private static string Resolve()
    {
        using ScenarioFolder folder = new();
        string plain = ScenarioWriter.Write(folder.Read(KeyExtremes.Scenario));
        return ScenarioWriter.Write(folder.Read(plain, [.. KeyExtremes.OptionalCosts]));
    }

    /// <summary>A year, or what 2^63 ns are for each of so many processors.</summary>
    private static long LongestOf(Scenario scenario)
    {
        long pcpus = (long)scenario.Hosts * scenario.Host.Cpus;
        long vcpus = scenario.Vms.Sum(vm => (long)vm.Count * vm.Vcpus);
        return Math.Min(Year, long.MaxValue / Math.Max(pcpus, vcpus));
    }

    private static void Run(Scenario scenario)
    {
        ExperimentResult result = Experiment.Run(
            scenario,
            EngineKind.Sequential,
            1,
            (_, progress) => progress.Events < MostEvents
        );

        Assert.Equal(
            [TimerBackends.Hrtimer, TimerBackends.PvTimer],
            result.Backends.Select(backend => backend.Backend)
        );
        Assert.NotNull(SummaryDocument.Of(result));
    }
}
