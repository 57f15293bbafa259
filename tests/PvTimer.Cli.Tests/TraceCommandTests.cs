using System;
using System.IO;
using System.Text.Json.Nodes;
using PvTimer.Model.Costs;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Cli.Tests;

public sealed class TraceCommandTests : IDisposable
{
    private static readonly string Trace = CommandLine.Repository(
        "config/traces/nanosleep-100us.ftrace.gz"
    );

    private static readonly string Profile = CommandLine.Repository(
        "config/costs/cascadelake-kvm.conf"
    );

    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Inspect_says_what_the_guest_did()
    {
        _pvtimer.Succeed("trace", "inspect", Trace, "--tsc", "2499998khz");
        Assert.Contains("write_msr", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains("lateness", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains(" us", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "cycles")]
    [InlineData("2499998khz", "ns")]
    public void Inspect_as_json_is_one_document_and_names_its_unit(string? tsc, string unit)
    {
        string[] options = tsc is null ? ["--json"] : ["--json", "--tsc", tsc];
        _pvtimer.Succeed(["trace", "inspect", Trace, .. options]);
        JsonNode document = JsonNode.Parse(_pvtimer.Output)!;
        Assert.Equal(unit, (string)document["timer_use"]!["unit"]!);
        Assert.True((long)document["timer_use"]!["deadline_writes"]! > 10_000);
        Assert.Equal(0, (long)document["lost_events"]!);
    }

    [Fact]
    public void Inspect_of_writes_alone_has_no_lateness()
    {
        string file = Path.Combine(_pvtimer.Folder, "writes.txt");
        File.WriteAllText(file, " a-1 [000] ..... 500: write_msr: 6e0, value 999\n");

        _pvtimer.Succeed("trace", "inspect", file);
        Assert.Contains(
            "lateness    none (0 interrupts)",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
        _pvtimer.Succeed("trace", "inspect", file, "--json");
        JsonNode use = JsonNode.Parse(_pvtimer.Output)!["timer_use"]!;
        Assert.Null(use["lateness"]!["p50"]);
        Assert.Equal(1, (long)use["distance"]!["count"]!);
    }

    [Theory]
    [InlineData("mine", "/proc/nowhere/mine.conf", "--out: '/proc/nowhere' cannot be written")]
    [InlineData("mine", "folder.conf", "is a folder")]
    [InlineData("mine", "mine.txt", "is no name of a profile's file")]
    [InlineData("a\"b", "there.conf", "--name: 'a\"b' has '\"' in it")]
    public void Fit_that_could_not_be_written_is_refused_and_what_is_there_stays(
        string name,
        string output,
        string what
    )
    {
        string there = Path.Combine(_pvtimer.Folder, "there.conf");
        File.WriteAllText(there, "kept");
        Directory.CreateDirectory(Path.Combine(_pvtimer.Folder, "folder.conf"));
        string path = Path.Combine(_pvtimer.Folder, output);
        string[] options = ["--profile", Profile, "--tsc", "2499998khz", "--name", name];

        Assert.Equal(2, _pvtimer.Run(["trace", "fit", Trace, .. options, "--out", path]));
        Assert.Contains(what, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Empty(_pvtimer.Output);
        Assert.Equal("kept", File.ReadAllText(there));
    }

    [Fact]
    public void Fit_writes_a_whole_profile_and_says_what_it_could_not_identify()
    {
        string written = Path.Combine(_pvtimer.Folder, "mine.conf");
        string other = CommandLine.Repository("config/traces/nginx.ftrace.gz");
        string[] options = ["--profile", Profile, "--tsc", "2499998khz", "--name", "my host"];

        _pvtimer.Succeed([
            "trace",
            "fit",
            Trace,
            .. options,
            "--out",
            written,
            "--leave-out",
            other,
        ]);

        CostProfile profile = CostProfileFile.Read(written);
        Assert.Equal(("my host", 17), (profile.Name, profile.TimerInterrupt.Quantiles.Length));
        Assert.NotEmpty(profile.RunningStates);
        string heading = File.ReadAllText(written);
        Assert.StartsWith("# Fitted on ", heading, StringComparison.Ordinal);
        Assert.Contains("by: pvtimer trace fit", heading, StringComparison.Ordinal);
        Assert.Contains(
            "Not identified by these recordings: running from",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("kept from cascadelake-kvm", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains("Left out: nginx.ftrace.gz", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_has_a_row_for_every_recording_and_says_which_it_refuses()
    {
        string counter = CommandLine.Repository("config/traces/amd-sameevents-counter.ftrace.gz");
        string nginx = CommandLine.Repository("config/traces/nginx.ftrace.gz");
        string[] options = ["--profile", Profile, "--group", "ng=2499998khz", "--markdown"];

        _pvtimer.Succeed(["trace", "check", nginx, counter, .. options]);

        string[] lines = _pvtimer.Output.TrimEnd().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("| nginx | ", lines[2], StringComparison.Ordinal);
        Assert.Contains("not identified without it", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("| amd-sameevents-counter | refused", lines[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fit", "--halt-poll", "soon", "no such window")]
    [InlineData("fit", "--halt-poll", "-1us", "at least 0ns")]
    [InlineData("check", "--group", "amd", "PREFIX=FREQUENCY")]
    [InlineData("check", "--group", "amd=fast", "no frequency")]
    public void What_an_option_does_not_accept_is_one_line(
        string command,
        string option,
        string value,
        string why
    )
    {
        Assert.Equal(
            2,
            _pvtimer.Run("trace", command, Trace, "--profile", Profile, $"{option}={value}")
        );
        Assert.Contains(option, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Contains(why, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_file_that_is_no_trace_is_exit_code_2_in_one_line()
    {
        Assert.Equal(2, _pvtimer.Run("trace", "inspect", _pvtimer.ScenarioFile));
        Assert.Contains("short.conf", _pvtimer.Error, StringComparison.Ordinal);
        Assert.Contains("accepted", _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_trace_cut_off_in_its_middle_is_refused_or_reported_never_taken_for_whole()
    {
        byte[] whole = File.ReadAllBytes(Trace);
        string cut = Path.Combine(_pvtimer.Folder, "cut.gz");
        File.WriteAllBytes(cut, whole[..(whole.Length / 2)]);

        int code = _pvtimer.Run("trace", "inspect", cut, "--json");

        bool reported =
            code == 0 && JsonNode.Parse(_pvtimer.Output)!["diagnostics"]!.AsArray().Count > 0;
        Assert.True(code == 2 || reported, $"{code}: {_pvtimer.Output}{_pvtimer.Error}");
    }

    [Fact]
    public void Bench_refuses_what_it_cannot_run()
    {
        Assert.Equal(2, _pvtimer.Run("bench", "phold", "--runs", "0"));
        Assert.Contains("at least 1", _pvtimer.Error, StringComparison.Ordinal);
    }
}
