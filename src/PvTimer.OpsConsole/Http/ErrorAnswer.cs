using System.Net.Mime;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using PvTimer.OpsConsole.Documents;

namespace PvTimer.OpsConsole.Http;

/// <summary>What went wrong, in one line of JSON: {"error": "what; accepted: what is"}.</summary>
internal static class ErrorAnswer
{
    private const string Known =
        "/, /api/cluster, /api/machine, /api/timers, /api/hosts/HOST, /api/actors/ENTITY, "
        + "/api/stream?view=VIEW, /api/control, POST /api/plans, POST /api/orders, /cluster/members, "
        + "/cluster/shards/host, /metrics, /alive, /ready";

    private sealed record Line(string Error);

    public static Task Write(HttpContext context, int status, string line)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypeNames.Application.Json;
        return context
            .Response.Body.WriteAsync(
                JsonSerializer.SerializeToUtf8Bytes(new Line(line), Json.Options)
            )
            .AsTask();
    }

    public static Task NotFound(HttpContext context) =>
        Write(
            context,
            StatusCodes.Status404NotFound,
            $"there is no {context.Request.Method} {context.Request.Path}; accepted: {Known}"
        );
}
