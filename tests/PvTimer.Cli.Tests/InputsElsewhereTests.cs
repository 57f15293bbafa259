using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Cli.Tests;

/// <summary>
/// Processes that do not find under its path what a run is made from. That path begins with the process's own working
/// directory, which Linux has under one name for all of them.
/// </summary>
[Trait("Runs", "Alone")]
public sealed class InputsElsewhereTests : IDisposable
{
    private readonly CommandLine _line = new();
    private readonly List<NodeUnderTest> _nodes = [];
    private readonly List<string> _own = [];
    private readonly string _name = Guid.NewGuid().ToString("N");

    public void Dispose()
    {
        _nodes.ForEach(node => node.Dispose());
        _own.ForEach(File.Delete);
        _line.Dispose();
    }

    [Fact]
    public async Task Nodes_without_the_recording_and_with_another_give_the_hash_of_one_process()
    {
        string recording = Path.Combine("/proc/self/cwd", $"{_name}.gz");
        string shipped = ScenarioReader
            .Read(CommandLine.Repository("config/scenarios/quickstart.conf"), [])
            .Vms[0]
            .TraceFile!;
        byte[] content = await File.ReadAllBytesAsync(shipped);
        await Own($"{_name}.gz", content);
        byte[] other = [.. content];
        other[4] ^= 1;
        await Start($"{_name}.gz", null, other, content);
        string[] run =
        [
            .. new[] { "run", CommandLine.Repository("config/scenarios/quickstart.conf") },
            .. new[] { "--set", $"vms.0.guest.file={recording}", "--set", "backends=[pvtimer]" },
            .. new[] { "--set", "duration=5ms", "--json", "--out" },
        ];
        int code = _line.Run([.. run, _line.Out, "--join", _nodes[0].Endpoint]);
        Assert.True(code == 0, _line.Error);
        string hash = LiveRun.HashIn(_line.Output);
        Assert.Equal(3, (int)JsonNode.Parse(_line.Output)!["nodes"]!);
        _line.Succeed([.. run, _line.Out + "-one", "--engine", "sequential"]);
        Assert.Equal(LiveRun.HashIn(_line.Output), hash);
    }

    [Fact]
    public async Task Nodes_without_the_recording_of_a_sweep_and_with_another_give_the_rows_of_one_process()
    {
        string recording = Path.Combine("/proc/self/cwd", $"{_name}.gz");
        byte[] content = await File.ReadAllBytesAsync(
            CommandLine.Repository("config/traces/cyclictest-1ms.ftrace.gz")
        );
        await Own($"{_name}.gz", content);
        byte[] other = [.. content];
        other[4] ^= 1;
        await Start($"{_name}.gz", null, other);
        string[] sweep =
        [
            .. new[] { "sweep", CommandLine.Repository("config/scenarios/quickstart.conf") },
            .. new[] { "--set", $"vms.0.guest.file={recording}", "--set", "duration=5ms" },
            .. new[] { "--over", "pvtimer.scan-period=100us,250us", "--repeat", "2", "--out" },
        ];
        int code = _line.Run([.. sweep, _line.Out, "--join", _nodes[0].Endpoint]);
        Assert.True(code == 0, _line.Error);
        Assert.Contains("8 done, 0 failed", _line.Output, StringComparison.Ordinal);
        _line.Succeed([.. sweep, _line.Out + "-one"]);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(_line.Out + "-one", "results.parquet")),
            await File.ReadAllBytesAsync(Path.Combine(_line.Out, "results.parquet"))
        );
    }

    [Fact]
    public async Task Nodes_without_the_scenario_and_with_another_run_that_of_the_client()
    {
        using LiveRun live = new("5ms");
        string text = ScenarioWriter.Write(ScenarioReader.Read(live.ScenarioFile, []));
        await Own($"{_name}.conf", System.Text.Encoding.UTF8.GetBytes(text));
        byte[] other = System.Text.Encoding.UTF8.GetBytes(text.Replace("seed = 7", "seed = 8"));
        await Start($"{_name}.conf", null, other, null);
        await using ClusterDoor door = new([_nodes[1].Endpoint]);
        RunStatus status = await ClusterRun.Execute(
            door,
            new RunSpec(
                _name,
                Path.Combine("/proc/self/cwd", $"{_name}.conf"),
                "pvtimer",
                _line.Out,
                CheckpointMilliseconds: 0,
                Nodes: 3
            ),
            TimeSpan.FromSeconds(60),
            static _ => true
        );
        Assert.True(status.Phase == RunPhase.Done, status.ToString());
        Assert.Contains(
            status.History,
            line => line.Contains("were sent to the coordinator", StringComparison.Ordinal)
        );
        Assert.Equal(
            live.Expected(),
            ClusterResult.Read(status.Result!).Outcome.TraceHash.ToString()
        );
    }

    /// <summary>A file of this process, where it is the client.</summary>
    private async Task Own(string name, byte[] content)
    {
        _own.Add(Path.GetFullPath(name));
        await File.WriteAllBytesAsync(name, content);
    }

    private bool AreUp() =>
        _line.Run("cluster", "members", "--json", "--endpoint", _nodes[0].Endpoint) == 0
        && JsonNode.Parse(_line.Output)!["members"]!
            .AsArray()
            .Count(member => (string?)member!["status"] == "up") == _nodes.Count;

    /// <summary>Nodes, each with what it has under this name in its working directory.</summary>
    private async Task Start(string name, params byte[]?[] contents)
    {
        int[] ports = NodeUnderTest.FreePorts(contents.Length);
        foreach (byte[]? content in contents)
        {
            int number = _nodes.Count + 1;
            string folder = Directory
                .CreateDirectory(Path.Combine(_line.Folder, $"node-{number}"))
                .FullName;
            if (content is not null)
            {
                await File.WriteAllBytesAsync(Path.Combine(folder, name), content);
            }
            string[] join = number == 1 ? [] : ["--join", _nodes[0].Endpoint];
            NodeUnderTest node = new(
                ports[number - 1],
                folder,
                [],
                [.. new[] { "--name", $"node-{number}", "--log", $"{folder}.log" }, .. join]
            );
            _nodes.Add(node);
            await node.Listening;
        }
        // A run that begins earlier begins with those that are members then.
        await Waiting.Until(() => AreUp() ? "up" : null, "cluster of all nodes");
    }
}
