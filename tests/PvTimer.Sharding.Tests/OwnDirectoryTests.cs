using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests;

/// <summary>Nodes that share nothing: what one of them writes, the others do not see.</summary>
[Trait("Runs", "Alone")]
public sealed class OwnDirectoryTests : IAsyncDisposable
{
    private readonly InProcessCluster _cluster = new();

    public OwnDirectoryTests()
    {
        for (int node = 1; node <= 3; node++)
        {
            string own = Directory
                .CreateDirectory(Path.Combine(_cluster.Directory, $"own-{node}"))
                .FullName;
            _cluster.Add(adjust: options => options with { Directory = own });
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("node-1")]
    [InlineData("node-3")]
    public async Task Checkpoint_outlives_any_node_and_the_run_goes_on_from_it_to_the_same_hash(
        string killed
    )
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(_cluster);
        await run.Order(ClusterVerb.Checkpoint, subject: "");
        await EventuallyOnTwoNodes();
        await _cluster.Kill(killed);
        RunStatus restored = await run.Until(
            status =>
                status.Phase == RunPhase.Held
                && status.History.Any(line => line.Contains("lost", StringComparison.Ordinal)),
            "run without it"
        );
        Assert.Contains(
            restored.History,
            line => line.Contains("from the checkpoint of 5 ms", StringComparison.Ordinal)
        );
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    [Fact]
    public async Task Event_that_was_acknowledged_is_in_the_result_though_the_coordinator_dies()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(
            _cluster,
            sets: "network.latency=50us"
        );
        await run.Order(ClusterVerb.Inject, subject: "{ migrate = guest-0, to = h3, at = 7ms }");
        await _cluster.Kill("node-1");
        await run.Succeeded();
        RunStatus done = await run.Finish();
        string amended = done.Result!.Run.ScenarioFile;
        Assert.NotEqual(run.File, amended, StringComparer.Ordinal);
        Assert.Contains("migrate", await File.ReadAllTextAsync(amended), StringComparison.Ordinal);
        Assert.Equal(OneHashTests.Sequential(amended), ClusterResult.Read(done.Result).Outcome);
    }

    [Fact]
    public async Task Run_that_was_stopped_goes_on_elsewhere_with_what_was_commanded_of_it()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(
            _cluster,
            sets: "network.latency=50us"
        );
        await run.Order(ClusterVerb.Inject, subject: "{ migrate = guest-0, to = h3, at = 7ms }");
        await run.Order(ClusterVerb.Stop);
        RunStatus stopped = await run.Stopped();
        string folder = _cluster.CheckpointsOf("pvtimer");
        RunSpec spec = stopped.Result!.Run with
        {
            Id = "again",
            Nodes = 1,
            ScenarioFile = Path.Combine(folder, stopped.Result.Run.ScenarioName),
        };
        Assert.True(spec.Commands > 0);
        // Nodes that have never heard of it.
        await using InProcessCluster other = new();
        string own = Directory.CreateDirectory(Path.Combine(other.Directory, "own")).FullName;
        other.Add(adjust: options => options with { Directory = own });
        RunStatus done = await other.Run(spec);
        Assert.True(done.Phase == RunPhase.Done, done.What);
        Assert.Equal(
            OneHashTests.Sequential(spec.ScenarioFile),
            ClusterResult.Read(done.Result!).Outcome
        );
    }

    [Fact]
    public async Task Nothing_is_written_to_a_run_directory_but_by_its_client()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(_cluster);
        await run.Order(ClusterVerb.Checkpoint, subject: "");
        await EventuallyOnTwoNodes();
        Assert.False(Directory.Exists(_cluster.CheckpointsOf("pvtimer")));
        RunStatus done = await run.Finish();
        Assert.Equal(
            done.Result!.Parts.Select(part => part.File).Order(StringComparer.Ordinal),
            Directory
                .GetFiles(_cluster.CheckpointsOf("pvtimer"), "*.ckpt")
                .Select(Path.GetFileName)
                .OfType<string>()
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Directory_that_is_not_there_is_refused()
    {
        NodeOptions options = new() { Directory = Path.Combine(_cluster.Directory, "nowhere") };
        NodeOptionsException said = Assert.Throws<NodeOptionsException>(() =>
            ClusterNode.Start(options)
        );
        Assert.Contains("accepted: a directory", said.Message, StringComparison.Ordinal);
    }

    private async Task EventuallyOnTwoNodes()
    {
        for (DateTime end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end; )
        {
            int copies = Directory
                .GetFiles(_cluster.Directory, "manifest-*.json", SearchOption.AllDirectories)
                .Length;
            if (copies == 2)
            {
                return;
            }
            await Task.Delay(20);
        }
        Assert.Fail("the checkpoint is not on two nodes");
    }
}
