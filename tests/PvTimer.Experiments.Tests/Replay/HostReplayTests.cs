using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Formats.Traces;
using PvTimer.Formats.Writers;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using Xunit.Abstractions;

namespace PvTimer.Experiments.Tests.Replay;

/// <summary>What a host recorded, replayed through a scenario, and what a run says of it.</summary>
public class HostReplayTests(ITestOutputHelper output)
{
    private const string Real = "config/traces/host-kvm-tsc.ftrace.gz";
    private const string Intel = "tests/Field/files/host-kvm-intel-ftrace-tsc.txt.gz";

    private static readonly TscFrequency TwoGigahertz = TscFrequency.FromMegahertz(2_000);

    [Theory]
    [InlineData(Real, "2596098khz", 300)]
    [InlineData(Intel, "2ghz", 400)]
    public void Host_recording_is_replayed_whole(string path, string tsc, long deadlines)
    {
        ExperimentResult result = ReplayRun.Of(ScenarioFolder.Repository(path), tsc, "13s");

        output.WriteLine(ReplayRun.Describe(result));
        Assert.Equal(2, result.Backends.Length);
        foreach (BackendResult backend in result.Backends)
        {
            JsonNode replay = Summary(result, backend)["replay"]!;
            Assert.Equal(deadlines, (long)replay["deadlines"]!);
            Assert.Equal(deadlines, (long)replay["programmed"]!);
            Assert.Equal(0, (long)replay["not_reached"]!);
        }
    }

    [Theory]
    [InlineData(Real, "2596098khz", "injection")]
    [InlineData(Intel, "2ghz", "injection")]
    [InlineData("tests/Field/files/ipi-crossfire.txt.gz", "1ghz", "interrupt-entry")]
    public void Summary_says_where_recorded_latenesses_end(string path, string tsc, string end)
    {
        ExperimentResult result = ReplayRun.Of(ScenarioFolder.Repository(path), tsc);

        foreach (BackendResult backend in result.Backends)
        {
            Assert.Equal(end, (string)Summary(result, backend)["recorded"]!["lateness_to"]!);
        }
    }

    [Fact]
    public void Recorded_exits_stand_in_the_summary_as_they_were_recorded()
    {
        string path = ScenarioFolder.Repository(Intel);
        Dictionary<string, ExitStatistics> recorded = TraceCompiler
            .Compile(RecordedTrace.Read(path), TwoGigahertz)
            .Guest.Exits.ToDictionary(
                exit => VmExitReasonNames.NameOf(exit.Reason),
                StringComparer.Ordinal
            );

        ExperimentResult result = ReplayRun.Of(path, "2ghz", "13s");

        Assert.NotEmpty(recorded);
        foreach (BackendResult backend in result.Backends)
        {
            JsonNode said = Summary(result, backend)["recorded"]!;
            Assert.False((bool)said["exits_exceed_replay"]!);
            JsonObject exits = said["exits"]!.AsObject();
            Assert.Equal(recorded.Count, exits.Count);
            foreach ((string reason, JsonNode? exit) in exits)
            {
                Assert.Equal(recorded[reason].Count, (long)exit!["count"]!);
                Assert.Equal(recorded[reason].Total.Nanoseconds, (long)exit["time_ns"]!);
            }
        }
    }

    [Fact]
    public void Recording_without_exits_has_none_in_the_summary()
    {
        ExperimentResult result = ReplayRun.Of(ScenarioFolder.Repository(Real), "2596098khz");

        JsonNode recorded = Summary(result, result.Backends[0])["recorded"]!;
        Assert.Null(recorded["exits"]);
        Assert.Null(recorded["exits_exceed_replay"]);
    }

    /// <summary>A recording counts its exits as a whole: those of a part of it are not known.</summary>
    [Fact]
    public void Run_that_is_shorter_than_its_recording_says_that_the_exits_are_of_more()
    {
        ExperimentResult result = ReplayRun.Of(ScenarioFolder.Repository(Intel), "2ghz", "50ms");

        Assert.True((bool)Summary(result, result.Backends[0])["recorded"]!["exits_exceed_replay"]!);
    }

    [Fact]
    public void Recordings_of_both_sides_are_mixed_and_exits_count_once_for_each_instance()
    {
        string host = ScenarioFolder.Repository(Intel);
        string guest = ScenarioFolder.Repository("tests/Field/files/ipi-crossfire.txt.gz");
        using ScenarioFolder folder = new();
        ExperimentResult result = Experiment.Run(
            folder.Read(
                $$"""
                scenario {
                  duration = trace
                  backends = [hrtimer]
                  host { cpus = 16, costs = skylake }
                  vms = [
                    { name = outer, count = 2, tsc = 2ghz, guest { type = trace, file = "{{host}}" } }
                    { name = inner, tsc = 1ghz, guest { type = trace, file = "{{guest}}" } }
                  ]
                }
                """
            ),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );

        RecordedComparison recorded = result.Backends[0].Recorded!;
        Assert.Null(recorded.LatenessEnd);
        Assert.Equal(
            "mixed",
            (string)Summary(result, result.Backends[0])["recorded"]!["lateness_to"]!
        );
        foreach (
            ExitStatistics exit in TraceCompiler
                .Compile(RecordedTrace.Read(host), TwoGigahertz)
                .Guest.Exits
        )
        {
            Assert.Equal(2 * exit.Count, recorded.Exits.CountOf(exit.Reason));
        }
    }

    private static JsonObject Summary(ExperimentResult result, BackendResult backend) =>
        SummaryDocument.Of(backend, result.Scenario);
}
