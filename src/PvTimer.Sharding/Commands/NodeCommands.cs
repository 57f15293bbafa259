using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Commands;

/// <summary>A cell, or all cells of a host, go to a node.</summary>
/// <param name="Cell">The cell's or the host's name.</param>
/// <param name="Node">The node's name.</param>
public sealed record MoveCommand(string Cell, string Node) : RunCommand
{
    public override ClusterCommand Wire => new(ClusterVerb.Move, Cell, Node);

    private protected override string? ObstacleIn(ClusterStatus cluster) =>
        NoRun(cluster)
        ?? (
            CellsIn(cluster).Any()
                ? null
                : $"there is no '{Cell}'; accepted: {Some(cluster.Cells.Select(cell => cell.Cell))}"
        )
        ?? NoNode(cluster, Node)
        ?? (
            Find(cluster, Node) is { IsDraining: true }
                ? $"{Node} gets no more cells; accepted: a node that does not drain"
                : null
        );

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [
            .. CellsIn(cluster)
                .Select(cell =>
                    cell.Node == Node
                        ? $"{cell.Cell} is on {cell.Node} already"
                        : $"{cell.Cell} moves from {cell.Node} to {Node}"
                ),
            Standing(cluster),
            HashStays,
        ];

    private IEnumerable<CellHome> CellsIn(ClusterStatus cluster) =>
        cluster.Cells.Where(cell =>
            cell.Cell == Cell || cell.Cell.StartsWith($"{Cell}/", StringComparison.Ordinal)
        );

    internal override bool IsKept(ActiveRun run) => !IsKnown(run);

    private bool IsKnown(ActiveRun run) =>
        run.Wishes.Pins.TryGetValue(Cell, out string? node) && node == Node;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        ActiveRun run = context.State.Run!;
        if (IsKnown(run))
        {
            return $"{Cell} was sent to {Node} before";
        }
        run.Wishes.Pins = run.Wishes.Pins.SetItem(Cell, Node);
        if (run.Formation is { } formation)
        {
            formation.PauseWanted = $"{Cell} moves to {Node}";
        }
        return $"{Cell} moves to {Node} at the next barrier";
    }

    internal override bool TakeUp(TakenUp of)
    {
        if (of.IsWish)
        {
            of.Run.Wishes.Pins = of.Run.Wishes.Pins.SetItem(Cell, Node);
        }
        return of.IsWish;
    }
}

/// <summary>A node gives all its cells away and gets no more.</summary>
/// <param name="Node">Its name.</param>
public sealed record DrainCommand(string Node) : RunCommand
{
    /// <summary>Which process that is: another one may have its name later. Null: the one that has it now.</summary>
    internal string? Process { get; init; }

    public override ClusterCommand Wire => new(ClusterVerb.Drain, Node, Process);

    private protected override string? ObstacleIn(ClusterStatus cluster) => Obstacle(cluster, Node);

    /// <summary>The last node of a run cannot be emptied.</summary>
    internal static string? Obstacle(ClusterStatus cluster, string node)
    {
        if (NoNode(cluster, node) is { } missing)
        {
            return missing;
        }
        string[] able =
        [
            .. cluster
                .Members.Where(member => member is { IsDraining: false, Report: not null })
                .Where(member => member.Status is "Up" or "Joining")
                .Select(member => member.Report!.Seat.Name),
        ];
        return able is [var last] && last == node && cluster.Run is { IsOver: false }
            ? $"{node} is the last node, and there is a run; accepted: stop the run, or start another node first"
            : null;
    }

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [GivesAway(cluster, Node), Standing(cluster), HashStays];

    internal static string GivesAway(ClusterStatus cluster, string node)
    {
        CellHome[] own = [.. cluster.Cells.Where(cell => cell.Node == node)];
        return own.Length == 0
            ? $"{node} has no cells; it gets none"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{node} gives {own.Length} cells away and gets no more: {Some(own.Select(cell => cell.Cell))}"
            );
    }

    internal override RunCommand Settle(ClusterStatus cluster) =>
        this with
        {
            Process = ProcessOf(cluster, Node),
        };

    internal override bool IsKept(ActiveRun run) => true;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        context.State.Nodes.Retire(Process!, Retirement.Drains); // reason: it is settled
        return $"{Node} gives its cells away at the next barrier";
    }

    internal override bool TakeUp(TakenUp of) => TakeUp(of, Process, Retirement.Drains);
}

/// <summary>A node is drained, leaves the cluster, and ends.</summary>
/// <param name="Node">Its name.</param>
public sealed record LeaveCommand(string Node) : RunCommand
{
    /// <summary>Which process that is: another one may have its name later. Null: the one that has it now.</summary>
    internal string? Process { get; init; }

    public override ClusterCommand Wire => new(ClusterVerb.Leave, Node, Process);

    private protected override string? ObstacleIn(ClusterStatus cluster) =>
        DrainCommand.Obstacle(cluster, Node);

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [
            DrainCommand.GivesAway(cluster, Node),
            $"then {Node} leaves, and its process ends",
            Standing(cluster),
            HashStays,
        ];

    internal override RunCommand Settle(ClusterStatus cluster) =>
        this with
        {
            Process = ProcessOf(cluster, Node),
        };

    internal override bool IsKept(ActiveRun run) => true;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        context.State.Nodes.Retire(Process!, Retirement.Leaves); // reason: it is settled
        return $"{Node} leaves as soon as its cells have moved";
    }

    internal override bool TakeUp(TakenUp of) => TakeUp(of, Process, Retirement.Leaves);
}

/// <summary>A node is declared dead.</summary>
/// <param name="Node">Its name.</param>
public sealed record DownCommand(string Node) : RunCommand
{
    public override ClusterCommand Wire => new(ClusterVerb.Down, Node);

    private protected override string? ObstacleIn(ClusterStatus cluster) => NoNode(cluster, Node);

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [$"{Node} is declared dead, and ends itself", .. AfterLoss(cluster)];

    /// <summary>What the loss of a node means to the run, a line each; none without a run.</summary>
    /// <param name="cluster">As things are.</param>
    public static IEnumerable<string> AfterLoss(ClusterStatus cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        if (cluster.Run is not { IsOver: false })
        {
            return [];
        }
        string back = cluster.Vitals?.CheckpointReached is { } reached
            ? $"the others go back to the checkpoint of {CoordinatorState.Text(reached)} and run on from there"
            : "the others begin again: there is no checkpoint yet";
        return [back, HashStays];
    }

    /// <summary>The members hear of it at once, and forget it no more.</summary>
    internal override bool IsKept(ActiveRun run) => false;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted)
    {
        KnownNode node = context.State.Nodes.Find(Node)!;
        node.IsDowned = true;
        context.State.Do(new CoordinatorEffect.DeclareDead(node.Report.Seat.Address));
        return $"{Node} is declared dead";
    }
}

/// <summary>
/// A client has killed a node's process, through the operating system of the machine that both are on: the run's
/// history says so. To the cluster the node is one that was lost.
/// </summary>
/// <param name="Node">Its name.</param>
public sealed record KillCommand(string Node) : RunCommand
{
    public override ClusterCommand Wire => new(ClusterVerb.Kill, Node);

    /// <summary>It has happened already, and the node may be no member any more.</summary>
    private protected override string? ObstacleIn(ClusterStatus cluster) => null;

    private protected override IEnumerable<string> LinesIn(ClusterStatus cluster) =>
        [$"the process of {Node} is killed", .. DownCommand.AfterLoss(cluster)];

    internal override bool IsKept(ActiveRun run) => false;

    internal override string Apply(CommandContext context, AcceptedCommand? accepted) =>
        $"the process of {Node} is killed";
}
