using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Backends;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests;

/// <summary>summary.json of a short replay on both back-ends.</summary>
public sealed class SummaryTests
{
    private static readonly ExperimentResult Replay = Experiment.Run(
        ScenarioReader.Read(
            ScenarioFolder.Repository("config/scenarios/quickstart.conf"),
            ["duration=50ms", "seed=7"]
        ),
        EngineKind.Sequential,
        1,
        (_, _) => true
    );

    private static readonly JsonObject Summary = SummaryDocument.Of(Replay);

    [Fact]
    public void Summary_has_exactly_the_keys_that_others_read()
    {
        string golden = ScenarioFolder.Repository(
            "tests/PvTimer.Experiments.Tests/Golden/summary-keys.txt"
        );
        string keys = string.Join('\n', Keys(Summary, "").Order(StringComparer.Ordinal)) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, keys);
        }
        Assert.Equal(File.ReadAllText(golden), keys);
    }

    [Fact]
    public void Every_number_that_a_threshold_may_name_is_in_the_summary()
    {
        foreach (string metric in Threshold.MetricsOf([ExitNames.Vmx]).Keys)
        {
            JsonNode? node = Summary["backends"]!["pvtimer"];
            foreach (string key in metric.Split('.'))
            {
                node = node?[key];
            }
            Assert.True(node is JsonValue || IsOfNothing(metric), metric);
        }
    }

    /// <summary>A VM of SVM has the exits that perf prints for it, and a threshold names them so.</summary>
    [Fact]
    public void Exits_of_avic_have_svm_s_names_in_the_summary_and_in_thresholds()
    {
        ExperimentResult result = Experiment.Run(
            ScenarioReader.Read(
                ScenarioFolder.Repository("config/scenarios/quickstart.conf"),
                [
                    "duration=50ms",
                    "backends=[hrtimer, avic]",
                    "thresholds={ \"avic.exits.hlt.count\" = \"> 0\", \"avic.exits.msr.by_msr.6e0\" = \"> 0\" }",
                ]
            ),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );
        JsonNode backends = SummaryDocument.Of(result)["backends"]!;
        JsonObject avic = backends["avic"]!["exits"]!.AsObject();
        JsonObject hrtimer = backends["hrtimer"]!["exits"]!.AsObject();
        Assert.Equal("msr hlt interrupt", string.Join(' ', avic.Select(exit => exit.Key)));
        Assert.Equal((long?)hrtimer["MSR_WRITE"]!["count"], (long?)avic["msr"]!["count"]);
        Assert.Equal(2, result.Verdicts.Length);
        Assert.All(result.Verdicts, verdict => Assert.True(verdict.Holds, verdict.ToString()));
    }

    /// <summary>One host has VMs of both: each has the names of its own back-end, whatever the run is of.</summary>
    [Theory]
    [InlineData("hrtimer", "avic")]
    [InlineData("avic", "hrtimer")]
    public void Exits_of_a_run_that_mixes_have_the_names_of_the_vm_s_own_back_end(
        string compared,
        string own
    )
    {
        using ScenarioFolder folder = new();
        ExperimentResult result = Experiment.Run(
            folder.Read(
                $$"""
                scenario {
                  duration = 20ms, backends = [{{compared}}]
                  host { cpus = 4, costs = skylake }
                  vms = [
                    { name = plain, guest { type = cyclictest } }
                    { name = own, count = 2, backend = {{own}}, guest { type = cyclictest } }
                  ]
                  thresholds { "{{compared}}.exits.MSR_WRITE.count" = "> 0", "{{compared}}.exits.msr.by_msr.6e0" = "> 0" }
                }
                """
            ),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );
        JsonObject exits = SummaryDocument.Of(result)["backends"]![compared]!["exits"]!.AsObject();
        long vmx = (long)exits["MSR_WRITE"]!["by_msr"]!["6e0"]!;
        long svm = (long)exits["msr"]!["by_msr"]!["6e0"]!;
        Assert.InRange(vmx, 1, long.MaxValue);
        // The VM that there is twice is of the back-end that it has as its own.
        Assert.Equal(own == "avic" ? 2 * vmx : vmx, own == "avic" ? svm : 2 * svm);
        Assert.Equal(
            "EXTERNAL_INTERRUPT HLT MSR_WRITE PREEMPTION_TIMER hlt interrupt msr",
            string.Join(' ', exits.Select(exit => exit.Key).Order(StringComparer.Ordinal))
        );
        Assert.All(result.Verdicts, verdict => Assert.True(verdict.Holds, verdict.ToString()));
    }

    [Fact]
    public void Threshold_on_an_exit_of_avic_by_vmx_s_name_is_refused_with_svm_s()
    {
        var error = Assert.Throws<ScenarioException>(() =>
            ScenarioReader.Read(
                ScenarioFolder.Repository("config/scenarios/quickstart.conf"),
                ["backends=[avic]", "thresholds={ \"avic.exits.MSR_WRITE.count\" = \"> 0\" }"]
            )
        );
        Assert.Contains("'exits.msr.", error.Message, StringComparison.Ordinal);
    }

    /// <summary>By VM, and only where it is tuned.</summary>
    [Fact]
    public void Tuned_advance_is_in_the_summary()
    {
        Assert.Null(Summary["backends"]!["hrtimer"]!["timer_advance_ns"]);
        ExperimentResult result = Experiment.Run(
            ScenarioReader.Read(
                ScenarioFolder.Repository("config/scenarios/quickstart.conf"),
                ["duration=50ms", "backends=[hrtimer]", "host.timer-advance=auto"]
            ),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );
        JsonObject advances = SummaryDocument.Of(result)["backends"]!["hrtimer"]![
            "timer_advance_ns"
        ]!.AsObject();
        (string vm, JsonNode? advance) = Assert.Single(advances);
        Assert.Equal(result.Scenario.Instances.Single().Name, vm);
        Assert.InRange((long)advance!["min"]!, 1, (long)advance["max"]!);
        Assert.InRange((long)advance["max"]!, 1, 5_000);
        Assert.NotEqual(1_000, (long)advance["max"]!);
    }

    /// <summary>There are no exits of this reason, so that there is no shortest, longest and mean one.</summary>
    private static bool IsOfNothing(string metric)
    {
        string[] keys = metric.Split('.');
        return keys is ["exits", { } reason, "min_ns" or "max_ns" or "mean_ns"]
            && (long)Summary["backends"]!["pvtimer"]!["exits"]![reason]!["count"]! == 0;
    }

    [Fact]
    public void Verdict_stands_at_the_top_with_figures_of_every_backend()
    {
        JsonObject verdict = Summary["verdict"]!.AsObject();

        Assert.Equal(
            "exits cpu_without_polling cpu_with_polling lateness_p50 lateness_p99",
            string.Join(' ', verdict.Select(pair => pair.Key))
        );
        Assert.Equal("pvtimer", (string)verdict["exits"]!["winner"]!);
        Assert.Equal(
            (long)Summary["backends"]!["hrtimer"]!["lateness_ns"]!["p50"]!,
            (long)verdict["lateness_p50"]!["figures"]!["hrtimer"]!
        );
        Assert.NotEmpty(Summary["verdict_in_words"]!.AsArray());
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Timers_are_conserved_and_cpu_time_adds_up(string backend)
    {
        JsonNode summary = Summary["backends"]![backend]!;
        long Timer(string key) => (long)summary["timers"]![key]!;

        Assert.True(Timer("fired") > 0);
        Assert.Equal(
            Timer("armed"),
            Timer("fired")
                + Timer("replaced")
                + Timer("cancelled")
                + Timer("pending")
                + Timer("lost")
        );
        long spent = summary["cpu_ns"]!.AsObject().Sum(use => (long)use.Value!);
        Assert.Equal(4 * 50_000_000, spent);
        Assert.Equal(Timer("fired"), (long)summary["lateness_ns"]!["count"]!);
    }

    [Fact]
    public void Pvtimer_takes_fewer_timer_exits_than_the_baseline_on_the_same_guest()
    {
        long Exits(string backend) => (long)Summary["backends"]![backend]!["timer_exits"]!;

        Assert.True(Exits("pvtimer") < Exits("hrtimer") / 2);
    }

    [Fact]
    public void Without_a_trace_there_is_nothing_recorded_to_compare_with()
    {
        using ScenarioFolder folder = new();
        ExperimentResult result = Experiment.Run(
            folder.Read(ScenarioFolder.Plain),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );

        JsonObject summary = SummaryDocument.Of(result);

        Assert.Null(summary["backends"]!["pvtimer"]!["recorded"]);
        Assert.Null(result.Backends[0].Recorded);
    }

    [Fact]
    public void A_resolved_scenario_runs_to_the_same_trace_hash_on_either_engine()
    {
        using ScenarioFolder folder = new();
        Scenario again = folder.Read(ScenarioWriter.Write(Replay.Scenario));

        ExperimentResult actors = Experiment.Run(again, EngineKind.Actors, 1, (_, _) => true);

        Assert.Equal(
            string.Join(' ', Replay.Backends.Select(each => each.Outcome.TraceHash)),
            string.Join(' ', actors.Backends.Select(each => each.Outcome.TraceHash))
        );
    }

    [Fact]
    public void An_interrupted_experiment_keeps_the_finished_backends_only()
    {
        // Long enough for a run to be asked on its way, every few thousand events.
        ExperimentResult result = Experiment.Run(
            Replay.Scenario with
            {
                Duration = Replay.Scenario.Duration * 4,
            },
            EngineKind.Sequential,
            1,
            (backend, _) => backend == TimerBackends.Hrtimer
        );

        Assert.True(result.Interrupted);
        Assert.Equal(TimerBackends.Hrtimer, Assert.Single(result.Backends).Backend);
        Assert.True((bool)SummaryDocument.Of(result)["interrupted"]!);
    }

    [Theory]
    [InlineData("pvtimer.timers.lost", "= 0", true)]
    [InlineData("pvtimer.timers.lost", "> 0", false)]
    [InlineData("pvtimer.lateness.p99.9", "< 1s", true)]
    [InlineData("pvtimer.lateness-ns.p50", "< 1ns", false)]
    [InlineData("hrtimer.timer-exits-per-fired", ">= 1", true)]
    [InlineData("hrtimer.exits.msr-write.by-msr.6e0", "!= 0", true)]
    [InlineData("hrtimer.exits.PREEMPTION_TIMER.count", "<= 0", true)]
    [InlineData("pvtimer.recorded.ks_distance", "<= 1", true)]
    public void Threshold_is_checked_against_the_summary(string path, string condition, bool holds)
    {
        Scenario scenario = ScenarioReader.Read(
            ScenarioFolder.Repository("config/scenarios/quickstart.conf"),
            ["duration=50ms", $"thresholds={{\"{path}\" = \"{condition}\"}}"]
        );

        ExperimentResult result = Replay with { Scenario = scenario };
        ThresholdVerdict verdict = ThresholdVerdict.Of(
            scenario.Thresholds[0],
            SummaryDocument.Of(
                result.Backends.First(each => each.Backend == scenario.Thresholds[0].Backend),
                scenario
            )
        );

        Assert.Equal(holds, verdict.Holds);
        Assert.Contains(path, verdict.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Keys(JsonNode? node, string path) =>
        node switch
        {
            JsonObject inner => inner.SelectMany(pair =>
                Keys(pair.Value, string.Create(CultureInfo.InvariantCulture, $"{path}/{pair.Key}"))
            ),
            _ => [path],
        };
}
