using System.Collections.Generic;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Commands;

/// <summary>Virtual time stands still, or goes on.</summary>
/// <param name="Run">The run.</param>
/// <param name="At">
/// Where: "5ms"; "+5ms" from where it is; "next", where it stands still, behind the next event; "0ns" at the next
/// barrier. Null: it goes on.
/// </param>
public sealed record HoldCommand(string Run, string? At) : RunCommand
{
    public override ClusterCommand Wire => new(ClusterVerb.Hold, Run, At);

    private protected override string? ObstacleIn(ClusterStatus cluster) =>
        NoRun(cluster, Run)
        ?? (At is null || InstantIn(cluster) is not null ? null : ObstacleOf(cluster.Run!));

    private string ObstacleOf(RunStatus run) =>
        At != "next"
            ? $"'{At}'; accepted: a virtual time such as 5ms of at most {Bounds.Write(Bounds.LongestSpan)}, +5ms from here, or where it stands still next"
        : run.Phase != RunPhase.Held
            ? "virtual time runs; accepted: a step from where it stands still"
        : "no event is pending; accepted: a virtual time such as 5ms, +5ms from here";

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [
            At switch
            {
                null => "virtual time goes on",
                "next" => "all that is due at the instant of the next event happens",
                "0ns" => "virtual time stands still at the next barrier",
                ['+', .. string span] => $"virtual time goes on for {span}",
                _ => $"virtual time stands still at {At}",
            },
            HashStays,
        ];

    private long? InstantIn(ClusterStatus cluster) =>
        At is null ? null : InstantOf(cluster.Run!, At);

    /// <summary>"5ms", "+5ms", "next" as nanoseconds; null: it is none of them.</summary>
    internal static long? InstantOf(RunStatus run, string at)
    {
        if (at == "next")
        {
            return run.Phase == RunPhase.Held ? run.NextNanoseconds + 1 : null;
        }
        long from = at.StartsWith('+') ? run.ReachedNanoseconds : 0;
        return
            Units.TryParseSpan(at.TrimStart('+'), out VirtualDuration span)
            && span >= VirtualDuration.Zero
            && span <= Bounds.LongestSpan
            ? from + span.Nanoseconds
            : null;
    }

    /// <summary>An instant as it is written down.</summary>
    internal static string SpanOf(long nanoseconds) =>
        Units.Write(VirtualDuration.FromNanoseconds(nanoseconds));

    /// <summary>An instant or a span as it was written down [ns]; null: there is none.</summary>
    internal static long? Nanoseconds(string? span) =>
        span is not null && Units.TryParseSpan(span, out VirtualDuration read)
            ? read.Nanoseconds
            : null;

    internal override RunCommand Settle(ClusterStatus cluster) =>
        At is null ? this : this with { At = SpanOf(InstantIn(cluster)!.Value) };

    internal override bool IsKept(ActiveRun run) => true;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        ActiveRun run = context.State.Run!;
        run.Wishes.HoldAtNanoseconds = Nanoseconds(At);
        return run.Wishes.HoldAtNanoseconds is not { } instant ? "it goes on"
            : run.Phase != RunPhase.Held && instant <= context.State.ReachedBy(run)
                ? "virtual time stands still at the next barrier"
            : $"virtual time stands still at {CoordinatorState.Text(instant)}";
    }

    internal override bool TakeUp(TakenUp of)
    {
        if (of.IsWish)
        {
            of.Run.Wishes.HoldAtNanoseconds = Nanoseconds(At);
        }
        return of.IsWish;
    }
}

/// <summary>
/// Back to a checkpoint and forward to an instant, where virtual time stands still: the formation that runs is
/// given up, as if a node had been lost. What lies ahead already is a <see cref="HoldCommand"/>.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="At">Where to: "5ms".</param>
public sealed record TravelCommand(string Run, string At) : RunCommand
{
    public override ClusterCommand Wire => new(ClusterVerb.Travel, Run, At);

    private protected override string? ObstacleIn(ClusterStatus cluster)
    {
        if (NoRun(cluster, Run) is { } none)
        {
            return none;
        }
        if (cluster.Run!.Phase is not (RunPhase.Running or RunPhase.Held))
        {
            return "the run takes its seats; accepted: a journey when it runs or stands still";
        }
        bool isRelative = At.StartsWith('+') || At == "next";
        return !isRelative && HoldCommand.InstantOf(cluster.Run, At) is not null
            ? null
            : $"{(At.Length == 0 ? "no instant" : $"'{At}'")}; accepted: a virtual time such as 5ms of at most {Bounds.Write(Bounds.LongestSpan)}";
    }

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [
            $"if {At} lies behind, the run goes back to the last checkpoint before it, or to its beginning",
            $"then virtual time runs, and stands still at {At}",
            HashStays,
        ];

    internal override RunCommand Settle(ClusterStatus cluster)
    {
        long instant = HoldCommand.InstantOf(cluster.Run!, At)!.Value;
        string at = HoldCommand.SpanOf(instant);
        return instant < cluster.Run!.ReachedNanoseconds
            ? this with
            {
                At = at,
            }
            : new HoldCommand(Run, at);
    }

    internal override bool IsKept(ActiveRun run) => true;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        ActiveRun run = context.State.Run!;
        long instant = HoldCommand.Nanoseconds(At)!.Value;
        long reached = context.State.PositionOf(run);
        run.Wishes.HoldAtNanoseconds = instant;
        run.Loss ??=
            $"back from {CoordinatorState.Text(reached)} to {CoordinatorState.Text(instant)}";
        return $"virtual time stands still at {CoordinatorState.Text(instant)}";
    }

    internal override bool TakeUp(TakenUp of)
    {
        if (of.IsWish)
        {
            long instant = HoldCommand.Nanoseconds(At)!.Value;
            of.Run.Wishes.HoldAtNanoseconds = instant;
            if (of.IsSuccessor)
            {
                of.Run.Loss ??= $"back to {CoordinatorState.Text(instant)}";
            }
        }
        return of.IsWish;
    }
}

/// <summary>No more virtual time passes in a second of wall time, from the next barrier on.</summary>
/// <param name="Run">The run.</param>
/// <param name="PerSecond">"10ms"; null: as much as can.</param>
public sealed record PaceCommand(string Run, string? PerSecond) : RunCommand
{
    public override ClusterCommand Wire => new(ClusterVerb.Pace, Run, PerSecond);

    private protected override string? ObstacleIn(ClusterStatus cluster)
    {
        bool isPace =
            PerSecond is null
            || (
                Units.TryParseSpan(PerSecond, out VirtualDuration span)
                && span >= VirtualDuration.Smallest
                && span <= Bounds.LongestSpan
            );
        return NoRun(cluster, Run)
            ?? (
                isPace
                    ? null
                    : $"'{PerSecond}'; accepted: virtual time per second of wall time, such as 10ms, at most {Bounds.Write(Bounds.LongestSpan)}"
            );
    }

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [
            PerSecond is null
                ? "virtual time passes as fast as it can"
                : $"no more than {PerSecond} of virtual time passes in a second",
            Standing(cluster),
            HashStays,
        ];

    internal override RunCommand Settle(ClusterStatus cluster) =>
        HoldCommand.Nanoseconds(PerSecond) is { } pace
            ? this with
            {
                PerSecond = HoldCommand.SpanOf(pace),
            }
            : this;

    internal override bool IsKept(ActiveRun run) => true;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        RunWishes wishes = context.State.Run!.Wishes;
        wishes.NanosecondsPerSecond = HoldCommand.Nanoseconds(PerSecond);
        return wishes.NanosecondsPerSecond is { } limit
            ? $"{CoordinatorState.Text(limit)} of virtual time may pass in a second"
            : "virtual time passes as fast as it can";
    }

    internal override bool TakeUp(TakenUp of)
    {
        if (of.IsWish)
        {
            of.Run.Wishes.NanosecondsPerSecond = HoldCommand.Nanoseconds(PerSecond);
        }
        return of.IsWish;
    }
}
