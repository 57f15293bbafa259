using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Formats.Traces;
using PvTimer.Scenarios;
using Xunit.Abstractions;

namespace PvTimer.Experiments.Tests.Mutation;

/// <summary>
/// Whatever happens to a trace, it is read and replayed, or refused in one line: no crash, no stall, no line
/// that is not accounted for. PVTIMER_MUTATIONS says how many (20000 takes minutes), PVTIMER_MUTATION_SEED
/// where to begin.
/// </summary>
public sealed class TraceMutationTests(ITestOutputHelper output) : IDisposable
{
    private const int Few = 200;
    private const int FewLines = 400;
    private const string Scenario = """
        scenario {
          duration = trace
          backends = [hrtimer, pvtimer]
          host { cpus = 4, tsc = 2000000khz, timer-cpu = last, costs = skylake }
          pvtimer { variant = fixed }
          vms = [ { name = recorded, guest { type = trace, file = mutated.txt } } ]
        }
        """;

    /// <summary>Held where the mutations run alone: on a loaded machine the time says nothing.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutated_trace_is_replayed_on_both_backends_or_refused_in_one_line()
    {
        int count = FromEnvironment("PVTIMER_MUTATIONS", Few);
        int seed = FromEnvironment("PVTIMER_MUTATION_SEED", 1);
        string[][] samples = Samples();
        string scenario = _folder.Write(Scenario);
        Tally tally = new();
        for (int i = 0; i < count; i++)
        {
            byte[] text = new TraceMutation(seed + i, samples).Next();
            File.WriteAllBytes(Path.Combine(_folder.Folder, "scenarios", "mutated.txt"), text);
            long started = Stopwatch.GetTimestamp();
            try
            {
                tally.Add(seed + i, Run(scenario));
            }
            catch (Exception e) when (e is not (TraceFormatException or ScenarioException))
            {
                tally.Fail(seed + i, e.GetType().Name + ": " + e.Message);
            }
            catch (Exception e) when (e.Message.Contains('\n', StringComparison.Ordinal))
            {
                tally.Fail(seed + i, "more than one line: " + e.Message);
            }
            catch (Exception)
            {
                tally.Refused++;
            }
            tally.Took(seed + i, Stopwatch.GetElapsedTime(started));
        }
        output.WriteLine(tally.ToString());
        Assert.True(tally.Failures.Count == 0, tally.ToString());
        Assert.Equal(count, tally.Replayed + tally.Refused);
        Assert.True(count == Few || tally.Longest < Longest, tally.ToString());
    }

    private string Run(string scenario)
    {
        RecordedTrace trace = RecordedTrace.Read(
            Path.Combine(_folder.Folder, "scenarios", "mutated.txt")
        );
        if (trace.Counts.Sum != trace.Lines || trace.Counts.Events != trace.Events.Length)
        {
            return $"{trace.Lines} lines, but {trace.Counts}";
        }
        ExperimentResult result = Experiment.Run(
            ScenarioReader.Read(scenario, []),
            EngineKind.Sequential,
            regions: 1,
            (_, _) => true
        );
        return result.Backends.All(backend => backend.Report.Timers.Lost == 0)
            ? ""
            : "timers are lost";
    }

    private static string[][] Samples()
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(
                ScenarioFolder.Repository("tests/Field"),
                "*.gz",
                SearchOption.AllDirectories
            ),
            .. Directory.EnumerateFiles(ScenarioFolder.Repository("config/traces"), "*.gz"),
        ];
        return [.. files.Order(StringComparer.Ordinal).Select(Beginning)];
    }

    private static string[] Beginning(string path)
    {
        using StreamReader text = new(
            new GZipStream(File.OpenRead(path), CompressionMode.Decompress),
            Encoding.Latin1
        );
        List<string> lines = [];
        while (lines.Count < FewLines && text.ReadLine() is { } line)
        {
            lines.Add(line);
        }
        return [.. lines];
    }

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(name),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int given
        )
            ? given
            : otherwise;

    private sealed class Tally
    {
        private const int MostShown = 20;

        public int Replayed { get; private set; }

        public int Refused { get; set; }

        public List<string> Failures { get; } = [];

        public TimeSpan Longest { get; private set; }

        private int LongestSeed { get; set; }

        public void Took(int seed, TimeSpan time)
        {
            if (time > Longest)
            {
                Longest = time;
                LongestSeed = seed;
            }
        }

        public void Add(int seed, string wrong)
        {
            Replayed++;
            if (wrong.Length > 0)
            {
                Fail(seed, wrong);
            }
        }

        public void Fail(int seed, string what) =>
            Failures.Add(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {what}"));

        public override string ToString() =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Replayed} replayed, {Refused} refused, {Failures.Count} failed, the longest {Longest.TotalMilliseconds:0} ms (seed {LongestSeed})\n{string.Join('\n', Failures.Take(MostShown))}"
            );
    }
}
