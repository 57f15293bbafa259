using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Orders;

/// <summary>Says what an order would do, from what the cluster says of itself.</summary>
/// <param name="guard">Seals the plans.</param>
internal sealed partial class Planner(OrderGuard guard)
{
    private const string HashStays = "the trace hash does not change";

    public OrderPlan PlanOf(OrderRequest order, ClusterStatus cluster)
    {
        List<string> lines = [];
        string? obstacle = Obstacle(order, cluster);
        if (obstacle is not null)
        {
            lines.Add(obstacle);
        }
        else
        {
            lines.AddRange(LinesOf(order, cluster));
        }
        // Of what changes all the time nothing may be in it: only who is where, and whether it runs.
        string state = string.Join(
            '\n',
            cluster.Run?.Id,
            cluster.Run?.Epoch,
            cluster.Run?.IsOver,
            string.Join(',', cluster.Members.Select(member => member.Address + member.Status))
        );
        return new OrderPlan(obstacle is null, [.. lines], guard.Seal(order, state));
    }

    private static string? Obstacle(OrderRequest order, ClusterStatus cluster) =>
        order.Verb switch
        {
            OrderVerb.Move => NoRun(cluster) ?? NoCell(order, cluster) ?? NoNode(order.To, cluster),
            OrderVerb.Drain or OrderVerb.Leave or OrderVerb.Down => NoNode(order.Subject, cluster),
            OrderVerb.Kill => NoNode(order.Subject, cluster) ?? NotHere(order.Subject!, cluster),
            OrderVerb.Start or OrderVerb.ResumeFrom => string.IsNullOrWhiteSpace(order.Subject)
                ? "no subject; accepted: the path of a scenario, or of a run directory"
            : cluster.Run is { IsOver: false } run
                ? $"the cluster runs {run.Id}; accepted: one run at a time"
            : null,
            OrderVerb.Inject => NoRun(cluster)
                ?? (
                    string.IsNullOrWhiteSpace(order.Subject)
                        ? "no subject; accepted: an event as in a scenario, such as { stall = h0, for = 1ms }"
                        : null
                ),
            OrderVerb.Travel => NoRun(cluster)
                ?? (
                    string.IsNullOrWhiteSpace(order.To)
                        ? "no 'to'; accepted: a virtual time such as 5ms"
                        : null
                ),
            OrderVerb.Step => NoRun(cluster)
                ?? (
                    cluster.Run!.Phase == RunPhase.Held
                        ? null
                        : "virtual time runs; accepted: a step from where it stands still"
                ),
            _ => NoRun(cluster),
        };

    private static string? NoRun(ClusterStatus cluster) =>
        cluster.Run is { IsOver: false } ? null : "there is no run; accepted: start";

    private static string? NoCell(OrderRequest order, ClusterStatus cluster) =>
        CellsOf(order.Subject, cluster).Any()
            ? null
            : $"there is no '{order.Subject}'; accepted: {Some(cluster.Cells.Select(cell => cell.Cell))}";

    private static string? NoNode(string? name, ClusterStatus cluster) =>
        Find(name, cluster) is not null
            ? null
            : $"there is no node '{name}'; accepted: {Some(NamesOf(cluster))}";

    private static string? NotHere(string name, ClusterStatus cluster) =>
        Find(name, cluster)!.Report!.Seat.Process.IsAliveHere
            ? null
            : $"{name} is no process of this machine; accepted: down";

    private static IEnumerable<string> LinesOf(OrderRequest order, ClusterStatus cluster)
    {
        CellHome[] cells = [.. CellsOf(order.Subject, cluster)];
        CellHome[] ofNode = [.. cluster.Cells.Where(cell => cell.Node == order.Subject)];
        return order.Verb switch
        {
            OrderVerb.Move =>
            [
                .. cells.Select(cell =>
                    cell.Node == order.To
                        ? $"{cell.Cell} is on {cell.Node} already"
                        : $"{cell.Cell} moves from {cell.Node} to {order.To}"
                ),
                Standing(cluster),
                HashStays,
            ],
            OrderVerb.Drain or OrderVerb.Leave =>
            [
                GivesAway(order.Subject!, ofNode),
                .. order.Verb == OrderVerb.Leave
                    ? [$"then {order.Subject} leaves, and its process ends"]
                    : (string[])[],
                Standing(cluster),
                HashStays,
            ],
            OrderVerb.Down or OrderVerb.Kill =>
            [
                order.Verb == OrderVerb.Kill
                    ? $"the process of {order.Subject} is killed ({Find(order.Subject, cluster)!.Report!.Seat.Process.Id})"
                    : $"{order.Subject} is declared dead, and ends itself",
                .. cluster.Run is { IsOver: false } ? [GoesBack(cluster), HashStays] : (string[])[],
            ],
            _ => OfRun(order, cluster),
        };
    }

    private static IEnumerable<string> OfRun(OrderRequest order, ClusterStatus cluster) =>
        order.Verb switch
        {
            OrderVerb.Checkpoint => ["the nodes write a checkpoint at the next barrier", HashStays],
            OrderVerb.Inject =>
            [
                $"{order.Subject} happens at its time, or at the next barrier",
                Standing(cluster),
                "it becomes part of the scenario: the trace hash is that of the scenario with it",
            ],
            OrderVerb.Pause =>
            [
                order.To is null
                    ? "virtual time stands still at the next barrier"
                    : $"virtual time stands still at {order.To}",
                HashStays,
            ],
            OrderVerb.Resume => ["virtual time goes on", HashStays],
            OrderVerb.Step =>
            [
                order.To is null
                    ? "all that is due at the instant of the next event happens"
                    : $"virtual time goes on for {order.To}",
                HashStays,
            ],
            OrderVerb.Travel =>
            [
                $"if {order.To} lies behind, the run goes back to the last checkpoint before it, or to its beginning",
                $"then virtual time runs, and stands still at {order.To}",
                HashStays,
            ],
            OrderVerb.Pace =>
            [
                order.To is null
                    ? "virtual time passes as fast as it can"
                    : $"no more than {order.To} of virtual time passes in a second",
                Standing(cluster),
                HashStays,
            ],
            OrderVerb.Stop =>
            [
                "the run stops at the next barrier, with a checkpoint",
                "pvtimer run --resume finishes it",
            ],
            OrderVerb.Start => [$"{order.Subject} is run on this cluster"],
            OrderVerb.ResumeFrom => [$"the run in {order.Subject} goes on on this cluster"],
            _ => throw new InvalidOperationException($"an order to {order.Verb}"),
        };

    private static string GivesAway(string node, CellHome[] cells) =>
        cells.Length == 0
            ? $"{node} has no cells; it gets none"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{node} gives {cells.Length} cells away and gets no more: {Some(cells.Select(cell => cell.Cell))}"
            );

    private static string GoesBack(ClusterStatus cluster) =>
        cluster.Vitals?.CheckpointReached is { } reached
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the others go back to the checkpoint of {reached / 1e6:0.###} ms and run on from there"
            )
            : "the others begin again: there is no checkpoint yet";

    /// <summary>How long formations have taken in this run.</summary>
    private static string Standing(ClusterStatus cluster)
    {
        int[] took =
        [
            .. (cluster.Run?.History ?? [])
                .Select(line => FormationTook().Match(line))
                .Where(match => match.Success)
                .Select(match => int.Parse(match.Groups["ms"].Value, CultureInfo.InvariantCulture)),
        ];
        return took.Length == 0
            ? "virtual time stands still meanwhile"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"virtual time stands still meanwhile; the formations of this run took {took.Min()} to {took.Max()} ms"
            );
    }

    private static IEnumerable<CellHome> CellsOf(string? subject, ClusterStatus cluster) =>
        cluster.Cells.Where(cell =>
            cell.Cell == subject || cell.Cell.StartsWith($"{subject}/", StringComparison.Ordinal)
        );

    private static MemberStatusLine? Find(string? name, ClusterStatus cluster) =>
        cluster.Members.FirstOrDefault(member =>
            name is not null && member.Report?.Seat.Name == name
        );

    private static IEnumerable<string> NamesOf(ClusterStatus cluster) =>
        cluster.Members.Select(member => member.Report?.Seat.Name).OfType<string>();

    private static string Some(IEnumerable<string> names)
    {
        const int shown = 12;
        string[] all = [.. names];
        return string.Join(", ", all.Take(shown)) + (all.Length > shown ? " ..." : "");
    }

    [GeneratedRegex("formation [0-9]+ runs, after (?<ms>[0-9]+) ms", RegexOptions.None, 1000)]
    private static partial Regex FormationTook();
}
