using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>What a run waits for, on one line, with the names of the nodes.</summary>
internal sealed class WaitLine(CoordinatorState state)
{
    /// <summary>What takes no longer than this is no waiting.</summary>
    private static readonly TimeSpan After = TimeSpan.FromSeconds(0.3);

    /// <summary>All nodes that are there were drained, or are to leave.</summary>
    internal const string NoNodeMayTakeCells = "waits for a node that may take cells";

    /// <summary>Null: it waits for nothing, or not long yet.</summary>
    /// <param name="run">A run that is not over.</param>
    public string? Of(ActiveRun run)
    {
        if (run.Phase == RunPhase.Waiting)
        {
            return run.DiskFailures > 0 ? "waits for the disk"
                : run.Lacking is not null
                    ? "waits for the scenario and its recordings, which the coordinator's node lacks"
                : run.RecalledBy is { } nodes ? $"waits for {nodes} to say what is known of the run"
                : run.Machine is null ? "reads the scenario"
                : run.Preparing is not null && state.EligibleSeats().IsEmpty ? NoNodeMayTakeCells
                : $"waits for {run.Spec.Nodes} nodes, {state.NodesThere} are there";
        }
        if (state.Cluster.IsUndecided)
        {
            return $"waits until it is decided who lives: {Names(Unreachable())} cannot be heard";
        }
        if (run.Preparing is not null && state.EligibleSeats().IsEmpty)
        {
            return NoNodeMayTakeCells;
        }
        if (run.Formation is not { } formation || state.Elapsed - run.PhaseBegan < After)
        {
            return null;
        }
        if (run.DiskFailures > 0 || run.Preparing is { Answer: null })
        {
            return "waits for the disk";
        }
        return run.Phase switch
        {
            RunPhase.Forming => Waits(
                formation,
                seat => !formation.Formed.Contains(seat.Name),
                "to take its cells"
            ),
            RunPhase.Pausing => Waits(
                formation,
                seat => !formation.Halts.ContainsKey(seat.Name),
                "to come to a halt"
            ),
            RunPhase.Running => OfRunning(formation),
            _ => null,
        };
    }

    private IEnumerable<string> Unreachable() =>
        state
            .Cluster.Members.Where(member => member is { IsUp: true, IsReachable: false })
            .Select(member => state.Nodes.FindAt(member.Address)?.Name ?? member.Address);

    private string? Waits(
        CurrentFormation formation,
        Func<ClusterSeat, bool> isAwaited,
        string what
    )
    {
        string[] awaited = [.. formation.Form.Seats.Where(isAwaited).Select(Shown)];
        return awaited.Length == 0 ? null : $"waits for {Names(awaited)} {what}";
    }

    /// <summary>A node does not report any more, and others wait for its frames.</summary>
    private string? OfRunning(CurrentFormation formation)
    {
        if (!formation.Form.Seats.Any(IsSilent))
        {
            return null;
        }
        string[] awaited = [.. formation.Form.Seats.Where(IsSilent).Select(seat => seat.Name)];
        return $"waits for {Names(awaited)} (silent)";
    }

    private bool IsSilent(ClusterSeat seat) =>
        state.Nodes.FindAt(seat.Address) is not { } node
        || state.SilenceOf(node) > CoordinatorState.RepeatInterval;

    /// <summary>A node, and what is known of why it is waited for.</summary>
    private string Shown(ClusterSeat seat)
    {
        string? why =
            IsSilent(seat) ? "silent"
            : state.Nodes.FindAt(seat.Address)?.Report
                is { Phase: NodePhase.Forming, WaitingFor: { } lacking }
                ? $"lacks the state of {lacking}"
            : null;
        return why is null ? seat.Name : $"{seat.Name} ({why})";
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);
}
