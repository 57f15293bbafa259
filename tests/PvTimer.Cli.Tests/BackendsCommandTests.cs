using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using PvTimer.Model.Backends;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer backends, as a user types it.</summary>
public sealed class BackendsCommandTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Table_has_a_line_for_each_back_end_in_order_or_says_why_it_was_not_run()
    {
        _pvtimer.Succeed("backends", _pvtimer.ScenarioFile, "--set", "host.costs=skylake");
        string[] names =
        [
            .. _pvtimer
                .Output.Split('\n')
                .Skip(2)
                .TakeWhile(line => line.Length > 0)
                .Skip(1)
                .Select(line => line.Split([' ', ':'])[0]),
        ];
        Assert.Equal([.. TimerBackends.All.Select(each => each.Name)], names);
        Assert.Contains("costs skylake", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains(
            "pvtimer's figures are a prediction",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
        Assert.Empty(_pvtimer.Error);
    }

    [Fact]
    public void With_json_it_is_one_document_of_all_scenarios_in_the_file_that_was_said()
    {
        string file = Path.Combine(_pvtimer.Folder, "new", "backends.json");
        _pvtimer.Succeed(
            "backends",
            _pvtimer.ScenarioFile,
            _pvtimer.ScenarioFile,
            "--set",
            "duration=3ms",
            "--json",
            "--out",
            file
        );
        Assert.Empty(_pvtimer.Output);
        JsonArray scenarios = JsonNode.Parse(File.ReadAllText(file))!["scenarios"]!.AsArray();
        Assert.Equal(2, scenarios.Count);
        Assert.All(scenarios, each => Assert.Equal(3_000_000, (long)each!["duration_ns"]!));
    }

    [Theory]
    [InlineData("no-such.conf", "seed=1", "no-such.conf")]
    [InlineData(null, "seed=-1", "scenario.seed")]
    [InlineData(null, "host.cpus", "host.cpus")]
    public void Mistake_gets_one_line_and_exit_code_2(string? file, string set, string named)
    {
        Assert.Equal(2, _pvtimer.Run("backends", file ?? _pvtimer.ScenarioFile, "--set", set));
        string line = Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
        Assert.StartsWith("pvtimer backends: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.Empty(_pvtimer.Output);
    }

    [Fact]
    public void Interrupted_it_ends_with_130()
    {
        CancellationToken stopped = new(canceled: true);
        Assert.Equal(130, _pvtimer.Run(stopped, "backends", _pvtimer.ScenarioFile));
        Assert.Empty(_pvtimer.Output);
    }
}
