using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer predict: one command from a recording to the answer.</summary>
public sealed class PredictCommandTests : IDisposable
{
    private static readonly string Recording = CommandLine.Repository(
        "config/traces/idle.ftrace.gz"
    );

    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Recording_leads_to_winners_break_even_settings_and_a_scenario_that_repeats_it()
    {
        string host = Path.Combine(_pvtimer.Folder, "host.conf");
        File.WriteAllText(
            host,
            "scenario { host { cpus = 4, sockets = 2, costs = cascadelake-kvm } }"
        );
        string[] predict =
        [
            "predict",
            Recording,
            "--tsc",
            "2499998khz",
            "--host",
            host,
            "--repeat",
            "2",
            "--out",
            _pvtimer.Out,
        ];
        _pvtimer.Succeed(predict);
        Assert.StartsWith(
            "pvtimer instead of hrtimer: exits -",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("a dedicated CPU pays", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains("This assumes that", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains("profiles carry no band", _pvtimer.Output, StringComparison.Ordinal);

        // What has been run is not run again, and says the same.
        string[] kept = Kept();
        _pvtimer.Succeed([.. predict, "--json"]);
        JsonNode document = JsonNode.Parse(_pvtimer.Output)!;
        Assert.Equal("apicv-timer", (string?)document["winners"]!["exits"]![0]);
        Assert.Equal(
            "hrtimer fastpath",
            string.Join(
                ' ',
                document["break_even"]!.AsArray().Select(each => (string?)each!["against"])
            )
        );
        Assert.NotEmpty(document["tuning"]!["front"]!.AsArray());
        Assert.All(
            document["tails"]!.AsArray(),
            tail => Assert.Equal(2, (int?)tail!["p99_ns"]!["n"])
        );
        Assert.Equal(kept, Kept());
        Assert.True(File.Exists(Path.Combine(_pvtimer.Out, "report.html")));

        string again = Path.Combine(_pvtimer.Folder, "again");
        string scenario = Path.Combine(_pvtimer.Out, "scenario.conf");
        _pvtimer.Succeed("run", scenario, "--out", again);
        Assert.Contains("hrtimer", _pvtimer.Output, StringComparison.Ordinal);
    }

    /// <summary>Finished runs, with the times at which they were.</summary>
    private string[] Kept() =>
        [
            .. Directory
                .EnumerateFiles(
                    Path.Combine(_pvtimer.Out, "runs"),
                    "*",
                    SearchOption.AllDirectories
                )
                .Order(StringComparer.Ordinal)
                .Select(file => $"{file} {File.GetLastWriteTimeUtc(file):O}"),
        ];

    [Theory]
    [InlineData("nowhere.txt", "--repeat", "2", "nowhere.txt")]
    [InlineData("nowhere.txt", "--repeat", "1", "--repeat: 1; accepted: 2 to")]
    [InlineData("nowhere.txt", "--host", "nowhere.conf", "nowhere.conf")]
    public void What_cannot_be_used_is_refused_in_one_line(
        string recording,
        string option,
        string value,
        string complaint
    )
    {
        Assert.Equal(2, _pvtimer.Run("predict", recording, option, value, "--out", _pvtimer.Out));
        Assert.Contains(complaint, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
    }
}
