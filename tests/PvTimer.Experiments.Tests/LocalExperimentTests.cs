using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests;

/// <summary>An interruption costs neither time nor results, whatever guests there are.</summary>
public sealed class LocalExperimentTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    private string Place => Path.Combine(_folder.Folder, "run");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("nginx", "300ms", 0, EngineKind.Sequential)]
    [InlineData("nginx", "300ms", 1, EngineKind.Actors)]
    [InlineData("two-hosts", "300ms", 0, EngineKind.Actors)]
    [InlineData("exponential", "300ms", 1, EngineKind.Sequential)]
    [InlineData("live-migration", "1s", 0, EngineKind.Actors)]
    [InlineData("live-migration", "1s", 1, EngineKind.Sequential)]
    public void A_run_goes_on_from_where_it_was_interrupted_to_the_same_results(
        string name,
        string duration,
        int finished,
        EngineKind engine
    )
    {
        Scenario scenario = ScenarioReader.Read(
            ScenarioFolder.Repository($"config/scenarios/{name}.conf"),
            [$"duration={duration}"]
        );
        TimerBackend stopped = scenario.Backends[finished];
        VirtualTime reached = default;
        LocalExperiment first = LocalExperiment.Begin(Place, scenario, engine, regions: 1);
        ExperimentResult half = first.Run(
            (backend, progress) =>
            {
                reached = progress.Now;
                return backend != stopped;
            }
        );
        Assert.Equal(finished, half.Backends.Length);
        Assert.True(reached.Nanoseconds > 0);
        first.Keep(TimeSpan.FromSeconds(2));

        List<(TimerBackend Backend, VirtualTime Now)> asked = [];
        ExperimentResult resumed = LocalExperiment
            .Resume(Place, regions: null)
            .Run(
                (backend, progress) =>
                {
                    asked.Add((backend, progress.Now));
                    return true;
                }
            );

        Assert.Equal(stopped, asked[0].Backend);
        Assert.True(asked[0].Now >= reached);
        Assert.DoesNotContain(asked, each => scenario.Backends.IndexOf(each.Backend) < finished);
        ExperimentResult whole = Experiment.Run(scenario, engine, 1, static (_, _) => true);
        Assert.Equal(Timeless(whole), Timeless(resumed));
    }

    /// <summary>The summary without what depends on the machine that the test runs on.</summary>
    private static string Timeless(ExperimentResult result)
    {
        JsonNode summary = JsonNode.Parse(SummaryDocument.Write(SummaryDocument.Of(result)))!;
        foreach (JsonNode? backend in summary["backends"]!.AsObject().Select(each => each.Value))
        {
            backend!.AsObject().Remove("wall_seconds");
            backend.AsObject().Remove("events_per_second");
        }
        return summary.ToJsonString();
    }
}
