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
                + "pvtimer/lateness.hgrm pvtimer/perf-kvm-stat.txt report.html scenario.conf summary.json summary.txt",
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
        string partial = Path.Combine(Place, $".partial-{Environment.ProcessId}");
        // Where a file should go there is a folder already: the write fails half-way.
        Directory.CreateDirectory(Path.Combine(partial, "summary.json"));

        Assert.ThrowsAny<Exception>(Write);

        Assert.Empty(Directory.GetFileSystemEntries(Place));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_earlier_results_as_they_were()
    {
        Write();
        string before = File.ReadAllText(Path.Combine(Place, "summary.json"));
        Directory.CreateDirectory(
            Path.Combine(Place, $".partial-{Environment.ProcessId}", "summary.txt")
        );

        Assert.ThrowsAny<Exception>(Write);

        Assert.Equal(before, File.ReadAllText(Path.Combine(Place, "summary.json")));
        Assert.True(RunDirectory.HoldsFinished(Place));
        Assert.Empty(Directory.GetDirectories(Place, ".*"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_replacement_that_was_cut_off_is_done_to_its_end(bool isOut)
    {
        Write();
        string finished = Path.Combine(Place, ".finished");
        Directory.CreateDirectory(finished);
        File.WriteAllText(Path.Combine(finished, "manifest.json"), "new");
        if (isOut)
        {
            // It was cut off when the earlier results were out of their places and one of the new ones was there.
            string old = Path.Combine(Place, ".replaced");
            Directory.CreateDirectory(old);
            foreach (
                string entry in Directory
                    .GetFileSystemEntries(Place)
                    .Where(entry => !Path.GetFileName(entry).StartsWith('.'))
            )
            {
                Directory.Move(entry, Path.Combine(old, Path.GetFileName(entry)));
            }
            File.WriteAllText(Path.Combine(Place, "summary.txt"), "new");
        }

        Assert.Null(RunDirectory.Obstacle(Place));

        Assert.Equal("new", File.ReadAllText(Path.Combine(Place, "manifest.json")));
        Assert.False(File.Exists(Path.Combine(Place, "summary.json")));
        Assert.Equal(isOut, File.Exists(Path.Combine(Place, "summary.txt")));
        Assert.Empty(Directory.GetDirectories(Place, ".*"));
    }

    [Fact]
    public void Results_of_an_interrupted_run_take_the_place_of_no_finished_ones()
    {
        Write();
        string before = File.ReadAllText(Path.Combine(Place, "manifest.json"));

        Assert.False(Write(isInterrupted: true));

        Assert.Equal(before, File.ReadAllText(Path.Combine(Place, "manifest.json")));
    }

    [Theory]
    [InlineData("", "no name of a folder")]
    [InlineData("file/below", "cannot be written")]
    [InlineData("file/far/below", "cannot be written")]
    public void A_place_that_cannot_be_written_is_an_obstacle(string place, string said)
    {
        File.WriteAllText(Path.Combine(_folder.Folder, "file"), "");
        string whole = place.Length == 0 ? place : Path.Combine(_folder.Folder, place);

        Assert.Contains(said, RunDirectory.Obstacle(whole)!, StringComparison.Ordinal);
    }

    [Fact]
    public void Finding_out_whether_a_place_can_be_written_leaves_nothing_there()
    {
        Assert.Null(RunDirectory.Obstacle(Path.Combine(_folder.Folder, "a", "b", "c")));

        Assert.False(Directory.Exists(Path.Combine(_folder.Folder, "a")));
    }

    [Theory]
    [InlineData("runs/two-hosts-42", "runs/two-hosts-42")]
    [InlineData("my runs/Größe", "'my runs/Größe'")]
    [InlineData("it's $HOME", "'it'\\''s $HOME'")]
    [InlineData("~/run", "'~/run'")]
    public void How_to_resume_is_what_a_shell_takes(string directory, string word) =>
        Assert.Equal($"pvtimer run --resume {word}", RunDirectory.HowToResume(directory));

    [Fact]
    public void An_unfinished_run_of_an_older_form_is_refused_with_its_version()
    {
        Directory.CreateDirectory(Place);
        File.WriteAllText(
            Path.Combine(Place, "run.json"),
            """
            {
              "version": 1, "started": "2026-01-01T00:00:00+00:00", "nodes": 2, "regions": 1,
              "checkpoint_milliseconds": 2000, "run_ids": {}, "is_written": false,
              "process": { "id": 1, "started": 0, "world": "" }
            }
            """
        );

        InvalidDataException refused = Assert.Throws<InvalidDataException>(() =>
            UnfinishedRun.Resume(Place)
        );

        Assert.EndsWith(
            "run.json: version 1, of another pvtimer; accepted: version 3, or another folder",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    private string[] Siblings()
    {
        string parent = Path.GetDirectoryName(Place)!;
        return Directory.Exists(parent) ? Directory.GetFileSystemEntries(parent) : [];
    }

    private void Write() => Assert.True(Write(isInterrupted: false));

    private bool Write(bool isInterrupted)
    {
        ExperimentResult result = Run() with { Interrupted = isInterrupted };
        JsonObject manifest = Manifest.Of(result, DateTimeOffset.UnixEpoch, TimeSpan.Zero, Place);
        return RunDirectory.Write(Place, result, manifest, "tables\n");
    }

    private ExperimentResult Run() =>
        Experiment.Run(
            _folder.Read(ScenarioFolder.Plain),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );
}
