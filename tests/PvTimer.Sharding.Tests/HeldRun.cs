using System;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests;

/// <summary>
/// A run of four hosts on nodes of this process that stands still at 5 ms, in the background: for tests that
/// do to it what people at a console do.
/// </summary>
internal sealed class HeldRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly Task<RunStatus> _run;

    private HeldRun(InProcessCluster cluster, string file, string id, Task<RunStatus> run)
    {
        Cluster = cluster;
        File = file;
        Id = id;
        _run = run;
    }

    public InProcessCluster Cluster { get; }

    /// <summary>The scenario as it was submitted.</summary>
    public string File { get; }

    public string Id { get; }

    /// <param name="nodes">How many.</param>
    /// <param name="checkpointMilliseconds">Between checkpoints, by the cluster's clock; 0: none but the last.</param>
    /// <param name="sets">More of the scenario's settings.</param>
    public static Task<HeldRun> At5Milliseconds(
        int nodes,
        int checkpointMilliseconds = 0,
        params string[] sets
    ) => At5Milliseconds(InProcessCluster.Of(nodes), checkpointMilliseconds, sets);

    /// <summary>On nodes that somebody has started.</summary>
    /// <param name="cluster">They end with the run.</param>
    /// <param name="checkpointMilliseconds">As above.</param>
    /// <param name="sets">As above.</param>
    public static async Task<HeldRun> At5Milliseconds(
        InProcessCluster cluster,
        int checkpointMilliseconds = 0,
        params string[] sets
    )
    {
        string file = cluster.Resolve("exponential.conf", [.. OneHashTests.FourHosts, .. sets]);
        var spec = cluster.Spec(file, "pvtimer", checkpointMilliseconds);
        Submit submit = new(spec, InputHash.Of(file), HoldAtNanoseconds: 5_000_000);
        while ((await cluster.Door.Ask<RunStatus>(submit)).Phase == RunPhase.Unknown)
        {
            // The coordinator is not there yet.
            await Task.Delay(20);
        }
        HeldRun held = new(cluster, file, spec.Id, cluster.Run(spec));
        await held.Standing(5_000_000);
        return held;
    }

    /// <summary>Has something done that has to be accepted.</summary>
    public async Task Order(ClusterVerb verb, string? to = null, string? subject = null)
    {
        CommandAnswer answer = await Answer(verb, to, subject);
        Assert.True(answer.Accepted, answer.What);
    }

    public Task<CommandAnswer> Answer(
        ClusterVerb verb,
        string? to = null,
        string? subject = null
    ) => Cluster.Door.Ask<CommandAnswer>(new ClusterCommand(verb, subject ?? Id, to));

    /// <summary>What it shows where it stands still.</summary>
    public Task<LookAnswer> Look(LookRequest? request = null) =>
        Cluster.Door.Ask<LookAnswer>(new AskLook(request ?? LookRequest.Sums, Hash: true));

    /// <summary>Waits until it stands still, there if it is said where.</summary>
    public Task<RunStatus> Standing(long? at = null) =>
        Until(
            status =>
                status.Phase == RunPhase.Held
                && (at ?? status.ReachedNanoseconds) == status.ReachedNanoseconds,
            $"standing at {at}"
        );

    /// <summary>
    /// Waits until a successor of the coordinator, whose node has died, has restored it. Epochs do not say so: the
    /// dead one may have begun a formation in between, or not.
    /// </summary>
    public Task<RunStatus> Succeeded() =>
        Until(
            status =>
                status.Phase == RunPhase.Held
                && status.History.Any(line =>
                    line.Contains("the coordinator was lost", StringComparison.Ordinal)
                ),
            "run of a successor"
        );

    public async Task<RunStatus> Until(Func<RunStatus, bool> said, string what)
    {
        RunStatus last = new("", RunPhase.Unknown, 0, 0, 0, 0, 0, null, null, []);
        for (DateTime end = DateTime.UtcNow + Patience; DateTime.UtcNow < end; )
        {
            last = await Cluster.Door.Ask<RunStatus>(new AskRun(Id));
            if (said(last))
            {
                return last;
            }
            await Task.Delay(20);
        }
        throw new TimeoutException($"no {what}: {last} {string.Join('\n', last.History)}");
    }

    /// <summary>Lets it go on to its end.</summary>
    public async Task<RunStatus> Finish()
    {
        await Order(ClusterVerb.Hold);
        RunStatus done = await _run.WaitAsync(Patience);
        Assert.True(done.Phase == RunPhase.Done, $"{done.What}\n{string.Join('\n', done.History)}");
        return done;
    }

    /// <summary>What its client has been told at the end, after it was told to stop.</summary>
    public Task<RunStatus> Stopped() => _run.WaitAsync(Patience);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
