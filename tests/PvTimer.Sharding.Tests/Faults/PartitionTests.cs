using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Faults;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;
using static System.StringComparison;

namespace PvTimer.Sharding.Tests.Faults;

/// <summary>The network falls apart in mid-run: one side goes on, the other ends, and the result is the same.</summary>
[Trait("Runs", "Alone")]
public sealed class PartitionTests(ITestOutputHelper output)
{
    /// <summary>Says only that it hangs: how long it takes is for the machine and what else it does.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(5);

    private static readonly string[] Machine =
    [
        .. OneHashTests.FourHosts,
        "duration=3s",
        "vms.0.count=16",
    ];

    /// <param name="sides">Node-1 is the oldest: the coordinator lives there.</param>
    /// <param name="nodes">How many there are.</param>
    /// <param name="ending">Names of those that have to end, separated by commas.</param>
    [Theory]
    [InlineData("node-3|node-1,node-2", 3, "node-3")]
    [InlineData("node-1|node-2,node-3", 3, "node-1")]
    [InlineData("node-1,node-2|node-3,node-4,node-5", 5, "node-1,node-2")]
    public async Task Majority_goes_on_and_minority_ends(string sides, int nodes, string ending)
    {
        await using InProcessCluster cluster = OfDrillNodes(nodes);
        string[] minority = ending.Split(',');
        RunStatus done = await RunCut(cluster, sides, TimeSpan.FromMinutes(1));
        await Task.WhenAll(
                cluster
                    .Nodes.Where(node => minority.Contains(node.Seat.Name))
                    .Select(node => node.Stopped)
            )
            .WaitAsync(HangLimit);
        Assert.DoesNotContain(
            cluster.Nodes,
            node => node.Stopped.IsCompleted && !minority.Contains(node.Seat.Name)
        );
        Assert.True(done.Epoch > 1, "the cut was not noticed");
        // While nobody has decided who lives, no formation begins that the lost nodes would be part of.
        Assert.DoesNotContain(done.History, line => line.Contains("frames were lost", Ordinal));
        Assert.DoesNotContain(done.Result!.Parts, part => minority.Contains(part.Node));
        AssertNoMinorityCheckpoint(cluster, minority);
    }

    [Fact]
    public async Task Network_that_is_whole_again_soon_leaves_no_trace()
    {
        await using InProcessCluster cluster = OfDrillNodes(3);
        RunStatus done = await RunCut(
            cluster,
            "node-1|node-2,node-3",
            TimeSpan.FromMilliseconds(500)
        );
        Assert.Equal(1, done.Epoch);
        Assert.DoesNotContain(cluster.Nodes, node => node.Stopped.IsCompleted);
    }

    /// <summary>Whole again about when the failure detector and the resolver decide: nobody may be sure who lives.</summary>
    [Theory]
    [InlineData("node-1|node-2,node-3", 3_000)]
    [InlineData("node-1|node-2,node-3", 3_500)]
    [InlineData("node-3|node-1,node-2", 3_500)]
    public async Task Network_that_is_whole_again_late_gives_one_result(string sides, int lasts)
    {
        await using InProcessCluster cluster = OfDrillNodes(3);
        await RunCut(cluster, sides, TimeSpan.FromMilliseconds(lasts));
    }

    [Fact]
    public async Task Partition_of_nodes_without_drills_is_refused_and_cuts_nothing()
    {
        await using InProcessCluster cluster = new();
        cluster.Add("cpu", options => options with { Drills = true });
        cluster.Add();
        await AllReported(cluster);
        CommandAnswer answer = await NetworkPartition
            .Parse("node-1|node-2")
            .Begin(cluster.Door, TimeSpan.FromMinutes(1));
        Assert.False(answer.Accepted);
        Assert.Contains("node-2 takes no part in drills", answer.What, StringComparison.Ordinal);
        Assert.False(
            NetworkCut
                .Of(cluster.Nodes[0].System)
                .Separates(Akka.Actor.Address.Parse(cluster.Nodes[1].Seat.Address))
        );
    }

    private static InProcessCluster OfDrillNodes(int nodes)
    {
        InProcessCluster cluster = new();
        for (int index = 0; index < nodes; index++)
        {
            cluster.Add("cpu", options => options with { Drills = true });
        }
        return cluster;
    }

    /// <summary>Runs a machine, with checkpoints, and cuts the network as soon as there is one.</summary>
    private async Task<RunStatus> RunCut(InProcessCluster cluster, string sides, TimeSpan lasts)
    {
        string file = cluster.Resolve("exponential.conf", Machine);
        TaskCompletionSource running = new();
        RunStatus? last = null;
        Task<RunStatus> run = cluster.Run(
            cluster.Spec(file, "pvtimer", checkpointMilliseconds: 100),
            status =>
            {
                last = status;
                if (status.Phase == RunPhase.Running && Manifests(cluster).Length > 0)
                {
                    running.TrySetResult();
                }
                return true;
            }
        );
        await Task.WhenAny(run, running.Task).WaitAsync(HangLimit);
        Assert.False(run.IsCompleted, "it was over before anything could happen to it");
        CommandAnswer cut = await NetworkPartition.Parse(sides).Begin(cluster.Door, lasts);
        Assert.True(cut.Accepted, cut.What);
        output.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {cut.What}");
        await Task.WhenAny(run, Task.Delay(HangLimit));
        output.WriteLine(string.Join('\n', last!.History));
        Assert.True(run.IsCompleted, $"not over: {last}; {cluster.Clock}");
        RunStatus done = await run;
        Assert.True(done.Phase == RunPhase.Done, $"{done.Phase}: {done.What}");
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(done.Result!).Outcome);
        return done;
    }

    private static async Task AllReported(InProcessCluster cluster)
    {
        for (DateTime end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end; )
        {
            ClusterStatus seen = await cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
            if (seen.Members.Count(member => member.Report is not null) == cluster.Nodes.Count)
            {
                return;
            }
            await Task.Delay(50);
        }
        Assert.Fail("the nodes have not found each other");
    }

    /// <summary>No checkpoint of a later formation than the first has a part of theirs.</summary>
    private static void AssertNoMinorityCheckpoint(InProcessCluster cluster, string[] minority)
    {
        foreach (string path in Manifests(cluster))
        {
            JsonNode manifest = JsonNode.Parse(File.ReadAllText(path))!;
            bool isLater = (long)manifest["Epoch"]! > 1;
            string[] writers =
            [
                .. manifest["Parts"]!.AsArray().Select(part => (string)part!["Node"]!),
            ];
            Assert.False(
                isLater && writers.Intersect(minority, StringComparer.Ordinal).Any(),
                path
            );
        }
    }

    private static string[] Manifests(InProcessCluster cluster)
    {
        string directory = cluster.CheckpointsOf("pvtimer");
        return Directory.Exists(directory) ? Directory.GetFiles(directory, "manifest-*.json") : [];
    }
}
