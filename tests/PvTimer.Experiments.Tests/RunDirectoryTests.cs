using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Tests.Scenarios;

namespace PvTimer.Experiments.Tests;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    private string Place => Path.Combine(_folder.Folder, "runs", "first");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_directory_holds_its_files_and_nothing_half_written_beside_it()
    {
        Write();

        string[] files =
        [
            .. Directory
                .GetFiles(Place, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Place, file))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(
            "hrtimer/lateness.hgrm hrtimer/perf-kvm-stat.txt manifest.json "
                + "pvtimer/lateness.hgrm pvtimer/perf-kvm-stat.txt scenario.conf summary.json summary.txt",
            string.Join(' ', files)
        );
        Assert.Equal("first", Path.GetFileName(Assert.Single(Siblings())));
    }

    [Fact]
    public void Manifest_says_what_was_run_and_how_to_repeat_it()
    {
        Write();

        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(Place, "manifest.json")))!;

        Assert.Equal(1, (int)manifest["seed"]!);
        Assert.Equal(10_000_000, (long)manifest["virtual_ns"]!);
        Assert.Equal(2, manifest["inputs"]!.AsArray().Count);
        Assert.All(
            manifest["inputs"]!.AsArray(),
            input => Assert.Matches("^[0-9a-f]{64}$", (string)input!["sha256"]!)
        );
        Assert.Matches("^[0-9a-f]+$", (string)manifest["trace_hashes"]!["pvtimer"]!);
        Assert.Contains(
            Path.Combine(Place, "scenario.conf"),
            (string)manifest["command"]!,
            StringComparison.Ordinal
        );
        foreach (string key in new[] { "version", "commit", "sdk", "runtime", "cpu", "started" })
        {
            Assert.NotEmpty((string)manifest[key]!);
        }
    }

    [Fact]
    public void An_earlier_run_is_replaced()
    {
        Write();
        File.WriteAllText(Path.Combine(Place, "stale.txt"), "");

        Assert.Null(RunDirectory.Obstacle(Place));
        Write();

        Assert.False(File.Exists(Path.Combine(Place, "stale.txt")));
        Assert.True(File.Exists(Path.Combine(Place, "summary.json")));
        Assert.Single(Siblings());
    }

    [Fact]
    public void A_place_that_holds_something_else_is_an_obstacle()
    {
        Directory.CreateDirectory(Place);
        Assert.Null(RunDirectory.Obstacle(Place));
        File.WriteAllText(Path.Combine(Place, "thesis.tex"), "");
        Assert.Contains("no earlier run", RunDirectory.Obstacle(Place)!, StringComparison.Ordinal);
        Assert.Contains(
            "is a file",
            RunDirectory.Obstacle(Path.Combine(Place, "thesis.tex"))!,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_run_that_cannot_be_written_to_its_end_leaves_nothing_behind()
    {
        string partial = $"{Place}.partial-{Environment.ProcessId}";
        // Where a file should go there is a folder already: the write fails half-way.
        Directory.CreateDirectory(Path.Combine(partial, "summary.json"));

        Assert.ThrowsAny<Exception>(Write);

        Assert.Empty(Siblings());
    }

    private string[] Siblings()
    {
        string parent = Path.GetDirectoryName(Place)!;
        return Directory.Exists(parent) ? Directory.GetFileSystemEntries(parent) : [];
    }

    private void Write()
    {
        ExperimentResult result = Run();
        JsonObject manifest = Manifest.Of(result, DateTimeOffset.UnixEpoch, TimeSpan.Zero, Place);
        RunDirectory.Write(Place, result, manifest, "tables\n");
    }

    private ExperimentResult Run() =>
        Experiment.Run(
            _folder.Read(ScenarioFolder.Plain),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );
}
