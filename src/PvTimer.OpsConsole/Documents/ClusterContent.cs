using System.Collections.Immutable;
using System.Linq;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;

namespace PvTimer.OpsConsole.Documents;

/// <summary>The view "cluster".</summary>
/// <param name="Members">Oldest first.</param>
/// <param name="Shards">Where each cell lives, in the machine's order.</param>
/// <param name="Windows">How the run's windows and checkpoints do; null: no run has formed.</param>
/// <param name="History">What has happened to the run, the last lines.</param>
public sealed record ClusterContent(
    ImmutableArray<MemberDocument> Members,
    ImmutableArray<ShardDocument> Shards,
    WindowsDocument? Windows,
    ImmutableArray<string> History
)
{
    private const int HistoryLines = 60;

    public static ClusterContent Of(Sample sample)
    {
        ClusterStatus cluster = sample.Cluster;
        return new ClusterContent(
            [.. cluster.Members.Select(member => MemberDocument.Of(member, cluster.Leader))],
            [.. cluster.Cells.Select(cell => new ShardDocument(cell.Cell, cell.Node))],
            cluster.Vitals is { } vitals ? WindowsDocument.Of(vitals) : null,
            LastOf(cluster.Run?.History ?? [])
        );
    }

    internal static ImmutableArray<string> LastOf(ImmutableArray<string> history) =>
        [.. history.TakeLast(HistoryLines)];
}

/// <param name="Shard">"h3", or "h3/p7" for one pCPU.</param>
/// <param name="Node">The node's name.</param>
public sealed record ShardDocument(string Shard, string Node);

/// <param name="Name">As users call it; null: it has not reported yet.</param>
/// <param name="Address">HOST:PORT.</param>
/// <param name="Status">joining, up, leaving, exiting, down, removed.</param>
/// <param name="Reachable">The failure detector hears from it.</param>
/// <param name="Leader">Akka's leader.</param>
/// <param name="Coordinator">It is the oldest: the run's coordinator and the shards' live there.</param>
/// <param name="Draining">It gets no cells any more.</param>
/// <param name="Roles">cpu, timer.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Doing">idle, forming, formed, running, halted.</param>
/// <param name="WaitingFor">The node whose frame it waits for; null: none.</param>
/// <param name="WaitedMs">How long it has waited for others in this formation: who waits least is slowest.</param>
/// <param name="Cells">How many live there.</param>
/// <param name="Events">Handled there.</param>
/// <param name="MemoryBytes">The process's working set.</param>
/// <param name="FrameBytes">Sent to other nodes in this formation.</param>
/// <param name="SilenceMs">How old its report is.</param>
public sealed record MemberDocument(
    string? Name,
    string Address,
    string Status,
    bool Reachable,
    bool Leader,
    bool Coordinator,
    bool Draining,
    ImmutableArray<string> Roles,
    int? Pid,
    NodePhase? Doing,
    string? WaitingFor,
    long WaitedMs,
    int Cells,
    long Events,
    long MemoryBytes,
    long FrameBytes,
    long SilenceMs
)
{
    internal static MemberDocument Of(MemberStatusLine member, string? leader) =>
        new(
            member.Report?.Seat.Name,
            ClusterDoor.EndpointOf(member.Address),
            member.Status.ToLowerInvariant(),
            member.IsReachable,
            member.Address == leader,
            member.IsOldest,
            member.IsDraining,
            member.Report?.Seat.Roles ?? [],
            member.Report?.Seat.Process.Id,
            member.Report?.Phase,
            member.Report?.WaitingFor,
            member.Report?.WaitedMilliseconds ?? 0,
            member.Report?.Cells ?? 0,
            member.Report?.Events ?? 0,
            member.Report?.MemoryBytes ?? 0,
            member.Report?.FrameBytes ?? 0,
            member.SilenceMilliseconds
        );
}

/// <param name="LookaheadNs">No window is longer.</param>
/// <param name="Link">The link that makes it so; null: none is that short.</param>
/// <param name="Checkpoints">How many have become whole.</param>
/// <param name="CheckpointAgeMs">How long ago the last one did, or the formation began.</param>
/// <param name="CheckpointAtNs">Where the last one is; null: there is none.</param>
/// <param name="FreezingMs">How long virtual time stood still for all of them.</param>
/// <param name="WritingMs">How long they were written meanwhile.</param>
public sealed record WindowsDocument(
    long LookaheadNs,
    string? Link,
    int Checkpoints,
    long CheckpointAgeMs,
    long? CheckpointAtNs,
    double FreezingMs,
    double WritingMs
)
{
    internal static WindowsDocument Of(RunVitals vitals) =>
        new(
            vitals.LookaheadNanoseconds,
            vitals.Link,
            vitals.Checkpoints,
            vitals.CheckpointMilliseconds,
            vitals.CheckpointReached,
            vitals.FreezingMilliseconds,
            vitals.WritingMilliseconds
        );
}
