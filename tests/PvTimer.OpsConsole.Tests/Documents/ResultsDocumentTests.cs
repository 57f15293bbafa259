using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Cli;

namespace PvTimer.OpsConsole.Tests.Documents;

/// <summary>The end of a run, read from what its process has written.</summary>
[Collection(nameof(OneConsole))]
public sealed class ResultsDocumentTests : IDisposable
{
    private const string Scenario = """
        scenario {
          name = short, seed = 7, duration = 20ms, backends = [hrtimer, pvtimer]
          host { cpus = 4, costs = cascadelake-kvm }
          vms = [ { name = web, vcpus = 2, guest { type = uniform, shortest = 100us, longest = 900us } } ]
          thresholds { "pvtimer.lateness.max" = "< 1ns", "pvtimer.timers.lost" = "= 0" }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_that_has_ended_shows_its_hashes_its_verdict_and_where_its_results_are()
    {
        string directory = Path.Combine(_folder, "run");
        string file = Path.Combine(_folder, "short.conf");
        await File.WriteAllTextAsync(file, Scenario);
        Session quiet = new(TextWriter.Null, TextWriter.Null, false, false, CancellationToken.None);
        Assert.Equal(1, Program.Run(["run", file, "--out", directory], quiet));
        JsonNode summary = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(directory, "summary.json"))
        )!;

        await using OneConsole console = await OneConsole.Of(
            new FakeCluster { Directory = directory, IsGone = true }
        );
        JsonNode results = (await console.Send(HttpMethod.Get, "/api/results")).Body;
        Assert.Equal(
            (true, "short", 7, 20_000_000),
            (
                (bool)results["finished"]!,
                (string?)results["scenario"],
                (int)results["seed"]!,
                (int)results["duration_ns"]!
            )
        );
        Assert.Equal(
            "hrtimer pvtimer",
            string.Join(' ', results["backends"]!.AsArray().Select(each => (string?)each!["name"]))
        );
        foreach (JsonNode? backend in results["backends"]!.AsArray())
        {
            JsonNode whole = summary["backends"]![(string)backend!["name"]!]!;
            Assert.Equal((string?)whole["trace_hash"], (string?)backend["trace_hash"]);
            Assert.Equal((long)whole["timers"]!["fired"]!, (long)backend["fired"]!);
            Assert.Equal((long)whole["lateness_ns"]!["p99"]!, (long)backend["p99_ns"]!);
        }
        Assert.True(
            JsonNode.DeepEquals(summary["verdict_in_words"], results["verdict"]),
            $"{results["verdict"]}"
        );
        Assert.Equal(
            "pvtimer.lateness.max False, pvtimer.timers.lost True",
            string.Join(
                ", ",
                results["thresholds"]!
                    .AsArray()
                    .Select(each => $"{each!["metric"]} {(bool)each["holds"]!}")
                    .Order(StringComparer.Ordinal)
            )
        );
        Assert.Contains("report.html", results["files"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("{ \"scenario\": 3 }", null)]
    [InlineData("{ \"backends\": { \"pvtimer\": 1 } }", null)]
    [InlineData("no summary", null)]
    [InlineData("[]", null)]
    [InlineData("{ \"scenario\": \"old\" }", "{}")]
    public async Task What_is_not_finished_or_no_summary_has_no_results(
        string? summary,
        string? unfinished
    )
    {
        foreach (
            (string name, string? content) in new[]
            {
                ("summary.json", summary),
                ("run.json", unfinished),
            }
        )
        {
            if (content is not null)
            {
                await File.WriteAllTextAsync(Path.Combine(_folder, name), content);
            }
        }
        foreach (string? directory in new[] { _folder, null })
        {
            await using OneConsole console = await OneConsole.Of(
                new FakeCluster { Directory = directory }
            );
            (int status, JsonNode results) = await console.Send(HttpMethod.Get, "/api/results");
            Assert.Equal(200, status);
            Assert.False((bool)results["finished"]!);
            Assert.Equal(directory, (string?)results["directory"]);
        }
    }
}
