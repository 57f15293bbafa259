using System;
using System.IO;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace PvTimer.OpsConsole.Tests.Http;

/// <summary>The results of a run that another process has started, at a console that was told a node only.</summary>
public sealed class ResultsTests : IDisposable
{
    private readonly string _run = Directory.CreateTempSubdirectory("pvtimer-").FullName;
    private readonly FakeCluster _cluster = new();

    public void Dispose() => Directory.Delete(_run, recursive: true);

    [Fact]
    public async Task Console_finds_the_run_directory_by_the_scenario_that_the_nodes_run()
    {
        Write("short", 42);
        _cluster.ScenarioFile = Path.Combine(_run, "checkpoints", "pvtimer", "scenario.conf");
        await using OneConsole console = await OneConsole.Of(_cluster);
        Assert.False((bool)(await Results(console))["finished"]!);
        await console.Get("/api/run");
        JsonNode results = await Results(console);
        Assert.True((bool)results["finished"]!);
        Assert.Equal(_run, (string?)results["directory"]);

        // The nodes go with their run.
        _cluster.IsGone = true;
        Assert.Equal(_run, (string?)(await Results(console))["directory"]);
    }

    [Theory]
    [InlineData("short", 43)]
    [InlineData("long", 42)]
    public async Task Results_of_another_run_at_the_same_place_are_not_shown(string name, int seed)
    {
        Write(name, seed);
        _cluster.ScenarioFile = Path.Combine(_run, "checkpoints", "pvtimer", "scenario.conf");
        await using OneConsole console = await OneConsole.Of(_cluster);
        await console.Get("/api/run");
        JsonNode results = await Results(console);
        Assert.False((bool)results["finished"]!);
        Assert.Null(results["directory"]);
    }

    [Theory]
    [InlineData("short.conf")]
    [InlineData("/nowhere/checkpoints/pvtimer/scenario.conf")]
    [InlineData("RUN/checkpoints/hrtimer/scenario.conf")]
    [InlineData("RUN/elsewhere/pvtimer/scenario.conf")]
    public async Task Place_of_another_form_or_machine_is_not_known(string file)
    {
        Write("short", 42);
        _cluster.ScenarioFile = file.Replace("RUN", _run, StringComparison.Ordinal);
        await using OneConsole console = await OneConsole.Of(_cluster);
        await console.Get("/api/run");
        Assert.Null((await Results(console))["directory"]);
    }

    private static async Task<JsonNode> Results(OneConsole console) =>
        (await console.Send(HttpMethod.Get, "/api/results")).Body;

    private void Write(string scenario, int seed) =>
        File.WriteAllText(
            Path.Combine(_run, "summary.json"),
            new JsonObject
            {
                ["scenario"] = scenario,
                ["seed"] = seed,
                ["duration_ns"] = 20_000_000,
                ["interrupted"] = false,
                ["backends"] = new JsonObject(),
            }.ToJsonString()
        );
}
