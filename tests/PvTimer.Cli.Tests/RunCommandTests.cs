using System;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;

namespace PvTimer.Cli.Tests;

public sealed class RunCommandTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Theory]
    [InlineData("actors")]
    [InlineData("sequential")]
    public void Run_prints_both_backends_side_by_side_and_writes_the_directory(string engine)
    {
        int code = _pvtimer.Run(
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--engine",
            engine
        );

        Assert.Equal(0, code);
        foreach (
            string said in new[]
            {
                "seed 1",
                "hrtimer",
                "pvtimer",
                "MSR_WRITE",
                "p99.9",
                "exits: pvtimer wins",
            }
        )
        {
            Assert.Contains(said, _pvtimer.Output, StringComparison.Ordinal);
        }
        Assert.Empty(_pvtimer.Error);
        string tables = File.ReadAllText(Path.Combine(_pvtimer.Out, "summary.txt"));
        Assert.StartsWith(tables, _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Header_names_the_hosts_that_differ()
    {
        int code = _pvtimer.Run(
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--set",
            "hosts=2",
            "--set",
            "network={ latency = 50us, bandwidth = 10gbit/s }",
            "--set",
            "other-hosts=[{ host = 1, tsc = 3ghz, costs = ideal }]"
        );

        Assert.Equal(0, code);
        Assert.Contains(
            "\nbut h1 tsc 3ghz, halt-poll 200us, costs ideal\n",
            Lines,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Vm_with_a_back_end_of_its_own_is_named_and_so_is_what_that_back_ends_figures_are()
    {
        int code = _pvtimer.Run(
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--backend",
            "hrtimer,preemption-timer",
            "--set",
            "vms.0.backend=passthrough"
        );

        Assert.Equal(0, code);
        Assert.Contains(" on passthrough in every run\n", Lines, StringComparison.Ordinal);
        Assert.Contains("passthrough's figures are a lower", Lines, StringComparison.Ordinal);
    }

    private string Lines => _pvtimer.Output.ReplaceLineEndings("\n");

    /// <summary>Runs whose VMs are all of one kind share rows; a run that mixes has one for each name.</summary>
    [Theory]
    [InlineData("backend = avic", "MSR_WRITE", "msr")]
    [InlineData("hlt-exits = true", "MSR_WRITE / msr")]
    public void Table_counts_no_exit_under_the_name_of_another_processor(
        string own,
        params string[] names
    )
    {
        int code = _pvtimer.Run(
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--backend",
            own.Contains("avic", StringComparison.Ordinal) ? "hrtimer" : "hrtimer,avic",
            "--set",
            $$"""vms=[ { name=plain, guest { type=cyclictest } }, { name=own, {{own}}, guest { type=cyclictest } } ]"""
        );

        Assert.True(code == 0, _pvtimer.Error);
        string tables = File.ReadAllText(Path.Combine(_pvtimer.Out, "summary.txt"));
        foreach (string name in names)
        {
            Assert.Matches($"\n +{name} +[1-9]", tables);
        }
        string exits = File.ReadAllText(Path.Combine(_pvtimer.Out, "hrtimer", "perf-kvm-stat.txt"));
        Assert.Matches(" MSR_WRITE +[1-9]", exits);
        Assert.Equal(names.Length > 1, exits.Contains(" msr ", StringComparison.Ordinal));
    }

    [Fact]
    public void With_json_standard_output_is_the_summary_and_nothing_else()
    {
        int code = _pvtimer.Run("run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out, "--json");

        Assert.Equal(0, code);
        Assert.Equal("short", (string)JsonNode.Parse(_pvtimer.Output)!["scenario"]!);
        Assert.Equal(File.ReadAllText(Path.Combine(_pvtimer.Out, "summary.json")), _pvtimer.Output);
        Assert.Contains("seed 1", _pvtimer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Backend_seed_and_set_override_the_scenario()
    {
        _pvtimer.Run(
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--json",
            "--backend",
            "pvtimer",
            "--seed",
            "9",
            "--set",
            "duration=20ms",
            "--set",
            "name=longer"
        );

        JsonNode summary = JsonNode.Parse(_pvtimer.Output)!;
        Assert.Equal(9, (int)summary["seed"]!);
        Assert.Equal(20_000_000, (long)summary["duration_ns"]!);
        Assert.Equal("longer", (string)summary["scenario"]!);
        Assert.Equal("pvtimer", Assert.Single(summary["backends"]!.AsObject()).Key);
    }

    [Fact]
    public void A_threshold_that_is_not_kept_is_exit_code_1_and_the_run_is_written_all_the_same()
    {
        int code = _pvtimer.Run(
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--set",
            "thresholds={ \"pvtimer.lateness.p50\" = \"< 1ns\", \"pvtimer.timers.lost\" = \"= 0\" }"
        );

        Assert.Equal(1, code);
        Assert.Contains(
            "threshold not kept: pvtimer.lateness.p50",
            _pvtimer.Error,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("timers.lost", _pvtimer.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_pvtimer.Out, "summary.json")));
    }

    [Theory]
    [InlineData("--set", "pvtimer.paddding=3cycles", "'padding'")]
    [InlineData("--set", "duration=-1s", "negative")]
    [InlineData("--backend", "hrtimer,hpet", "'hpet'")]
    [InlineData("--seed", "minus", "--seed")]
    [InlineData("--engine", "steam", "steam")]
    [InlineData("--nodes", "0", "from 1")]
    [InlineData("--regions", "0", "from 1")]
    [InlineData("--colour", "red", "--colour")]
    public void A_mistake_is_exit_code_2_one_line_and_no_directory(
        string option,
        string value,
        string said
    )
    {
        int code = _pvtimer.Run("run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out, option, value);

        Assert.Equal(2, code);
        Assert.Contains(said, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
        Assert.Empty(_pvtimer.Output);
        Assert.Equal(
            _pvtimer.ScenarioFile,
            Assert.Single(Directory.GetFileSystemEntries(_pvtimer.Folder))
        );
    }

    [Fact]
    public void A_scenario_that_is_not_there_is_exit_code_2()
    {
        Assert.Equal(2, _pvtimer.Run("run", "nowhere.conf"));
        Assert.StartsWith(
            "pvtimer run: nowhere.conf: no such file",
            _pvtimer.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_directory_that_holds_something_else_is_refused_before_the_run()
    {
        Assert.Equal(2, _pvtimer.Run("run", _pvtimer.ScenarioFile, "--out", _pvtimer.Folder));
        Assert.Contains("no earlier run", _pvtimer.Error, StringComparison.Ordinal);
        Assert.Empty(_pvtimer.Output);
    }

    [Fact]
    public void Debug_shows_where_an_error_came_from()
    {
        _pvtimer.Run("run", "nowhere.conf", "--debug");

        Assert.Contains("   at PvTimer", _pvtimer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interruption_is_exit_code_130_and_what_is_finished_is_written()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();

        int code = _pvtimer.Run(
            stop.Token,
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--json"
        );

        Assert.Equal(130, code);
        JsonNode summary = JsonNode.Parse(_pvtimer.Output)!;
        Assert.True((bool)summary["interrupted"]!);
        Assert.Equal("hrtimer", Assert.Single(summary["backends"]!.AsObject()).Key);
        Assert.False(Directory.Exists(Path.Combine(_pvtimer.Out, "pvtimer")));
    }

    [Fact]
    public void An_interruption_before_anything_is_finished_writes_nothing()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();

        int code = _pvtimer.Run(
            stop.Token,
            "run",
            _pvtimer.ScenarioFile,
            "--out",
            _pvtimer.Out,
            "--set",
            "duration=60s"
        );

        Assert.Equal(130, code);
        Assert.Contains("before a back-end was finished", _pvtimer.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_pvtimer.Out));
    }
}
