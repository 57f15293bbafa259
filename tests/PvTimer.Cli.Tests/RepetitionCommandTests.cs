using System;
using System.IO;
using System.Text.Json.Nodes;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer rerun, baseline and compare, as a user types them.</summary>
public sealed class RepetitionCommandTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    private string Manifest => Path.Combine(_pvtimer.Out, "manifest.json");

    private string BaselineFile => Path.Combine(_pvtimer.Folder, "baseline.json");

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Run_that_is_repeated_has_the_same_hashes()
    {
        RunOnce();
        _pvtimer.Succeed("rerun", Manifest);
        Assert.Contains("The same run", _pvtimer.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("differs", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Scenario_that_was_changed_since_is_named_and_ends_with_1()
    {
        RunOnce();
        string scenario = Path.Combine(_pvtimer.Out, "scenario.conf");
        string text = File.ReadAllText(scenario);
        Assert.Contains("period = 1ms", text, StringComparison.Ordinal);
        File.WriteAllText(
            scenario,
            text.Replace("period = 1ms", "period = 1100us", StringComparison.Ordinal)
        );

        Assert.Equal(1, _pvtimer.Run("rerun", _pvtimer.Out));
        Assert.Contains("differs", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"scenario: {scenario} has changed",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Back_end_that_is_gone_from_the_scenario_differs()
    {
        RunOnce();
        Rewrite(Manifest, manifest => manifest["trace_hashes"]!["fastpath"] = "00");

        Assert.Equal(1, _pvtimer.Run("rerun", Manifest, "--json"));
        JsonNode document = JsonNode.Parse(_pvtimer.Output)!;
        Assert.False(document["same"]!.GetValue<bool>());
        Assert.Null(document["backends"]![2]!["now"]);
    }

    [Theory]
    [InlineData("nowhere", "holds no finished run")]
    [InlineData("short.conf", "is no manifest of a run")]
    public void What_is_no_run_is_refused_in_one_line(string name, string complaint)
    {
        Assert.Equal(2, _pvtimer.Run("rerun", Path.Combine(_pvtimer.Folder, name)));
        Assert.Contains(complaint, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Contains("accepted: ", _pvtimer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Baseline_holds_as_long_as_no_figure_moves()
    {
        _pvtimer.Succeed("baseline", "save", _pvtimer.ScenarioFile, "--out", BaselineFile);
        Assert.Contains("1 scenarios, 2 runs", _pvtimer.Output, StringComparison.Ordinal);
        _pvtimer.Succeed("baseline", "check", BaselineFile);
        Assert.Contains("Nothing has moved", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Figure_that_moved_is_named_and_ends_with_1_unless_it_is_within()
    {
        _pvtimer.Run("baseline", "save", _pvtimer.ScenarioFile, "--out", BaselineFile);
        Rewrite(
            BaselineFile,
            baseline => baseline["scenarios"]![0]!["backends"]![0]!["figures"]!["timers.fired"] = 21
        );

        Assert.Equal(1, _pvtimer.Run("baseline", "check", BaselineFile));
        Assert.Contains("timers.fired", _pvtimer.Output, StringComparison.Ordinal);
        _pvtimer.Succeed("baseline", "check", BaselineFile, "--within", "20%");
    }

    [Theory]
    [InlineData("--within", "20")]
    [InlineData("--within", "-1%")]
    public void Share_without_its_sign_is_refused(string option, string value)
    {
        Assert.Equal(2, _pvtimer.Run("baseline", "check", BaselineFile, option, value));
        Assert.Contains("accepted: ", _pvtimer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Comparison_prints_what_differs_and_says_plainly_what_is_inconclusive()
    {
        string[] compare =
        [
            "compare",
            _pvtimer.ScenarioFile + "/hrtimer",
            _pvtimer.ScenarioFile + "/pvtimer",
        ];
        _pvtimer.Succeed([.. compare, "--repeat", "1"]);
        Assert.Contains("inconclusive", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains("one repetition", _pvtimer.Output, StringComparison.Ordinal);

        _pvtimer.Succeed([.. compare, "--json"]);
        JsonNode document = JsonNode.Parse(_pvtimer.Output)!;
        Assert.Equal(5, document["seeds"]!.AsArray().Count);
        Assert.Equal("lower", (string?)document["pairs"]![0]!["figures"]!["exits"]!["verdict"]);
        Assert.NotNull(document["pairs"]![0]!["parting"]);
    }

    [Theory]
    [InlineData("--repeat", "0")]
    [InlineData("--level", "100%")]
    [InlineData("--level", "0.95")]
    public void Comparison_refuses_what_makes_no_interval(string option, string value)
    {
        Assert.Equal(
            2,
            _pvtimer.Run("compare", _pvtimer.ScenarioFile, _pvtimer.ScenarioFile, option, value)
        );
        Assert.Contains($"{option}: ", _pvtimer.Error, StringComparison.Ordinal);
    }

    private void RunOnce() => _pvtimer.Succeed("run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out);

    private static void Rewrite(string file, Action<JsonNode> change)
    {
        JsonNode document = JsonNode.Parse(File.ReadAllText(file))!;
        change(document);
        File.WriteAllText(file, document.ToJsonString());
    }
}
