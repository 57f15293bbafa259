using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;

namespace PvTimer.Cli.Tests;

/// <summary>Results are never lost: neither earlier ones nor what a run has reached.</summary>
public sealed class KeptResultsTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void A_cluster_that_does_not_answer_costs_no_results()
    {
        Assert.Equal(0, Run());
        string before = Content();

        Assert.Equal(3, Run("--join", "127.0.0.1:1"));

        Assert.Equal(before, Content());
        Assert.Contains("no node answers", _pvtimer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--resume", _pvtimer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("actors", "1")]
    [InlineData("actors", "2")]
    [InlineData("actors", "3")]
    [InlineData("sequential", "1")]
    public void An_interrupted_run_goes_on_to_the_hash_of_one_that_was_not(
        string engine,
        string regions
    )
    {
        string[] more = ["--engine", engine, "--regions", regions, "--set", "duration=300ms"];
        Assert.Equal(130, Interrupt(more));
        Assert.Contains(
            $"to go on: pvtimer run --resume {_pvtimer.Out}",
            _pvtimer.Error,
            StringComparison.Ordinal
        );
        Assert.Equal(["checkpoints", "run.json"], Names());
        Assert.Equal(2, Run());
        Assert.Contains("not finished", _pvtimer.Error, StringComparison.Ordinal);

        _pvtimer.Succeed("run", "--resume", _pvtimer.Out, "--json");

        JsonNode resumed = JsonNode.Parse(_pvtimer.Output)!;
        Assert.Equal(engine, (string)resumed["engine"]!);
        Assert.DoesNotContain("run.json", Names(), StringComparer.Ordinal);
        Assert.DoesNotContain("checkpoints", Names(), StringComparer.Ordinal);
        using CommandLine other = new();
        other.Run(
            "run",
            other.ScenarioFile,
            "--out",
            other.Out,
            "--json",
            "--set",
            "duration=300ms"
        );
        JsonNode whole = JsonNode.Parse(other.Output)!;
        foreach (string backend in new[] { "hrtimer", "pvtimer" })
        {
            foreach (string figure in new[] { "trace_hash", "events", "lateness_ns", "exits" })
            {
                Assert.Equal(
                    $"{whole["backends"]![backend]![figure]}",
                    $"{resumed["backends"]![backend]![figure]}"
                );
            }
        }
    }

    [Fact]
    public void What_was_finished_before_an_interruption_is_not_run_again()
    {
        Assert.Equal(130, Interrupt());
        JsonNode before = Summary()["backends"]!;
        Assert.Equal("hrtimer", Assert.Single(before.AsObject()).Key);

        _pvtimer.Succeed("run", "--resume", _pvtimer.Out, "--quiet");

        JsonNode after = Summary()["backends"]!;
        Assert.Equal(2, after.AsObject().Count);
        Assert.Equal(
            (string)before["hrtimer"]!["trace_hash"]!,
            (string)after["hrtimer"]!["trace_hash"]!
        );
        Assert.Equal(0, Run("--out", Path.Combine(_pvtimer.Folder, "whole")));
        Assert.Equal(
            File.ReadAllText(Path.Combine(_pvtimer.Folder, "whole", "pvtimer", "lateness.hgrm")),
            File.ReadAllText(Path.Combine(_pvtimer.Out, "pvtimer", "lateness.hgrm"))
        );
    }

    [Fact]
    public void An_interrupted_run_leaves_earlier_results_until_it_is_finished()
    {
        Assert.Equal(0, Run());
        string before = File.ReadAllText(Path.Combine(_pvtimer.Out, "summary.json"));

        Assert.Equal(130, Interrupt("--seed", "5"));

        Assert.Equal(before, File.ReadAllText(Path.Combine(_pvtimer.Out, "summary.json")));
        Assert.Contains(
            "keeps the results of the earlier run",
            _pvtimer.Error,
            StringComparison.Ordinal
        );
        _pvtimer.Succeed("run", "--resume", _pvtimer.Out);
        Assert.Equal(5, (int)Summary()["seed"]!);
    }

    [Fact]
    public void An_interrupted_run_that_is_interrupted_again_still_reaches_its_end()
    {
        string[] more = ["--set", "duration=300ms", "--backend", "pvtimer"];
        Assert.Equal(130, Interrupt(more));
        string[] first = Checkpoints();
        Assert.Equal(130, _pvtimer.RunInterrupted("run", "--resume", _pvtimer.Out));
        Assert.NotEqual(first, Checkpoints());

        _pvtimer.Succeed("run", "--resume", _pvtimer.Out, "--regions", "2");

        string hash = (string)Summary()["backends"]!["pvtimer"]!["trace_hash"]!;
        Assert.Equal(0, Run(more));
        Assert.Equal(hash, (string)Summary()["backends"]!["pvtimer"]!["trace_hash"]!);
    }

    [Fact]
    public void An_output_that_takes_nothing_costs_no_results()
    {
        int code = _pvtimer.RunUnheard([
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--json",
        ]);

        Assert.Equal(2, code);
        Assert.EndsWith(
            $"pvtimer run: standard output: No space left on device; the results are in {_pvtimer.Out}\n",
            _pvtimer.Error,
            StringComparison.Ordinal
        );
        Assert.Equal(2, Summary()["backends"]!.AsObject().Count);
    }

    [Fact]
    public void An_output_that_takes_not_even_the_first_line_is_named_before_the_run()
    {
        Assert.Equal(2, _pvtimer.RunUnheard("run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out));

        Assert.Equal(
            "pvtimer run: standard output: No space left on device; nothing has been run\n",
            _pvtimer.Error
        );
        Assert.False(Directory.Exists(_pvtimer.Out));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/proc/here")]
    [InlineData("/dev/null/here")]
    [InlineData("SCENARIO")]
    [InlineData("SCENARIO/below/it")]
    public void A_place_that_cannot_be_written_is_refused_before_the_run(string place)
    {
        string whole = place.Replace("SCENARIO", _pvtimer.ScenarioFile, StringComparison.Ordinal);

        Assert.Equal(2, _pvtimer.Run("run", _pvtimer.ScenarioFile, "--out", whole));

        Assert.StartsWith("pvtimer run: --out: ", _pvtimer.Error, StringComparison.Ordinal);
        Assert.Contains("accepted:", _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
        Assert.Empty(_pvtimer.Output);
    }

    private int Run(params string[] more) =>
        _pvtimer.Run([
            "run",
            _pvtimer.ScenarioFile,
            .. more.Contains("--out") ? [] : new[] { "--out", _pvtimer.Out },
            .. more,
        ]);

    private int Interrupt(params string[] more) =>
        _pvtimer.RunInterrupted(["run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out, .. more]);

    private JsonNode Summary() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(_pvtimer.Out, "summary.json")))!;

    private string[] Checkpoints() =>
        Directory.GetFiles(Path.Combine(_pvtimer.Out, "checkpoints", "pvtimer"), "manifest-*");

    private string[] Names() =>
        [
            .. Directory
                .GetFileSystemEntries(_pvtimer.Out)
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>All files with all that is in them.</summary>
    private string Content() =>
        string.Join(
            '\n',
            Directory
                .GetFiles(_pvtimer.Out, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => $"{file}: {File.ReadAllText(file)}")
        );
}
