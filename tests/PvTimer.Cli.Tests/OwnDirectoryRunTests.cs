using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer run --own-directories: processes of this machine that share no directory.</summary>
[Trait("Runs", "Alone")]
public sealed class OwnDirectoryRunTests
{
    [Fact]
    public async Task What_was_commanded_outlives_all_processes_and_the_disk_of_one()
    {
        using LiveRun run = new("1s");
        Task<int> running = run.Start(2, "--own-directories");
        NodesFile.Node[] nodes = await run.Placed(2);
        run.Pace("2ms");
        (int injected, _, string refused) = run.Ask(
            "inject",
            "{ migrate = web-0, to = h3, at = 150ms }"
        );
        Assert.True(injected == 0, refused);
        foreach (NodesFile.Node node in nodes)
        {
            Process.GetProcessById(node.Pid).Kill();
        }
        Assert.Equal(3, await running);
        Assert.Contains(
            $"to go on: pvtimer run --resume {run.Directory}",
            run.Line.Error,
            StringComparison.Ordinal
        );
        Directory.Delete(Path.Combine(run.Directory, "nodes", "node-1"), recursive: true);

        int code = run.Line.Run("run", "--resume", run.Directory, "--json");

        Assert.True(code == 0, run.Line.Error);
        string amended = Path.Combine(run.Directory, "scenario.conf");
        Assert.Contains("migrate", await File.ReadAllTextAsync(amended), StringComparison.Ordinal);
        using CommandLine alone = new();
        alone.Succeed("run", amended, "--engine", "sequential", "--json", "--out", alone.Out);
        Assert.Equal(LiveRun.HashIn(alone.Output), LiveRun.HashIn(run.Line.Output));
        Assert.False(Directory.Exists(run.Checkpoints));
        Assert.False(Directory.Exists(Path.Combine(run.Directory, "nodes")));
    }

    /// <summary>One host is one cell: the other node has none, and yet what was acknowledged.</summary>
    [Fact]
    public async Task Node_without_a_cell_goes_on_with_what_was_acknowledged_by_the_one_that_dies()
    {
        using LiveRun run = new("500ms");
        Task<int> running = run.Start(2, "--own-directories", "--set", "hosts=1");
        NodesFile.Node living = (await run.Placed(1))[0];
        run.Pace("2ms");
        (int injected, _, string refused) = run.Ask(
            "inject",
            "{ move = web-0/vcpu-0, to = pcpu-1, at = 150ms }"
        );
        Assert.True(injected == 0, refused);
        Process.GetProcessById(living.Pid).Kill();
        // As soon as the other one has taken it over.
        await run.Until(() => run.Ask("pace", "off").Code == 0 ? run : null, "the run's pace");
        Assert.True(await running == 0, run.Line.Error);
        string amended = Path.Combine(run.Directory, "scenario.conf");
        Assert.Contains(
            "move = \"web-0/vcpu-0\"",
            await File.ReadAllTextAsync(amended),
            StringComparison.Ordinal
        );
        using CommandLine alone = new();
        alone.Succeed("run", amended, "--engine", "sequential", "--json", "--out", alone.Out);
        Assert.Equal(LiveRun.HashIn(alone.Output), LiveRun.HashIn(run.Line.Output));
    }

    [Fact]
    public void Nodes_of_a_cluster_that_is_joined_have_their_directories()
    {
        using CommandLine line = new();
        string[] run = ["run", "quickstart", "--join", "127.0.0.1:1", "--own-directories"];
        Assert.Equal(2, line.Run([.. run, "--out", line.Out]));
        Assert.Contains("accepted: with --nodes", line.Error, StringComparison.Ordinal);
    }
}
