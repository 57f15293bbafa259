using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PvTimer.OpsConsole.Watching;

namespace PvTimer.OpsConsole.Http;

/// <summary>GET /alive: the console lives. GET /ready: the cluster answers it. The paths are Akka Management's.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder web, Sampler sampler)
    {
        web.MapGet("/alive", context => context.Response.WriteAsync("OK"));
        web.MapGet("/ready", context => Ready(context, sampler));
    }

    private static async Task Ready(HttpContext context, Sampler sampler)
    {
        await sampler
            .Once(new View(ViewKind.Cluster), context.RequestAborted)
            .ConfigureAwait(false);
        await context.Response.WriteAsync("OK").ConfigureAwait(false);
    }
}
