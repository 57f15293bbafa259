using PvTimer.Sharding.Commands;

namespace PvTimer.OpsConsole.Orders;

/// <summary>What an order means to the cluster.</summary>
internal static class OrderCommands
{
    /// <param name="order">What is wanted.</param>
    /// <param name="run">The run that the cluster has; empty: it has none.</param>
    /// <returns>Null: it is not for the cluster, but for the console itself.</returns>
    public static RunCommand? Of(OrderRequest order, string run)
    {
        string subject = order.Subject ?? "";
        return order.Verb switch
        {
            OrderVerb.Move => new MoveCommand(subject, order.To ?? ""),
            OrderVerb.Drain => new DrainCommand(subject),
            OrderVerb.Leave => new LeaveCommand(subject),
            OrderVerb.Down => new DownCommand(subject),
            OrderVerb.Checkpoint => new CheckpointCommand(),
            OrderVerb.Inject => new InjectCommand(subject),
            OrderVerb.Pause => new HoldCommand(run, order.To ?? "0ns"),
            OrderVerb.Resume => new HoldCommand(run, At: null),
            OrderVerb.Step => new HoldCommand(
                run,
                order.To is null ? "next" : $"+{order.To.TrimStart('+')}"
            ),
            OrderVerb.Travel => new TravelCommand(run, order.To ?? ""),
            OrderVerb.Pace => new PaceCommand(run, order.To),
            OrderVerb.Stop => new StopCommand(run),
            _ => null,
        };
    }
}
