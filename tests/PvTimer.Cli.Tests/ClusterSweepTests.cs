using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer sweep on several processes of this machine.</summary>
[Trait("Runs", "Alone")]
public sealed class ClusterSweepTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly CommandLine _line = new();
    private readonly List<NodeUnderTest> _nodes = [];
    private readonly int[] _ports = NodeUnderTest.FreePorts(4);

    /// <summary>120 runs, long enough for something to happen in the middle of them.</summary>
    private string[] Matrix =>
        [
            _line.ScenarioFile,
            .. new[] { "--over", "pvtimer.scan-period=50us..1ms:+50us" },
            .. new[] { "--set", "duration=200ms", "--repeat", "3" },
        ];

    private string Runs => Path.Combine(_line.Out, "runs");

    public void Dispose()
    {
        _nodes.ForEach(node => node.Dispose());
        _line.Dispose();
    }

    [Fact]
    public async Task Nodes_and_client_that_die_and_a_node_that_joins_change_no_byte_of_the_results()
    {
        await Start(0);
        await Start(1, "--join", _nodes[0].Endpoint);
        await Start(2, "--join", _nodes[0].Endpoint);
        using ChildProcess clientChild = StartClient();
        Process client = clientChild.Process;
        await Finished(1);
        // Nothing waits for it: on a busy machine all runs would be finished by then.
        Task joins = Start(3, "--join", _nodes[0].Endpoint);
        await Finished(10);
        _nodes[1].Dispose();
        _nodes.RemoveAt(1);
        await Finished(40);
        Assert.False(client.HasExited);
        client.Kill();
        await client.WaitForExitAsync();
        await joins;
        int before = Directory.GetFiles(Runs, "*.json").Length;
        Assert.InRange(before, 40, 119);

        int code = _line.Run("sweep", "--resume", _line.Out, "--join", _nodes[0].Endpoint);

        Assert.True(code == 0, _line.Error);
        Assert.Contains($"{before} cached", _line.Output, StringComparison.Ordinal);
        Assert.Contains("takes runs", _line.Error, StringComparison.Ordinal);
        Assert.Equal(120, Directory.GetFiles(Runs, "*.json").Length);
        string alone = Path.Combine(_line.Folder, "alone");
        _line.Succeed(["sweep", .. Matrix, "--out", alone]);
        foreach (string file in new[] { "results.parquet", "results.csv", "summary.json" })
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(alone, file)),
                await File.ReadAllBytesAsync(Path.Combine(_line.Out, file))
            );
        }
    }

    [Fact]
    public void Processes_that_are_launched_give_the_results_of_one_and_end()
    {
        string[] matrix =
        [
            _line.ScenarioFile,
            .. new[] { "--over", "pvtimer.scan-period=50us,100us", "--repeat", "2" },
        ];
        string alone = Path.Combine(_line.Folder, "alone");
        _line.Succeed(["sweep", .. matrix, "--out", alone]);

        int code = _line.Run(["sweep", .. matrix, "--out", _line.Out, "--nodes", "2"]);

        Assert.True(code == 0, _line.Error);
        Assert.Contains("on 2 processes", _line.Output, StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(alone, "results.parquet")),
            File.ReadAllBytes(Path.Combine(_line.Out, "results.parquet"))
        );
    }

    [Fact]
    public async Task Client_with_another_token_gets_no_run_carried_out()
    {
        await Start(0);
        string token = Path.Combine(_line.Folder, "token");
        await File.WriteAllTextAsync(token, ControlToken.New().Text);

        int code = _line.Run([
            "sweep",
            .. Matrix,
            "--out",
            _line.Out,
            "--join",
            _nodes[0].Endpoint,
            "--token-file",
            token,
        ]);

        Assert.Equal(2, code);
        Assert.Contains("accepted: the token", _line.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Runs));
    }

    private async Task Start(int port, params string[] args)
    {
        NodeUnderTest node = new(_ports[port], [], args);
        _nodes.Add(node);
        await node.Listening;
    }

    private ChildProcess StartClient()
    {
        NodeProgram program = NodeProgram.Own(typeof(Program).Assembly.Location);
        ProcessStartInfo start = new(
            program.File,
            [
                .. program.Arguments,
                "sweep",
                .. Matrix,
                .. new[] { "--out", _line.Out, "--join", _nodes[0].Endpoint, "--quiet" },
            ]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        return ChildProcess.Start(start);
    }

    private async Task Finished(int count)
    {
        using CancellationTokenSource late = new(Patience);
        while (!Directory.Exists(Runs) || Directory.GetFiles(Runs, "*.json").Length < count)
        {
            await Task.Delay(20, late.Token);
        }
    }
}
