using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;

namespace PvTimer.OpsConsole.Orders;

/// <summary>Says what an order would do, from what the cluster says of itself.</summary>
/// <param name="guard">Seals the plans.</param>
internal sealed class Planner(OrderGuard guard)
{
    public OrderPlan PlanOf(OrderRequest order, ClusterStatus cluster)
    {
        CommandPreview preview =
            OrderCommands.Of(order, cluster.Run?.Id ?? "")?.Preview(cluster)
            ?? OfConsole(order, cluster);
        // Of what changes all the time nothing may be in it: only who is where, and whether it runs.
        string state = string.Join(
            '\n',
            cluster.Run?.Id,
            cluster.Run?.Epoch,
            cluster.Run?.IsOver,
            string.Join(',', cluster.Members.Select(member => member.Address + member.Status))
        );
        return new OrderPlan(preview.IsPossible, preview.Lines, guard.Seal(order, state));
    }

    /// <summary>What the console does itself.</summary>
    private static CommandPreview OfConsole(OrderRequest order, ClusterStatus cluster)
    {
        if (order.Verb == OrderVerb.Kill)
        {
            return KillOf(order.Subject ?? "", cluster);
        }
        string? obstacle =
            string.IsNullOrWhiteSpace(order.Subject)
                ? "no subject; accepted: the path of a scenario, or of a run directory"
            : cluster.Run is { IsOver: false } run
                ? $"the cluster runs {run.Id}; accepted: one run at a time"
            : null;
        return obstacle is not null
            ? new CommandPreview(false, [obstacle])
            : new CommandPreview(
                true,
                [
                    order.Verb == OrderVerb.Start
                        ? $"{order.Subject} is run on this cluster"
                        : $"the run in {order.Subject} goes on on this cluster",
                ]
            );
    }

    /// <summary>To the cluster it is a node that is lost.</summary>
    private static CommandPreview KillOf(string node, ClusterStatus cluster)
    {
        CommandPreview lost = new DownCommand(node).Preview(cluster);
        if (!lost.IsPossible)
        {
            return lost;
        }
        MemberStatusLine member = cluster.Members.First(each => each.Report?.Seat.Name == node);
        if (!member.Report!.Seat.Process.IsAliveHere)
        {
            return new CommandPreview(
                false,
                [$"{node} is no process of this machine; accepted: down"]
            );
        }
        IEnumerable<string> lines = DownCommand
            .AfterLoss(cluster)
            .Prepend($"the process of {node} is killed ({member.Report.Seat.Process.Id})");
        return new CommandPreview(true, [.. lines]);
    }
}
