using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Cli.Tests;

public sealed class TraceCommandTests : IDisposable
{
    private static readonly string Trace = CommandLine.Repository(
        "config/traces/nanosleep-100us.ftrace.gz"
    );

    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Inspect_says_what_the_guest_did()
    {
        Assert.Equal(0, _pvtimer.Run("trace", "inspect", Trace, "--tsc", "2499998khz"));
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
        Assert.Equal(0, _pvtimer.Run(["trace", "inspect", Trace, .. options]));
        JsonNode document = JsonNode.Parse(_pvtimer.Output)!;
        Assert.Equal(unit, (string)document["timer_use"]!["unit"]!);
        Assert.True((long)document["timer_use"]!["deadline_writes"]! > 10_000);
        Assert.Equal(0, (long)document["lost_events"]!);
    }

    [Fact]
    public void Fit_prints_keys_that_can_be_pasted_into_a_profile()
    {
        string profile = CommandLine.Repository("config/costs/cascadelake-kvm.conf");
        int code = _pvtimer.Run("trace", "fit", Trace, "--profile", profile, "--tsc", "2499998khz");

        Assert.Equal(0, code);
        string text = File.ReadAllText(profile);
        int end = text.LastIndexOf('}');
        string pasted = Path.Combine(_pvtimer.Folder, "fitted.conf");
        File.WriteAllText(pasted, $"{text[..end]}\n{_pvtimer.Output}\n}}\n");
        string first = _pvtimer
            .Output.Split('\n')
            .First(line => line.StartsWith("timer-interrupt", StringComparison.Ordinal));
        var written = CostProfileWriter.Write(CostProfileFile.Read(pasted).TimerInterrupt);
        Assert.Equal(17, written.Split(',').Length);
        Assert.Equal(
            first.Split('[', ']')[1].Split(',').Length,
            CostProfileFile.Read(pasted).TimerInterrupt.Quantiles.Length
        );
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
