using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>
/// A run on several processes that goes on while a test does something to it: four hosts.
/// </summary>
public sealed class LiveRun : IDisposable
{
    private const string Scenario = """
        scenario {
          name = live
          seed = 7
          duration = DURATION
          backends = [pvtimer]
          hosts = 4
          host { cpus = 3, costs = COSTS }
          vms = [ { name = web, count = 8, vcpus = 2, guest { type = cyclictest, period = 100us } } ]
        }
        """;

    private const int LinesOfLog = 40;

    private readonly CancellationTokenSource _stop = new();

    /// <param name="duration">Of virtual time; one of seconds is there for whatever is done to it.</param>
    public LiveRun(string duration = "20ms")
    {
        ScenarioFile = Path.Combine(Line.Folder, "live.conf");
        string costs = CommandLine.Repository("config/costs/cascadelake-kvm.conf");
        File.WriteAllText(
            ScenarioFile,
            Scenario
                .Replace("COSTS", $"\"{costs}\"", StringComparison.Ordinal)
                .Replace("DURATION", duration, StringComparison.Ordinal)
        );
    }

    public CommandLine Line { get; } = new();

    public string ScenarioFile { get; }

    public string Directory => Line.Out;

    public string Checkpoints => Path.Combine(Directory, "checkpoints", "pvtimer");

    /// <summary>Runs it in the background; ends with the exit code.</summary>
    public Task<int> Start(int nodes, params string[] more) =>
        Task.Run(() =>
            Line.Run(
                _stop.Token,
                [
                    .. new[] { "run", ScenarioFile, "--out", Directory, "--json" },
                    .. new[] { "--nodes", $"{nodes}" },
                    .. more,
                ]
            )
        );

    /// <summary>Ctrl-C.</summary>
    public void Interrupt() => _stop.Cancel();

    /// <summary>The trace hash that the sequential engine gives.</summary>
    public string Expected()
    {
        using CommandLine line = new();
        line.Succeed("run", ScenarioFile, "--engine", "sequential", "--json", "--out", line.Out);
        return HashIn(line.Output);
    }

    public static string HashIn(string summary) =>
        (string)JsonNode.Parse(summary)!["backends"]!["pvtimer"]!["trace_hash"]!;

    /// <summary>Waits until cells live on as many nodes, and returns these.</summary>
    public Task<NodesFile.Node[]> Placed(int nodes) =>
        Until(
            () =>
            {
                NodesFile.Node[] placed = File.Exists(Path.Combine(Directory, NodesFile.Name))
                    ? [.. NodesFile.Read(Directory).Nodes.Where(node => !node.Shards.IsEmpty)]
                    : [];
                return placed.Length == nodes ? placed : null;
            },
            $"cells on {nodes} nodes"
        );

    /// <summary>Waits until there are as many whole checkpoints.</summary>
    public Task<string[]> Checkpointed(int count) =>
        Until(
            () =>
            {
                string[] manifests = System.IO.Directory.Exists(Checkpoints)
                    ? System.IO.Directory.GetFiles(Checkpoints, "manifest-*.json")
                    : [];
                return manifests.Length >= count ? manifests : null;
            },
            $"{count} checkpoints"
        );

    /// <summary>Waits; if it takes too long, the test says what the nodes' logs say.</summary>
    public async Task<T> Until<T>(Func<T?> find, string what)
        where T : class
    {
        try
        {
            return await Waiting.Until(find, what);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}{Logs()}", e);
        }
    }

    private string Logs() =>
        string.Concat(
            System
                .IO.Directory.EnumerateFiles(Directory, "node-*.log", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(log =>
                    $"\n{Path.GetFileName(log)}:\n{string.Join('\n', File.ReadLines(log).TakeLast(LinesOfLog))}"
                )
        );

    /// <summary>How much virtual time passes in a second: the cores are left to what is done to the run.</summary>
    public void Pace(string span)
    {
        (int code, _, string error) = Ask("pace", span);
        Assert.True(code == 0, error);
    }

    /// <summary>A command beside the run; its exit code and what it printed.</summary>
    public (int Code, string Output, string Error) Ask(params IEnumerable<string> args)
    {
        using CommandLine other = new();
        int code = other.Run(["cluster", .. args, "--run", Directory]);
        return (code, other.Output, other.Error);
    }

    public void Dispose()
    {
        _stop.Dispose();
        Line.Dispose();
    }
}
