using System;
using System.Collections.Immutable;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Http;

/// <summary>
/// The addresses of Akka Management, for those who script it: GET /cluster/members, GET
/// /cluster/members/ADDRESS, GET /cluster/shards/host; PUT (operation=leave or down) and DELETE on a member.
/// </summary>
/// <remarks>
/// Shapes from the documentation of Akka Management's cluster HTTP API. What changes something goes past the
/// same guard as every order; reason and confirmation come as query parameters.
/// </remarks>
internal static class ManagementEndpoints
{
    /// <summary>The sharding type of the run's cells.</summary>
    private const string ShardingType = "host";

    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private sealed record MemberLine(
        string Node,
        string NodeUid,
        string Status,
        ImmutableArray<string> Roles
    );

    private sealed record Unreachable(string Node, ImmutableArray<string> ObservedBy);

    private sealed record MemberList(
        string SelfNode,
        string? Leader,
        string? Oldest,
        ImmutableSortedDictionary<string, string> OldestPerRole,
        ImmutableArray<MemberLine> Members,
        ImmutableArray<Unreachable> Unreachable
    );

    private sealed record Region(string ShardId, int NumEntities, string Node);

    private sealed record Regions(ImmutableArray<Region> Shards);

    public static void Map(IEndpointRouteBuilder web, Sampler sampler, OrderDesk desk)
    {
        web.MapGet("/cluster/members", context => Members(context, sampler));
        web.MapGet("/cluster/members/{**address}", context => OneMember(context, sampler));
        web.MapPut("/cluster/members/{**address}", context => Change(context, sampler, desk));
        web.MapDelete("/cluster/members/{**address}", context => Change(context, sampler, desk));
        web.MapGet("/cluster/shards/{name}", context => Shards(context, sampler));
    }

    private static async Task Members(HttpContext context, Sampler sampler)
    {
        ClusterStatus cluster = await StatusOf(context, sampler).ConfigureAwait(false);
        string? oldest = cluster.Members.FirstOrDefault(member => member.IsOldest)?.Address;
        await Write(
                context,
                new MemberList(
                    oldest ?? "",
                    cluster.Leader,
                    oldest,
                    OldestPerRole(cluster),
                    [.. cluster.Members.Select(LineOf)],
                    [
                        .. cluster
                            .Members.Where(member => !member.IsReachable)
                            .Select(member => new Unreachable(
                                member.Address,
                                oldest is null ? [] : [oldest]
                            )),
                    ]
                )
            )
            .ConfigureAwait(false);
    }

    /// <summary>Members come oldest first.</summary>
    private static ImmutableSortedDictionary<string, string> OldestPerRole(ClusterStatus cluster) =>
        cluster
            .Members.SelectMany(member =>
                (member.Report?.Seat.Roles ?? []).Select(role => (role, member.Address))
            )
            .DistinctBy(member => member.role, StringComparer.Ordinal)
            .ToImmutableSortedDictionary(
                member => member.role,
                member => member.Address,
                StringComparer.Ordinal
            );

    private static async Task OneMember(HttpContext context, Sampler sampler)
    {
        if (await Find(context, sampler).ConfigureAwait(false) is { } member)
        {
            await Write(context, LineOf(member)).ConfigureAwait(false);
        }
    }

    private static async Task Shards(HttpContext context, Sampler sampler)
    {
        if (context.Request.RouteValues["name"] as string != ShardingType)
        {
            await ErrorAnswer
                .Write(
                    context,
                    StatusCodes.Status404NotFound,
                    $"there is no sharding type '{context.Request.RouteValues["name"]}'; accepted: {ShardingType}"
                )
                .ConfigureAwait(false);
            return;
        }
        ClusterStatus cluster = await StatusOf(context, sampler).ConfigureAwait(false);
        await Write(
                context,
                new Regions([.. cluster.Cells.Select(cell => new Region(cell.Cell, 1, cell.Node))])
            )
            .ConfigureAwait(false);
    }

    private static async Task Change(HttpContext context, Sampler sampler, OrderDesk desk)
    {
        if (await OrderEndpoints.TurnsAway(context, desk).ConfigureAwait(false))
        {
            return;
        }
        HttpRequest request = context.Request;
        string operation = HttpMethods.IsDelete(request.Method)
            ? "leave"
            : await OperationOf(request).ConfigureAwait(false);
        OrderVerb? verb = operation.ToLowerInvariant() switch
        {
            "leave" => OrderVerb.Leave,
            "down" => OrderVerb.Down,
            _ => null,
        };
        if (verb is null)
        {
            await ErrorAnswer
                .Write(
                    context,
                    StatusCodes.Status400BadRequest,
                    $"operation '{operation}'; accepted: leave, down"
                )
                .ConfigureAwait(false);
        }
        else if (await Find(context, sampler).ConfigureAwait(false) is { } member)
        {
            await OrderEndpoints
                .Carry(
                    context,
                    desk,
                    new OrderRequest(
                        verb.Value,
                        member.Report?.Seat.Name,
                        By: request.Query["by"],
                        Reason: request.Query["reason"],
                        Confirm: request.Query["confirm"]
                    )
                )
                .ConfigureAwait(false);
        }
    }

    private static async Task<string> OperationOf(HttpRequest request)
    {
        string? inQuery = request.Query["operation"];
        if (!string.IsNullOrEmpty(inQuery) || !request.HasFormContentType)
        {
            return inQuery ?? "";
        }
        try
        {
            return (await request.ReadFormAsync().ConfigureAwait(false))["operation"].ToString();
        }
        catch (Exception e) when (e is System.IO.InvalidDataException or System.IO.IOException)
        {
            // A form that is none, or that is cut off.
            return "";
        }
    }

    private static async Task<ClusterStatus> StatusOf(HttpContext context, Sampler sampler) =>
        (
            await sampler
                .Once(new View(ViewKind.Cluster), context.RequestAborted)
                .ConfigureAwait(false)
        ).Cluster;

    /// <summary>The member that a path names, by its Akka address, host and port, or name; null: said so.</summary>
    private static async Task<MemberStatusLine?> Find(HttpContext context, Sampler sampler)
    {
        string name = Uri.UnescapeDataString($"{context.Request.RouteValues["address"]}");
        ClusterStatus cluster = await StatusOf(context, sampler).ConfigureAwait(false);
        MemberStatusLine? found = cluster.Members.FirstOrDefault(member =>
            member.Address == name
            || ClusterDoor.EndpointOf(member.Address) == name
            || member.Address.EndsWith($"//{name}", StringComparison.Ordinal)
            || member.Report?.Seat.Name == name
        );
        if (found is null)
        {
            await ErrorAnswer
                .Write(
                    context,
                    StatusCodes.Status404NotFound,
                    $"there is no member '{name}'; accepted: {string.Join(", ", cluster.Members.Select(member => member.Address))}"
                )
                .ConfigureAwait(false);
        }
        return found;
    }

    private static MemberLine LineOf(MemberStatusLine member) =>
        new(
            member.Address,
            $"{member.Report?.Seat.Process.Id}",
            member.Status,
            member.Report?.Seat.Roles ?? []
        );

    private static Task Write<T>(HttpContext context, T document)
    {
        context.Response.ContentType = "application/json";
        return context
            .Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(document, Camel))
            .AsTask();
    }
}
