using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer run on several processes of this machine.</summary>
[Trait("Runs", "Alone")]
public sealed class ClusterRunTests
{
    private const string Seconds = "2s";

    [Fact]
    public async Task Run_on_two_processes_gives_the_hash_of_the_sequential_engine_and_the_same_files()
    {
        using LiveRun run = new("2ms");
        int code = await run.Start(2, "--set", "placement.policy=dedicated");

        Assert.True(code == 0, run.Line.Error);
        Assert.Equal(run.Expected(), LiveRun.HashIn(run.Line.Output));
        JsonNode summary = JsonNode.Parse(run.Line.Output)!;
        Assert.Equal(2, (int)summary["nodes"]!);
        Assert.Equal("actors", (string)summary["engine"]!);
        JsonNode manifest = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(run.Directory, "manifest.json"))
        )!;
        Assert.EndsWith("--nodes 2", (string)manifest["command"]!, StringComparison.Ordinal);
        Assert.Equal(
            [
                ["cpu", "timer"],
                ["timer"],
            ],
            NodesFile
                .Read(run.Directory)
                .Nodes.OrderBy(n => n.Name, StringComparer.Ordinal)
                .Select(n => n.Roles)
        );
        Assert.Equal(
            ["logs", "manifest.json", "nodes.json", "pvtimer", "report.html", "scenario.conf"],
            Names(run.Directory)
                .Where(name => !name.StartsWith("summary", StringComparison.Ordinal)),
            StringComparer.Ordinal
        );
        Assert.All(NodesFile.Read(run.Directory).Nodes, node => Assert.False(node.IsAliveHere));
    }

    [Fact]
    public async Task Interrupted_run_is_resumed_on_other_nodes_from_the_last_checkpoint_that_is_whole()
    {
        using LiveRun run = new(Seconds);
        Task<int> first = run.Start(2, "--checkpoint-every", "100ms");
        await run.Checkpointed(1);
        run.Interrupt();
        Assert.Equal(130, await first);
        string goOn = $"to go on: pvtimer run --resume {run.Directory}";
        Assert.Contains(goOn, run.Line.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Line.Run("run", run.ScenarioFile, "--out", run.Directory));
        Assert.Contains("not finished", run.Line.Error, StringComparison.Ordinal);
        Damage(run.Checkpoints);

        int code = run.Line.Run("run", "--resume", run.Directory, "--nodes", "1", "--json");

        Assert.True(code == 0, run.Line.Error);
        Assert.Contains(
            "damaged, the one before is used",
            run.Line.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("from the checkpoint of", run.Line.Error, StringComparison.Ordinal);
        Assert.Equal(run.Expected(), LiveRun.HashIn(run.Line.Output));
        Assert.False(Directory.Exists(run.Checkpoints));
        Assert.Equal(2, run.Line.Run("run", "--resume", run.Directory));
    }

    [Fact]
    public async Task Node_that_gets_SIGTERM_in_mid_run_leaves_and_the_hash_is_the_same()
    {
        using LiveRun run = new(Seconds);
        Task<int> running = run.Start(3);
        NodesFile.Node[] nodes = await run.Placed(3);
        run.Pace("100ms");
        NodesFile.Node leaver = nodes.Single(node => node.Name == "node-2");
        ProcessSignals.Send(leaver.Pid, ProcessSignals.Terminate);
        NodesFile.Node[] left = await run.Placed(2);
        run.Pace("off");
        int code = await running;

        Assert.True(code == 0, run.Line.Error);
        Assert.DoesNotContain(left, node => node.Name == "node-2");
        Assert.DoesNotContain("was lost", run.Line.Error, StringComparison.Ordinal);
        Assert.Equal(run.Expected(), LiveRun.HashIn(run.Line.Output));
    }

    [Fact]
    public async Task Launcher_that_is_killed_leaves_no_process_behind_and_the_run_can_be_finished()
    {
        using LiveRun run = new(Seconds);
        NodeProgram program = NodeProgram.Own(typeof(Program).Assembly.Location);
        string[] args =
        [
            "run",
            run.ScenarioFile,
            "--out",
            run.Directory,
            "--nodes",
            "2",
            "--quiet",
        ];
        using ChildProcess launcherChild = ChildProcess.Start(
            new ProcessStartInfo(
                program.File,
                [.. program.Arguments, .. args, "--checkpoint-every", "100ms"]
            )
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        );
        Process launcher = launcherChild.Process;
        NodesFile.Node[] nodes = await run.Placed(2);
        await run.Checkpointed(1);
        Assert.Equal(2, run.Line.Run("run", "--resume", run.Directory));
        Assert.Contains($"process {launcher.Id}", run.Line.Error, StringComparison.Ordinal);
        launcher.Kill();
        await launcher.WaitForExitAsync();

        int code = run.Line.Run("run", "--resume", run.Directory, "--json");

        Assert.True(code == 0, run.Line.Error);
        Assert.All(nodes, node => Assert.False(node.IsAliveHere));
        Assert.Equal(run.Expected(), LiveRun.HashIn(run.Line.Output));
    }

    [Fact]
    public async Task Cluster_commands_see_and_steer_a_run()
    {
        using LiveRun run = new(Seconds);
        Task<int> running = run.Start(2);
        await run.Placed(2);
        run.Pace("100ms");

        JsonNode status = Json(run, "status");
        Assert.StartsWith("live-pvtimer", (string)status["run"]!["id"]!, StringComparison.Ordinal);
        Assert.Equal(2, Json(run, "members")["members"]!.AsArray().Count);
        Assert.Contains("node-1", run.Ask("status").Output, StringComparison.Ordinal);
        Assert.Contains("h3", run.Ask("shards").Output, StringComparison.Ordinal);
        Assert.Equal(2, run.Ask("move", "h9", "node-1").Code);
        Assert.Equal(0, run.Ask("move", "h3", "node-1").Code);
        await run.Until(() => HomeOf(run, "h3") == "node-1" ? "there" : null, "move");
        await run.Until(() => run.Ask("checkpoint").Code == 0 ? "taken" : null, "checkpoint");
        await run.Checkpointed(1);
        Assert.Equal(0, run.Ask("leave", "node-2").Code);
        run.Pace("off");
        int code = await running;

        Assert.True(code == 0, run.Line.Error);
        Assert.Equal(run.Expected(), LiveRun.HashIn(run.Line.Output));
    }

    [Fact]
    public async Task Node_that_cannot_start_is_named_with_its_last_line()
    {
        string folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        NodeProgram broken = new("/bin/sh", ["-c", "echo no such luck >&2; exit 7"]);
        LocalNodes nodes = LocalNodes.Start(
            broken,
            folder,
            [
                ["cpu"],
            ],
            new LocalNodeSettings()
        );

        NodeEndedException ended = await Assert.ThrowsAsync<NodeEndedException>(() =>
            nodes.Nodes[0].Listening
        );

        Assert.Equal("node-1 ended with code 7: no such luck", ended.Message);
        Assert.Equal(ended.Message, nodes.Misfortune);
        await nodes.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static JsonNode Json(LiveRun run, string view) =>
        JsonNode.Parse(run.Ask(view, "--json").Output)!;

    private static string? HomeOf(LiveRun run, string shard) =>
        Json(run, "shards")["shards"]!
            .AsArray()
            .Where(each => (string)each!["shard"]! == shard)
            .Select(each => (string)each!["node"]!)
            .FirstOrDefault();

    private static IEnumerable<string> Names(string directory) =>
        Directory
            .GetFileSystemEntries(directory)
            .Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal);

    /// <summary>One bit of a file that the newest checkpoint names.</summary>
    private static void Damage(string checkpoints)
    {
        string newest = Directory
            .GetFiles(checkpoints, "manifest-*.json")
            .Order(StringComparer.Ordinal)
            .Last();
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(newest))!;
        string part = Path.Combine(checkpoints, (string)manifest["Parts"]![0]!["File"]!);
        byte[] content = File.ReadAllBytes(part);
        content[content.Length / 2] ^= 1;
        File.WriteAllBytes(part, content);
    }
}
