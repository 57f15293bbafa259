using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Model.Looks;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Looks;

/// <summary>What is seen of a machine whose parts live on several nodes.</summary>
[Trait("Runs", "Alone")]
public sealed class LookTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Run_that_is_looked_at_all_the_time_is_seen_whole_and_ends_with_the_same_hash(
        int nodes
    )
    {
        await using InProcessCluster cluster = InProcessCluster.Of(nodes);
        string file = cluster.Resolve(
            "exponential.conf",
            [.. OneHashTests.FourHosts, "duration=400ms"]
        );
        List<LookAnswer> seen = [];
        bool isOver = false;
        Task looking = Task.Run(async () =>
        {
            while (!isOver)
            {
                seen.Add(
                    await cluster.Door.Ask<LookAnswer>(
                        new AskLook(new LookRequest(["h1"], ["h2/pcpu-0"], 10))
                    )
                );
            }
        });
        RunStatus done = await cluster.Run(cluster.Spec(file, "pvtimer"));
        isOver = true;
        await looking;
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(done.Result!).Outcome);
        LookAnswer[] whole =
        [
            .. seen.Where(answer =>
                answer is { Phase: RunPhase.Running, AgeMilliseconds: 0, Look: not null }
            ),
        ];
        Assert.True(whole.Length >= 3, $"{whole.Length} of {seen.Count} looks");
        Assert.All(whole, IsConsistent);
        Assert.Equal(whole.Select(one => one.Look!.At).Order(), whole.Select(one => one.Look!.At));
    }

    private static void IsConsistent(LookAnswer answer)
    {
        Assert.Equal(answer.Regions, answer.Seen);
        Assert.Empty(answer.Missing);
        MachineLook look = answer.Look!;
        Assert.Equal("h0 h1 h2 h3", string.Join(' ', look.Hosts.Select(host => host.Name)));
        Assert.All(
            look.Hosts,
            host =>
            {
                // Every nanosecond up to the barrier, of every pCPU, and none of another host's.
                Assert.Equal(look.At.Nanoseconds * host.Pcpus, host.Cpu.Total.Nanoseconds);
                Assert.Equal(host.Vcpus, Threads(host.Threads));
                Assert.Equal(host.Fired, host.Lateness.Count);
            }
        );
        Assert.Equal(3, look.Pcpus.Length);
        Assert.All(look.Vcpus, vcpu => Assert.NotNull(vcpu.Thread));
        Assert.Equal("h2/pcpu-0", Assert.Single(look.Actors).Name);
        Assert.Equal(look.Timers.OrderBy(timer => timer.Due), look.Timers);
    }

    private static int Threads(ThreadCounts threads) =>
        threads.InGuest + threads.Exiting + threads.Polling + threads.Blocked + threads.Runnable;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Standing_run_shows_the_trace_hash_of_all_before(int nodes)
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(nodes);
        LookAnswer seen = await run.Look();
        await using InProcessCluster files = new();
        string until = files.Resolve(
            "exponential.conf",
            [.. OneHashTests.FourHosts, "duration=5ms"]
        );
        Assert.Equal(OneHashTests.Sequential(until).TraceHash, seen.TraceHash);
        Assert.Equal(5_000_000, seen.Look!.At.Nanoseconds);
        Assert.True(seen.Next >= 5_000_000, $"next {seen.Next}");
        Assert.Null(
            (await run.Cluster.Door.Ask<LookAnswer>(new AskLook(LookRequest.Sums))).TraceHash
        );
        await run.Finish();
    }

    [Fact]
    public async Task Finished_run_is_seen_as_it_ended()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2);
        ClusterResult result = ClusterResult.Read((await run.Finish()).Result!);
        LookAnswer seen = await run.Look();
        MachineReport report = result.Machine.Report(result.Outcome.Reached);
        HostLook all = HostLook.Sum(seen.Look!.Hosts);
        Assert.Equal(RunPhase.Done, seen.Phase);
        Assert.Equal(result.Outcome.TraceHash, seen.TraceHash);
        Assert.Equal(result.Outcome.Reached, seen.Look.At);
        Assert.Equal(
            (report.Timers.Armed, report.Timers.Fired, report.Ipis, report.Scans, report.Cpu),
            (all.Armed, all.Fired, all.Ipis, all.Scans, all.Cpu)
        );
    }

    [Fact]
    public async Task Cluster_without_a_run_shows_nothing()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(1);
        LookAnswer seen = await cluster.Door.Ask<LookAnswer>(new AskLook(LookRequest.Sums));
        Assert.Equal((null, null, RunPhase.Unknown), (seen.RunId, seen.Look, seen.Phase));
    }
}
