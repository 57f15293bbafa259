using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>What only real processes show: their standard streams, and who outlives whom.</summary>
[Trait("Runs", "Alone")]
public sealed class ProcessEndTests
{
    [Fact]
    public async Task Nodes_end_with_a_launcher_that_is_killed_even_one_that_is_suspended()
    {
        using LiveRun run = new("60s");
        using ChildProcess launcherChild = Start(
            "exec \"$@\"",
            "run",
            run.ScenarioFile,
            "--out",
            run.Directory,
            "--nodes",
            "2",
            "--quiet"
        );
        Process launcher = launcherChild.Process;
        NodesFile.Node[] nodes = await run.Placed(2);
        ProcessSignals.Send(nodes[1].Pid, ProcessSignals.Stop);

        launcher.Kill();

        try
        {
            await run.Until(
                () => nodes.Any(node => node.IsAliveHere) ? null : "gone",
                "end of the nodes"
            );
        }
        finally
        {
            foreach (NodesFile.Node left in nodes.Where(node => node.IsAliveHere))
            {
                ProcessSignals.Send(left.Pid, ProcessSignals.Kill);
            }
        }
    }

    [Fact]
    public async Task A_node_whose_launcher_is_gone_before_it_has_started_ends_in_seconds()
    {
        using CommandLine line = new();
        string log = Path.Combine(line.Folder, "node.log");
        Stopwatch clock = Stopwatch.StartNew();
        using ChildProcess nodeChild = Start(
            "\"$@\" < /dev/null",
            "node",
            "--join",
            "-",
            "--log",
            log
        );
        Process node = nodeChild.Process;

        await node.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.NotEqual(2, node.ExitCode);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("run SCENARIO --out OUT")]
    [InlineData("run SCENARIO --out OUT --json")]
    [InlineData("bench phold --runs 1 --json")]
    public async Task A_standard_output_that_is_closed_is_refused_before_anything_is_done(
        string args
    )
    {
        using CommandLine line = new();
        using ChildProcess closedChild = Start(
            "exec \"$@\" >&-",
            [
                .. args.Split(' ')
                    .Select(word =>
                        word switch
                        {
                            "SCENARIO" => line.ScenarioFile,
                            "OUT" => line.Out,
                            _ => word,
                        }
                    ),
            ]
        );
        Process closed = closedChild.Process;
        string said = await closed.StandardError.ReadToEndAsync();
        await closed.WaitForExitAsync();

        Assert.Equal(2, closed.ExitCode);
        Assert.StartsWith(
            "pvtimer: standard output is closed; accepted: ",
            said,
            StringComparison.Ordinal
        );
        Assert.Single(said.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(line.Out));
    }

    [Fact]
    public async Task A_directory_is_one_processs_until_that_ends_however_it_ends()
    {
        using LiveRun run = new("60s");
        string[] args = ["run", run.ScenarioFile, "--out", run.Directory, "--quiet"];
        using ChildProcess firstChild = Start("exec \"$@\"", args);
        Process first = firstChild.Process;
        string holder = Path.Combine(run.Directory, ".lock-process");
        await run.Until(
            () => File.Exists(holder) && File.ReadAllText(holder).Length > 0 ? "there" : null,
            "lock"
        );

        int code = run.Line.Run("run", run.ScenarioFile, "--out", run.Directory);

        Assert.Equal(2, code);
        Assert.Equal(
            $"pvtimer run: '{run.Directory}' is being run by process {first.Id}; accepted: another folder, or this one when that process has ended\n",
            run.Line.Error
        );
        first.Kill();
        await first.WaitForExitAsync();
        Assert.True(File.Exists(holder));
        code = run.Line.Run([
            "run",
            run.ScenarioFile,
            "--out",
            run.Directory,
            "--set",
            "duration=1ms",
        ]);
        Assert.True(code == 0, run.Line.Error);
        Assert.False(File.Exists(holder));
    }

    [Fact]
    public async Task Streams_that_nobody_reads_cost_neither_the_run_nor_its_results()
    {
        using CommandLine line = new();
        using ChildProcess unreadChild = Start(
            "\"$@\" 2>&- | true",
            "run",
            line.ScenarioFile,
            "--out",
            line.Out
        );
        Process unread = unreadChild.Process;
        await unread.WaitForExitAsync();

        Assert.True(File.Exists(Path.Combine(line.Out, "manifest.json")));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_line_of_the_whole_process()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        string port = $"{((IPEndPoint)other.LocalEndpoint).Port}";
        using ChildProcess nodeChild = Start("exec \"$@\"", "node", "--port", port);
        Process node = nodeChild.Process;
        string said = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();

        Assert.Equal(2, node.ExitCode);
        Assert.StartsWith(
            $"pvtimer node: cannot listen on 127.0.0.1:{port}: Address already in use",
            said,
            StringComparison.Ordinal
        );
        Assert.Single(said.TrimEnd().Split('\n'));
    }

    /// <summary>pvtimer under a shell, as its "$@".</summary>
    private static ChildProcess Start(string script, params string[] args)
    {
        NodeProgram program = NodeProgram.Own(typeof(Program).Assembly.Location);
        return ChildProcess.Start(
            new ProcessStartInfo(
                "/bin/sh",
                ["-c", script, "sh", program.File, .. program.Arguments, .. args]
            )
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        );
    }
}
