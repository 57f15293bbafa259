using System.Collections.Generic;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Commands;

/// <summary>An event happens in the run, at the next barrier or later, and becomes part of its scenario.</summary>
/// <param name="Event">In HOCON, as in a scenario.</param>
public sealed record InjectCommand(string Event) : RunCommand
{
    /// <summary>One that every machine can have: it has a pCPU of this name.</summary>
    public const string Example = "{ stall = h0/pcpu-0, for = 1ms }";

    public override ClusterCommand Wire => new(ClusterVerb.Inject, Event);

    private protected override string? ObstacleIn(ClusterStatus cluster) =>
        NoRun(cluster)
        ?? (
            cluster.Vitals is null
                ? "the run has not formed yet; accepted: an event when it runs"
                : null
        )
        ?? (
            Event.TrimStart().StartsWith('{')
                ? null
                : $"{(string.IsNullOrWhiteSpace(Event) ? "no event" : $"'{Event}'")}; accepted: an event as in a scenario, such as {Example}"
        );

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [
            $"{Event} happens at its time, or at the next barrier",
            Standing(cluster),
            "it becomes part of the scenario: the trace hash is that of the scenario with it",
        ];

    internal override bool IsKept(ActiveRun run) => true;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        context.State.Run!.Wishes.Events.Add(accepted!); // reason: it is kept
        return "it happens at the next barrier, or at its own time if that is later";
    }

    internal override bool TakeUp(TakenUp of)
    {
        if (!of.IsContained)
        {
            of.Run.Wishes.Events.Add(of.Accepted);
        }
        return !of.IsContained;
    }
}

/// <summary>The run stops at the next barrier, with a checkpoint.</summary>
/// <param name="Run">The run.</param>
public sealed record StopCommand(string Run) : RunCommand
{
    public override ClusterCommand Wire => new(ClusterVerb.Stop, Run);

    private protected override string? ObstacleIn(ClusterStatus cluster) => NoRun(cluster, Run);

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [
            "the run stops at the next barrier, with a checkpoint",
            "pvtimer run --resume finishes it",
        ];

    internal override bool IsKept(ActiveRun run) => !run.Wishes.Stop;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        context.Halts.Stop(context.State.Run!);
        return "it stops at the next barrier";
    }

    internal override bool TakeUp(TakenUp of)
    {
        of.Run.Wishes.Stop |= of.IsWish;
        return of.IsWish;
    }
}

/// <summary>The run writes a checkpoint at the next barrier.</summary>
public sealed record CheckpointCommand : RunCommand
{
    public override ClusterCommand Wire => new(ClusterVerb.Checkpoint, "");

    private protected override string? ObstacleIn(ClusterStatus cluster) =>
        NoRun(cluster)
        ?? (
            cluster.Run is { Phase: RunPhase.Running } or { HoldAtNanoseconds: not null }
                ? null
                : "the run takes its seats; accepted: a checkpoint when it runs again"
        );

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        ["the nodes write a checkpoint at the next barrier", HashStays];

    internal override bool IsKept(ActiveRun run) => true;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        ActiveRun run = context.State.Run!;
        run.Wishes.Keep = true;
        return run.Phase == RunPhase.Running
            ? "a checkpoint is taken at the next barrier"
            : "a checkpoint is taken where virtual time stands still";
    }

    /// <summary>A run that begins anew has nothing that is worth one.</summary>
    internal override bool TakeUp(TakenUp of)
    {
        bool isDue = of is { IsSuccessor: true, IsContained: false };
        of.Run.Wishes.Keep |= isDue;
        return isDue;
    }
}
