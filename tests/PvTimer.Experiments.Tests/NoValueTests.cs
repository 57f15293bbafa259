using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests;

/// <summary>A run in which no timer fires: no value is no value, and no threshold holds on it.</summary>
public sealed class NoValueTests : IDisposable
{
    private const string Silent = """
        scenario {
          name = silent
          duration = 1ms
          host { cpus = 2, timer-cpu = none, costs = ideal }
          backends = [hrtimer]
          vms = [ { name = web, guest { type = commanded } } ]
          thresholds { "hrtimer.lateness.p99" = "< 1us" }
        }
        """;

    private static readonly string[] OfLateness =
    [
        "min",
        "p50",
        "p90",
        "p99",
        "p99_9",
        "max",
        "mean",
    ];

    private readonly ScenarioFolder _folder = new();
    private readonly ExperimentResult _result;
    private readonly JsonNode _summary;

    public NoValueTests()
    {
        _result = Run();
        _summary = SummaryDocument.Of(_result);
    }

    private JsonNode Backend => _summary["backends"]!["hrtimer"]!;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Summary_of_no_fired_timer_has_no_lateness_but_its_count()
    {
        JsonObject lateness = Backend["lateness_ns"]!.AsObject();

        Assert.Equal(0, (long)lateness["count"]!);
        Assert.All(OfLateness, key => Assert.False(lateness.ContainsKey(key), key));
        Assert.False(Backend.AsObject().ContainsKey("timer_exits_per_fired"));
        Assert.False(Backend["timer_cpu"]!.AsObject().ContainsKey("utilisation"));
    }

    [Fact]
    public void Summary_of_no_exits_has_no_shortest_longest_and_mean_one()
    {
        JsonObject exits = Backend["exits"]!["PREEMPTION_TIMER"]!.AsObject();

        Assert.Equal("count time_ns", string.Join(' ', exits.Select(pair => pair.Key)));
    }

    [Fact]
    public void Summary_holds_no_null_and_no_value_that_is_no_number()
    {
        string text = SummaryDocument.Write(_summary);

        Assert.DoesNotContain("null", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.Equal(SummaryDocument.Schema, (int)_summary["schema"]!);
    }

    [Theory]
    [InlineData("hrtimer.lateness.p99", "< 1us")]
    [InlineData("hrtimer.lateness.p99", "> 1us")]
    [InlineData("hrtimer.lateness.mean", "= 0ns")]
    [InlineData("hrtimer.lateness.max", "!= 5ns")]
    [InlineData("hrtimer.timer-exits-per-fired", "= 0")]
    [InlineData("hrtimer.timer_cpu.utilisation", "< 1")]
    [InlineData("hrtimer.exits.PREEMPTION_TIMER.mean", "= 0ns")]
    [InlineData("hrtimer.exits.PREEMPTION_TIMER.min", "< 1us")]
    public void Threshold_on_no_value_fails_and_says_none(string path, string condition)
    {
        ExperimentResult result = Run($"thresholds={{\"{path}\" = \"{condition}\"}}");

        ThresholdVerdict verdict = result.Verdicts.Single(each => each.Threshold.Path == path);
        Assert.False(verdict.Holds);
        Assert.Null(verdict.Value);
        Assert.Equal($"{path} = none, promised {condition}", verdict.ToString());
        JsonObject written = SummaryDocument.Of(result)["thresholds"]!
            .AsArray()
            .Select(each => each!.AsObject())
            .Single(each => (string)each["path"]! == path);
        Assert.False(written.ContainsKey("value"));
        Assert.False((bool)written["holds"]!);
    }

    [Fact]
    public void Threshold_on_a_count_of_nothing_is_a_value()
    {
        ExperimentResult result = Run("thresholds={\"hrtimer.timers.fired\" = \"= 0\"}");

        Assert.True(result.Verdicts.Single(each => each.Threshold.Bound == 0).Holds);
    }

    [Fact]
    public void Distance_from_a_recording_is_none_where_nothing_was_emulated()
    {
        ExperimentResult result = Experiment.Run(
            ScenarioReader.Read(
                ScenarioFolder.Repository("config/scenarios/quickstart.conf"),
                ["duration=1ns", "backends=[hrtimer]"]
            ),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );

        Assert.Equal(0, result.Backends[0].Report.Lateness.Count);
        JsonObject recorded = SummaryDocument.Of(result)["backends"]!["hrtimer"]![
            "recorded"
        ]!.AsObject();
        Assert.False(recorded.ContainsKey("ks_distance"));
    }

    [Fact]
    public void Directory_of_a_run_without_lateness_has_no_value_in_any_file_that_is_no_number()
    {
        string directory = Path.Combine(_folder.Folder, "run");
        RunDirectory.Write(directory, _result, new JsonObject(), "");

        IEnumerable<string> files = Directory.GetFiles(directory, "*", SearchOption.AllDirectories);
        Assert.All(
            files,
            file => Assert.DoesNotContain("NaN", WithoutScripts(file), StringComparison.Ordinal)
        );
    }

    private ExperimentResult Run(params string[] sets) =>
        Experiment.Run(_folder.Read(Silent, sets), EngineKind.Sequential, 1, (_, _) => true);

    /// <summary>A page without the library that draws its charts, which knows the word.</summary>
    private static string WithoutScripts(string file) =>
        File.ReadAllText(file).Split("<script>", 2)[0];
}
