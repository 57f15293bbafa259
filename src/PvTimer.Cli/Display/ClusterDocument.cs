using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Cli.Display;

/// <summary>What a cluster says of itself, for programs to read.</summary>
internal static class ClusterDocument
{
    public static JsonObject OfStatus(ClusterStatus status) =>
        new()
        {
            ["run"] = status.Run is null ? null : Of(status.Run),
            ["vitals"] = status.Vitals is null ? null : Of(status.Vitals),
            ["members"] = Members(status),
            ["shards"] = Shards(status),
        };

    public static JsonObject OfMembers(ClusterStatus status) =>
        new() { ["members"] = Members(status) };

    public static JsonObject OfShards(ClusterStatus status) =>
        new() { ["shards"] = Shards(status) };

    public static JsonObject Of(ScaleAdvice advice) =>
        new()
        {
            ["nodes"] = advice.Nodes,
            ["best"] = advice.Best,
            ["verdict"] = advice.Verdict,
            ["windows_per_second"] = advice.WindowsPerSecond,
            ["events_per_window"] = advice.EventsPerWindow,
            ["seconds_per_virtual_second"] = advice.TimeOn(advice.Nodes),
            ["seconds_per_virtual_second_at_best"] = advice.TimeOn(advice.Best),
        };

    public static JsonObject Of(CommandAnswer answer) =>
        new() { ["accepted"] = answer.Accepted, ["what"] = answer.What };

    private static JsonObject Of(RunStatus run) =>
        new()
        {
            ["id"] = run.Id,
            ["phase"] = Word(run.Phase),
            ["epoch"] = run.Epoch,
            ["reached_ns"] = run.ReachedNanoseconds,
            ["events"] = run.Events,
            ["windows"] = run.Rounds,
            ["what"] = run.What,
            ["hold_at_ns"] = run.HoldAtNanoseconds,
            ["history"] = new JsonArray([.. run.History.Select(line => (JsonNode)line)]),
        };

    private static JsonObject Of(RunVitals vitals) =>
        new()
        {
            ["scenario"] = vitals.Scenario,
            ["backend"] = vitals.Backend,
            ["seed"] = vitals.Seed,
            ["duration_ns"] = vitals.DurationNanoseconds,
            ["lookahead_ns"] = vitals.LookaheadNanoseconds,
            ["link"] = vitals.Link,
            ["pace_ns_per_second"] = vitals.NanosecondsPerSecond,
            ["checkpoints"] = vitals.Checkpoints,
            ["checkpoint_age_ms"] = vitals.CheckpointMilliseconds,
            ["checkpoint_at_ns"] = vitals.CheckpointReached,
        };

    private static JsonArray Members(ClusterStatus status) =>
        new([.. status.Members.Select(member => (JsonNode)Of(member, status.Leader))]);

    private static JsonObject Of(MemberStatusLine member, string? leader)
    {
        NodeReport? report = member.Report;
        return new JsonObject
        {
            ["name"] = report?.Seat.Name,
            ["address"] = ClusterDoor.EndpointOf(member.Address),
            ["status"] = Word(member.Status),
            ["reachable"] = member.IsReachable,
            ["leader"] = member.Address == leader,
            ["coordinator"] = member.IsOldest,
            ["draining"] = member.IsDraining,
            ["pid"] = report?.Seat.Process.Id,
            ["roles"] = new JsonArray([.. (report?.Seat.Roles ?? []).Select(r => (JsonNode)r)]),
            ["regions"] = report?.Seat.Regions,
            ["phase"] = report is null ? null : Word(report.Phase),
            ["epoch"] = report?.Epoch,
            ["windows"] = report?.Round,
            ["reached_ns"] = report?.ReachedNanoseconds,
            ["events"] = report?.Events,
            ["waiting_for"] = report?.WaitingFor,
            ["waited_ms"] = report?.WaitedMilliseconds,
            ["frame_bytes"] = report?.FrameBytes,
            ["cells"] = report?.Cells,
            ["memory_bytes"] = report?.MemoryBytes,
            ["silence_ms"] = member.SilenceMilliseconds,
        };
    }

    private static JsonArray Shards(ClusterStatus status) =>
        new([
            .. status.Cells.Select(cell =>
                (JsonNode)new JsonObject { ["shard"] = cell.Cell, ["node"] = cell.Node }
            ),
        ]);

    private static string Word(object value) => value.ToString()!.ToLowerInvariant();
}
