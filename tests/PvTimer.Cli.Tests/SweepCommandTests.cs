using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer sweep and pvtimer optimise in one process.</summary>
public sealed class SweepCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    private string[] Matrix =>
        [_line.ScenarioFile, "--over", "pvtimer.scan-period=50us..200us:x2", "--repeat", "2"];

    public void Dispose() => _line.Dispose();

    [Fact]
    public void Sweep_writes_its_tables_and_runs_nothing_twice()
    {
        _line.Succeed(["sweep", .. Matrix, "--out", _line.Out]);
        Assert.Contains("3 points, 2 repetitions", _line.Output, StringComparison.Ordinal);
        Assert.Contains("12 done, 0 failed, 0 cached", _line.Output, StringComparison.Ordinal);
        string[] results = ["results.csv", "results.parquet", "summary.json"];
        byte[][] first = Array.ConvertAll(results, Bytes);

        int code = _line.Run(["sweep", .. Matrix, "--out", _line.Out, "--json", "--parallel", "1"]);

        Assert.True(code == 0, _line.Error);
        Assert.Equal(first, Array.ConvertAll(results, Bytes));
        JsonNode summary = JsonNode.Parse(_line.Output)!;
        Assert.Equal(3, summary["points"]!.AsArray().Count);
        Assert.Equal(
            2,
            (int)summary["points"]![2]!["backends"]!["pvtimer"]!["verdict.exits"]!["n"]!
        );
        _line.Succeed("sweep", "--resume", _line.Out);
        Assert.Contains("0 done, 0 failed, 12 cached", _line.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupted_sweep_says_how_to_go_on_and_does()
    {
        Assert.Equal(130, _line.RunInterrupted(["sweep", .. Matrix, "--out", _line.Out]));
        string goOn = $"interrupted; to go on: pvtimer sweep --resume {_line.Out}";
        Assert.Contains(goOn, _line.Error, StringComparison.Ordinal);
        _line.Succeed("sweep", "--resume", _line.Out);
        Assert.Contains("12 of 12 runs", _line.Output, StringComparison.Ordinal);
        Assert.Equal(2, _line.Run("sweep", "--resume", _line.Out, "--repeat", "3"));
        Assert.Contains("--repeat: a sweep that is resumed", _line.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Optimise_finds_what_the_sweep_has_and_uses_its_runs()
    {
        _line.Succeed(["sweep", .. Matrix, "--out", _line.Out]);
        DateTime[] before = Written();
        int code = _line.Run([
            "optimise",
            .. Matrix,
            "--objective",
            "pvtimer.cpu",
            "--subject-to",
            "lateness.p99 < 1s",
            "--out",
            _line.Out,
            "--json",
        ]);
        Assert.True(code == 0, _line.Error);
        JsonNode found = JsonNode.Parse(_line.Output)!;
        JsonNode best = Assert.Single(found["front"]!.AsArray())!;
        Assert.Equal("200us", (string)best["values"]!["pvtimer.scan-period"]!);
        Assert.Equal("pvtimer", (string)best["backend"]!);
        Assert.Equal(6, (int)found["full_runs"]!);
        Assert.True(File.Exists(Path.Combine(_line.Out, "optimisation.json")));
        Assert.Equal(before, Written());

        DateTime[] Written() =>
            [
                .. Directory
                    .GetFiles(Path.Combine(_line.Out, "runs"))
                    .Order(StringComparer.Ordinal)
                    .Select(File.GetLastWriteTimeUtc),
            ];
    }

    [Fact]
    public void Sweep_looks_at_thresholds_point_by_point()
    {
        string[] promise = ["--set", "thresholds.\"pvtimer.scans\"=\"< 1000\""];
        string[] matrix = [_line.ScenarioFile, "--over", "pvtimer.scan-period=2us,1ms"];
        int code = _line.Run([
            "sweep",
            .. matrix,
            .. promise,
            "--repeat",
            "2",
            "--out",
            _line.Out,
            "--json",
        ]);
        Assert.True(code == 1, _line.Error);
        JsonNode summary = JsonNode.Parse(_line.Output)!;
        Assert.Equal("broken", (string)summary["points"]![0]!["verdict"]!);
        Assert.Equal(2, (int)summary["points"]![0]!["thresholds"]![0]!["broken"]!);
        Assert.Equal("kept", (string)summary["points"]![1]!["verdict"]!);
        Assert.Equal(1, (int)summary["thresholds"]!["points_broken"]!);
        Assert.Contains(
            "threshold not kept: point 1 (pvtimer.scan-period=2us): pvtimer.scans < 1000: broken by 2 of 2 runs",
            _line.Error,
            StringComparison.Ordinal
        );
        string[] rows = File.ReadAllLines(Path.Combine(_line.Out, "results.csv"));
        Assert.Equal(
            ["1", "1", "0", "0"],
            from row in rows
            where row.Contains(",thresholds.broken,", StringComparison.Ordinal)
            select row[(row.LastIndexOf(',') + 1)..],
            StringComparer.Ordinal
        );
        Assert.Contains(
            "Thresholds: 1 of 2 points keep all of them",
            File.ReadAllText(Path.Combine(_line.Out, "report.html")),
            StringComparison.Ordinal
        );

        // Finished runs stay finished when only a promise changes.
        promise[1] = "thresholds.\"pvtimer.scans\"=\"> 0\"";
        code = _line.Run(["sweep", .. matrix, .. promise, "--repeat", "2", "--out", _line.Out]);
        Assert.True(code == 0, _line.Error);
        Assert.Contains("8 cached", _line.Output, StringComparison.Ordinal);
        Assert.Contains("2 of 2 points keep them", _line.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Optimise_finds_only_what_keeps_the_scenarios_thresholds()
    {
        string[] search =
        [
            "optimise",
            _line.ScenarioFile,
            .. new[] { "--over", "pvtimer.scan-period=20us,100us,1ms", "--repeat", "2" },
            .. new[] { "--objective", "pvtimer.cpu", "--out", _line.Out },
        ];
        _line.Succeed([.. search, "--json"]);
        Assert.Equal("1ms", Best());

        string[] promise = ["--set", "thresholds.\"pvtimer.scans\"=\"> 300\""];
        _line.Succeed([.. search, .. promise, "--json"]);
        Assert.Equal("20us", Best());
        _line.Succeed([.. search, .. promise]);
        Assert.Contains("subject to pvtimer.scans > 300", _line.Output, StringComparison.Ordinal);

        string Best() =>
            (string)JsonNode.Parse(_line.Output)!["front"]![0]!["values"]!["pvtimer.scan-period"]!;
    }

    [Fact]
    public void Scenarios_own_repetitions_hold_for_another_matrix_too()
    {
        int code = _line.Run(
            "sweep",
            _line.ScenarioFile,
            "--over",
            "pvtimer.scan-period=100us,200us",
            "--set",
            "sweep.repeat=3",
            "--out",
            _line.Out
        );
        Assert.True(code == 0, _line.Error);
        Assert.Contains("2 points, 3 repetitions", _line.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compare SCENARIO/hrtimer SCENARIO/pvtimer --repeat 1")]
    [InlineData("backends SCENARIO")]
    public void Commands_that_do_not_look_at_thresholds_say_so(string command)
    {
        string text = File.ReadAllText(_line.ScenarioFile).TrimEnd();
        File.WriteAllText(
            _line.ScenarioFile,
            text[..^1] + "thresholds { \"hrtimer.timers.lost\" = \"= 0\" }\n}\n"
        );
        string[] words =
        [
            .. command
                .Split(' ')
                .Select(word =>
                    word.Replace("SCENARIO", _line.ScenarioFile, StringComparison.Ordinal)
                ),
        ];
        _line.Succeed(words);
        Assert.Contains(
            $"thresholds (1): pvtimer {words[0]} does not evaluate them",
            _line.Error,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("sweep SCENARIO", "--over is missing")]
    [InlineData("sweep --over host.cpus=4", "SCENARIO is missing")]
    [InlineData("sweep SCENARIO --over host.cpus=4,0", "point 2 (host.cpus=0): ")]
    [InlineData("sweep SCENARIO --over host.cpus=4 --repeat 0", "--repeat: 0 is out of range")]
    [InlineData("sweep SCENARIO --over host.cpus=4 --nodes 2 --parallel 2", "accepted: one of")]
    [InlineData("sweep SCENARIO --over host.cpus=4 --token-file t", "accepted: with --join")]
    [InlineData("sweep SCENARIO --over host.cpus=4 --join nowhere", "accepted: HOST:PORT")]
    [InlineData("sweep SCENARIO --over host.cpus=4 --out FOLDER", "holds no sweep")]
    [InlineData("optimise SCENARIO --over host.cpus=4", "--objective is missing")]
    [InlineData("optimise SCENARIO --over host.cpus=4 --objective x", "there is no number 'x'")]
    public void What_cannot_be_swept_is_refused_in_one_line(string command, string why)
    {
        string[] words = Array.ConvertAll(
            command.Split(' '),
            word =>
                word switch
                {
                    "SCENARIO" => _line.ScenarioFile,
                    "FOLDER" => _line.Folder,
                    _ => word,
                }
        );
        Assert.Equal(2, _line.Run(words));
        Assert.Contains(why, _line.Error, StringComparison.Ordinal);
        Assert.Contains("accepted:", _line.Error, StringComparison.Ordinal);
        Assert.Single(_line.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(Directory.GetDirectories(_line.Folder));
    }

    /// <summary>What a build with DuckDB answers is not tested here: this one has none, and says so.</summary>
    [Fact]
    public void Query_says_how_to_get_what_it_lacks()
    {
        Assert.Equal(2, _line.Run("query", "select 1", _line.Folder));
        Assert.Contains("results.parquet; accepted:", _line.Error, StringComparison.Ordinal);
        Directory.CreateDirectory(_line.Out);
        File.WriteAllText(Path.Combine(_line.Out, "results.parquet"), "");
        Assert.Equal(2, _line.Run("query", "select 1", _line.Out));
        Assert.Contains("-p:WithDuckDb=true", _line.Error, StringComparison.Ordinal);
    }

    private byte[] Bytes(string file) => File.ReadAllBytes(Path.Combine(_line.Out, file));
}
