using System;
using System.Linq;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;
using Xunit.Abstractions;

namespace PvTimer.Experiments.Tests.Replay;

/// <summary>A recording is replayed whole: every deadline is programmed, on both back-ends.</summary>
public class WholeReplayTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("config/traces/amd-quiet-nanosleep-100us.ftrace.gz", "2596098khz", 20_129)]
    [InlineData("config/traces/amd-quiet-cyclictest-200us.ftrace.gz", "2596098khz", 48_042)]
    [InlineData("config/traces/amd-quiet-sleep-10ms.ftrace.gz", "2596098khz", 6_164)]
    [InlineData("config/traces/nginx.ftrace.gz", "2499998khz", 1_332)]
    [InlineData("tests/Field/files/ipi-crossfire.txt.gz", "1ghz", 200)]
    [InlineData("tests/Field/files/ipi-crossfire-without-ipis.txt.gz", "1ghz", 200)]
    [InlineData("tests/Field/files/ftrace-cpumask-2-3.txt.gz", "1ghz", 400)]
    public void Recording_is_replayed_whole(string path, string tsc, long deadlines)
    {
        // A little longer than the longest of them: what the emulated host delays at its end comes, too.
        ExperimentResult result = ReplayRun.Of(ScenarioFolder.Repository(path), tsc, "13s");

        output.WriteLine(ReplayRun.Describe(result));
        foreach (BackendResult backend in result.Backends)
        {
            ReplayCounts replay = backend.Report.Replay!;
            Assert.Equal(deadlines, replay.Deadlines);
            Assert.Equal(deadlines, replay.Programmed);
            Assert.Equal(0, replay.NotReached);
            Assert.Equal(0, replay.BrokenWaits);
        }
    }

    [Fact]
    public void Crossing_ipis_do_not_change_the_lateness()
    {
        const string Files = "tests/Field/files/ipi-crossfire";
        ExperimentResult with = ReplayRun.Of(ScenarioFolder.Repository(Files + ".txt.gz"), "1ghz");
        ExperimentResult without = ReplayRun.Of(
            ScenarioFolder.Repository(Files + "-without-ipis.txt.gz"),
            "1ghz"
        );

        foreach ((BackendResult one, BackendResult other) in with.Backends.Zip(without.Backends))
        {
            Assert.Equal(other.Report.Lateness.Count, one.Report.Lateness.Count);
            foreach (int permyriad in new[] { 5_000, 9_000, 9_900 })
            {
                Assert.Equal(
                    other.Report.Lateness.Quantile(permyriad),
                    one.Report.Lateness.Quantile(permyriad)
                );
            }
        }
    }

    [Fact]
    public void Cpus_of_other_numbers_give_the_same_run()
    {
        const string Path = "config/traces/nginx.ftrace.gz";
        ExperimentResult original = ReplayRun.Of(ScenarioFolder.Repository(Path), "2499998khz");
        string text = ReplayRun
            .TextOf(Path)
            .Replace("[001]", "[017]", StringComparison.Ordinal)
            .Replace("[000]", "[002]", StringComparison.Ordinal)
            .Replace("830, value f", "830, value 2000000f", StringComparison.Ordinal)
            .Replace("830, value 1000000f", "830, value 11000000f", StringComparison.Ordinal);

        ExperimentResult renumbered = ReplayRun.OfText(text, "2499998khz", "trace", "closed-loop");

        Assert.Equal(
            original.Backends.Select(backend => backend.Outcome.TraceHash),
            renumbered.Backends.Select(backend => backend.Outcome.TraceHash),
            StringComparer.Ordinal
        );
    }

    [Theory]
    [InlineData("100ms")]
    [InlineData("1s")]
    public void Recorded_lateness_covers_what_was_replayed_and_no_more(string duration)
    {
        string path = ScenarioFolder.Repository("config/traces/cyclictest-1ms.ftrace.gz");
        ExperimentResult result = ReplayRun.Of(path, "2499998khz", duration);
        RecordedTrace trace = RecordedTrace.Read(path);
        CompiledTrace compiled = TraceCompiler.Compile(
            trace,
            TscFrequency.FromKilohertz(2_499_998)
        );
        TscTicks end = compiled.Guest.Start.PlusSaturating(
            compiled.Guest.Frequency.CyclesIn(result.Scenario.Duration)
        );
        long due = RecordedLateness.Of(compiled.Guest).Count(sample => sample.Deadline < end);

        foreach (BackendResult backend in result.Backends)
        {
            ReplayCounts replay = backend.Report.Replay!;
            Assert.InRange(backend.Recorded!.Lateness.Count, due - 4, due);
            Assert.InRange(replay.Programmed, 1, replay.Deadlines - 1);
            Assert.Equal(0, replay.NotReached);
            Assert.InRange(replay.Remaining, 1, long.MaxValue);
        }
    }

    [Fact]
    public void Polling_guest_does_not_halt()
    {
        // CPU 0 recorded 12 451 polls and, at its beginning, 4 halts; CPU 1 nothing of its idle loop.
        ExperimentResult result = ReplayRun.Of(
            ScenarioFolder.Repository("config/traces/amd-quiet-cyclictest-200us.ftrace.gz"),
            "2596098khz",
            "500ms"
        );

        Assert.Contains(
            result.Scenario.Warnings,
            warning => warning.Contains("that it polls", StringComparison.Ordinal)
        );
        foreach (BackendResult backend in result.Backends)
        {
            Assert.Equal(
                4,
                backend.Report.Exits.Single(exit => exit.Reason == VmExitReason.Hlt).Count
            );
        }
    }
}
