using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.OpsConsole.Watching;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;
using PvTimer.Sharding.Launching;

namespace PvTimer.OpsConsole.Orders;

/// <summary>
/// Where all orders arrive, from the browser, by HTTP and from the terminal: plans them, has them guarded,
/// notes them, and has them done.
/// </summary>
/// <param name="cluster">Who does them.</param>
/// <param name="guard">Who lets them pass.</param>
/// <param name="audit">Where they are noted.</param>
/// <param name="runs">Who starts runs.</param>
public sealed class OrderDesk(ICluster cluster, OrderGuard guard, AuditLog audit, IRunStarter runs)
{
    /// <summary>So long is waited for a coordinator that knows the run, after one may have been killed.</summary>
    private static readonly TimeSpan s_succession = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(200);

    private readonly Planner _planner = new(guard);

    /// <summary>Who lets orders pass.</summary>
    public OrderGuard Guard => guard;

    /// <summary>What an order would do, as things are now. Nothing is done.</summary>
    /// <exception cref="ClusterUnreachableException">The cluster does not answer.</exception>
    public async Task<OrderPlan> PlanOf(OrderRequest order)
    {
        ClusterStatus status = await cluster
            .Ask<ClusterStatus>(AskCluster.Instance)
            .ConfigureAwait(false);
        OrderPlan plan = _planner.PlanOf(order, status);
        return order.Verb == OrderVerb.Inject && plan.Possible
            ? await Checked(plan, OrderCommands.Of(order, status.Run!.Id)!).ConfigureAwait(false)
            : plan;
    }

    /// <summary>Only the coordinator has the scenario that an event has to fit in.</summary>
    private async Task<OrderPlan> Checked(OrderPlan plan, RunCommand command)
    {
        try
        {
            CommandAnswer answer = await cluster
                .Ask<CommandAnswer>(new CheckCommand(command.Wire))
                .ConfigureAwait(false);
            return answer.Accepted ? plan : plan with { Possible = false, Lines = [answer.What] };
        }
        catch (OrderRefusedException e)
        {
            // A console of another cluster's token can have nothing done.
            return plan with { Possible = false, Lines = [e.Message] };
        }
    }

    /// <summary>
    /// Why whoever shows this may order nothing at all, whatever it is; noted. Null: he may.
    /// </summary>
    /// <param name="token">What was shown; null: nothing.</param>
    /// <param name="from">Where it came from.</param>
    public OrderAnswer? TurnAway(string? token, string from)
    {
        OrderAnswer? refusal = guard.MayControl(token);
        return refusal is null ? null : audit.Note(from, null, refusal);
    }

    /// <summary>Does it, or says why not; either is noted. What cannot be noted is not done.</summary>
    /// <param name="order">What is wanted.</param>
    /// <param name="token">What was shown; null: nothing.</param>
    /// <param name="from">Where it came from.</param>
    public async Task<OrderAnswer> Do(OrderRequest order, string? token, string from)
    {
        ArgumentNullException.ThrowIfNull(order);
        OrderAnswer answer = await Answer(order, token).ConfigureAwait(false);
        return audit.Note(from, order, answer);
    }

    private async Task<OrderAnswer> Answer(OrderRequest order, string? token)
    {
        if (guard.MayControl(token) is { } closed)
        {
            return closed;
        }
        try
        {
            ClusterStatus status = await cluster
                .Ask<ClusterStatus>(AskCluster.Instance)
                .ConfigureAwait(false);
            OrderPlan plan = _planner.PlanOf(order, status);
            if (guard.Refuse(order, token, plan) is { } refusal)
            {
                return refusal;
            }
            return !plan.Possible ? new OrderAnswer(OrderOutcome.Refused, plan.Lines[0])
                : audit.Obstacle() is { } obstacle ? obstacle
                : await Carry(order, status).ConfigureAwait(false);
        }
        catch (ClusterUnreachableException e)
        {
            return new OrderAnswer(OrderOutcome.Unreachable, e.Message);
        }
        catch (Exception e)
            when (e
                    is OrderRefusedException
                        or ScenarioException
                        or IOException
                        or Win32Exception
                        or UnauthorizedAccessException
            )
        {
            return new OrderAnswer(OrderOutcome.Refused, e.Message);
        }
    }

    private async Task<OrderAnswer> Carry(OrderRequest order, ClusterStatus status)
    {
        string run = status.Run?.Id ?? "";
        switch (order.Verb)
        {
            case OrderVerb.Start:
                return Done(runs.Start(order.Subject!, SetsOf(order.To)));
            case OrderVerb.ResumeFrom:
                return Done(runs.ResumeFrom(order.Subject!));
            case OrderVerb.Kill:
                int process = status
                    .Members.First(member => member.Report?.Seat.Name == order.Subject)
                    .Report!.Seat.Process.Id;
                ProcessSignals.Send(process, ProcessSignals.Kill);
                return await NoteKill(order, status.Run is not null).ConfigureAwait(false);
            default:
                return await Give(
                        OrderCommands.Of(order, run)
                            ?? throw new InvalidOperationException($"an order to {order.Verb}"),
                        order
                    )
                    .ConfigureAwait(false);
        }
    }

    private async Task<OrderAnswer> Give(RunCommand command, OrderRequest order)
    {
        CommandAnswer answer = await cluster
            .Ask<CommandAnswer>(
                command.Wire with
                {
                    By = order.By ?? "console",
                    Reason = order.Reason,
                }
            )
            .ConfigureAwait(false);
        return new OrderAnswer(
            answer.Accepted ? OrderOutcome.Done : OrderOutcome.Refused,
            answer.What
        );
    }

    /// <summary>
    /// It is in the run's history, too: written after the kill, which may have hit the coordinator; its successor has
    /// to know the run first.
    /// </summary>
    private async Task<OrderAnswer> NoteKill(OrderRequest order, bool hasRun)
    {
        KillCommand killed = new(order.Subject!);
        long began = Stopwatch.GetTimestamp();
        string why = "no run is known";
        while (hasRun && Stopwatch.GetElapsedTime(began) < s_succession)
        {
            try
            {
                ClusterStatus status = await cluster
                    .Ask<ClusterStatus>(AskCluster.Instance)
                    .ConfigureAwait(false);
                if (status.Run is not null)
                {
                    return await Give(killed, order).ConfigureAwait(false);
                }
                await Task.Delay(s_retry).ConfigureAwait(false);
            }
            catch (ClusterUnreachableException e)
            {
                why = e.Message;
            }
        }
        string done = $"the process of {killed.Node} is killed";
        return Done(hasRun ? $"{done}; the run's history does not say so: {why}" : done);
    }

    private static string[] SetsOf(string? text) =>
        (text ?? "").Split(
            ' ',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );

    private static OrderAnswer Done(string what) => new(OrderOutcome.Done, what);
}
