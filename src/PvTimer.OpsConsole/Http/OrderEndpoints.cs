using System;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PvTimer.OpsConsole.Documents;
using PvTimer.OpsConsole.Orders;

namespace PvTimer.OpsConsole.Http;

/// <summary>
/// Orders: POST /api/plans says what one would do, POST /api/orders does it. GET /api/control says whether this
/// console may change anything.
/// </summary>
internal static class OrderEndpoints
{
    private sealed record Control(bool AllowsControl, string[] Verbs);

    public static void Map(IEndpointRouteBuilder web, OrderDesk desk)
    {
        web.MapGet(
            "/api/control",
            context =>
                Write(
                    context,
                    StatusCodes.Status200OK,
                    new Control(
                        desk.Guard.AllowsControl,
                        Array.ConvertAll(
                            Enum.GetNames<OrderVerb>(),
                            JsonNamingPolicy.SnakeCaseLower.ConvertName
                        )
                    )
                )
        );
        web.MapPost("/api/plans", context => Plan(context, desk));
        web.MapPost("/api/orders", context => Do(context, desk));
    }

    /// <summary>Has an order done, and says what became of it.</summary>
    public static async Task Carry(HttpContext context, OrderDesk desk, OrderRequest order)
    {
        OrderAnswer answer = await desk.Do(
                order,
                RequestRules.TokenOf(context.Request),
                From(context)
            )
            .ConfigureAwait(false);
        await Write(context, StatusOf(answer.Outcome), answer).ConfigureAwait(false);
    }

    /// <summary>Whoever may not order anything is told so before anybody reads what he sent.</summary>
    public static async Task<bool> TurnsAway(HttpContext context, OrderDesk desk)
    {
        if (desk.TurnAway(RequestRules.TokenOf(context.Request), From(context)) is not { } refusal)
        {
            return false;
        }
        await Write(context, StatusOf(refusal.Outcome), refusal).ConfigureAwait(false);
        return true;
    }

    private static string From(HttpContext context) => $"{context.Connection.RemoteIpAddress}";

    private static async Task Plan(HttpContext context, OrderDesk desk)
    {
        if (await Read(context).ConfigureAwait(false) is { } order)
        {
            OrderPlan plan = await desk.PlanOf(order).ConfigureAwait(false);
            await Write(context, StatusCodes.Status200OK, plan).ConfigureAwait(false);
        }
    }

    private static async Task Do(HttpContext context, OrderDesk desk)
    {
        if (
            !await TurnsAway(context, desk).ConfigureAwait(false)
            && await Read(context).ConfigureAwait(false) is { } order
        )
        {
            await Carry(context, desk, order).ConfigureAwait(false);
        }
    }

    /// <summary>The order in a request's body; null: there is none, and the answer says so.</summary>
    private static async Task<OrderRequest?> Read(HttpContext context)
    {
        try
        {
            OrderRequest? order = await JsonSerializer
                .DeserializeAsync<OrderRequest>(
                    context.Request.Body,
                    Json.Options,
                    context.RequestAborted
                )
                .ConfigureAwait(false);
            if (order is not null)
            {
                return order;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }
        await ErrorAnswer
            .Write(
                context,
                StatusCodes.Status400BadRequest,
                "the body is no order; accepted: {\"verb\": \"move\", \"subject\": \"h0\", \"to\": \"node-2\", \"by\": \"alice\", \"reason\": \"...\", \"confirm\": \"...\"}"
            )
            .ConfigureAwait(false);
        return null;
    }

    private static int StatusOf(OrderOutcome outcome) =>
        outcome switch
        {
            OrderOutcome.Done => StatusCodes.Status200OK,
            OrderOutcome.ReadOnly => StatusCodes.Status403Forbidden,
            OrderOutcome.NoToken or OrderOutcome.WrongToken => StatusCodes.Status401Unauthorized,
            OrderOutcome.NoReason => StatusCodes.Status400BadRequest,
            OrderOutcome.NotConfirmed => StatusCodes.Status409Conflict,
            OrderOutcome.Refused => StatusCodes.Status422UnprocessableEntity,
            OrderOutcome.Unreachable => StatusCodes.Status503ServiceUnavailable,
            _ => throw new InvalidOperationException($"an order that was {outcome}"),
        };

    private static Task Write<T>(HttpContext context, int status, T document)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context
            .Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(document, Json.Options))
            .AsTask();
    }
}
