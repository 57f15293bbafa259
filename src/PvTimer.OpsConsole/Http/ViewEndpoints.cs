using System;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PvTimer.OpsConsole.Documents;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Http;

/// <summary>
/// What can be looked at: each view once (GET /api/machine), and as a stream of server-sent events
/// (GET /api/stream?view=machine), which ends when the viewer goes.
/// </summary>
internal static class ViewEndpoints
{
    /// <summary>No entity's name is longer.</summary>
    private const int MaxSubject = 200;

    public static void Map(IEndpointRouteBuilder web, Sampler sampler, IRunStarter runs)
    {
        web.MapGet("/api/run", context => Once(context, sampler, new View(ViewKind.Run)));
        web.MapGet("/api/results", context => Results(context, sampler, runs));
        web.MapGet("/api/cluster", context => Once(context, sampler, new View(ViewKind.Cluster)));
        web.MapGet("/api/machine", context => Once(context, sampler, new View(ViewKind.Machine)));
        web.MapGet("/api/timers", context => Once(context, sampler, new View(ViewKind.Timers)));
        web.MapGet("/api/hosts/{**subject}", context => OnceOf(context, sampler, ViewKind.Host));
        web.MapGet("/api/actors/{**subject}", context => OnceOf(context, sampler, ViewKind.Actor));
        web.MapGet("/api/stream", context => Stream(context, sampler));
    }

    /// <summary>Entities have slashes in their names, which clients may or may not escape.</summary>
    private static Task OnceOf(HttpContext context, Sampler sampler, ViewKind kind)
    {
        string subject = $"{context.Request.RouteValues["subject"]}".Replace(
            "%2F",
            "/",
            StringComparison.OrdinalIgnoreCase
        );
        return subject.Length is 0 or > MaxSubject
            ? ErrorAnswer.Write(
                context,
                StatusCodes.Status400BadRequest,
                $"a name of {subject.Length} characters; accepted: 1 to {MaxSubject}"
            )
            : Once(context, sampler, new View(kind, subject));
    }

    /// <summary>From the disk: the cluster may have gone with its run.</summary>
    private static Task Results(HttpContext context, Sampler sampler, IRunStarter runs)
    {
        context.Response.ContentType = "application/json";
        return context
            .Response.Body.WriteAsync(
                JsonSerializer.SerializeToUtf8Bytes(
                    runs.Directory is { } own
                        ? ResultsDocument.Read(own)
                        : RunPlace.ResultsOf(sampler.Vitals),
                    Json.Options
                ),
                context.RequestAborted
            )
            .AsTask();
    }

    private static async Task Once(HttpContext context, Sampler sampler, View view)
    {
        Sample sample = await sampler.Once(view, context.RequestAborted).ConfigureAwait(false);
        context.Response.ContentType = "application/json";
        await context
            .Response.Body.WriteAsync(sample.DocumentOf(view), context.RequestAborted)
            .ConfigureAwait(false);
    }

    private static async Task Stream(HttpContext context, Sampler sampler)
    {
        if (ViewOf(context.Request.Query) is not { } view)
        {
            await ErrorAnswer
                .Write(
                    context,
                    StatusCodes.Status400BadRequest,
                    $"view '{context.Request.Query["view"]}'; accepted: {string.Join(", ", View.Names)}; host and actor with a subject"
                )
                .ConfigureAwait(false);
            return;
        }
        CancellationToken gone = context.RequestAborted;
        context.Response.ContentType = "text/event-stream";
        using Viewer viewer = sampler.Watch(view);
        await context.Response.StartAsync(gone).ConfigureAwait(false);
        while (!gone.IsCancellationRequested)
        {
            await SendNext(context.Response, viewer, view, gone).ConfigureAwait(false);
        }
    }

    private static async Task SendNext(
        HttpResponse response,
        Viewer viewer,
        View view,
        CancellationToken gone
    )
    {
        string name;
        ReadOnlyMemory<byte> data;
        long number = 0;
        try
        {
            Sample sample = await viewer.Next(gone).ConfigureAwait(false);
            (name, data, number) = ("sample", sample.DocumentOf(view), sample.Number);
        }
        catch (ClusterUnreachableException e)
        {
            (name, data) = ("trouble", Encoding.UTF8.GetBytes(e.Message));
        }
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"event: {name}\nid: {number}\ndata: "
        );
        await response.WriteAsync(head, gone).ConfigureAwait(false);
        await response.Body.WriteAsync(data, gone).ConfigureAwait(false);
        await response.WriteAsync("\n\n", gone).ConfigureAwait(false);
        await response.Body.FlushAsync(gone).ConfigureAwait(false);
    }

    private static View? ViewOf(IQueryCollection query)
    {
        string subject = query["subject"].ToString();
        int kind = View.Names.IndexOf(query["view"].ToString());
        if (kind < 0 || subject.Length > MaxSubject)
        {
            return null;
        }
        View view = new((ViewKind)kind, subject);
        bool needsSubject = view.Kind is ViewKind.Host or ViewKind.Actor;
        return needsSubject == (subject.Length > 0) ? view : null;
    }
}
