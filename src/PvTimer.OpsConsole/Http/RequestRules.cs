using System;
using System.IO;
using System.Net;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Http;

/// <summary>
/// What holds for every request: who may ask at all, what a browser may do with the answer, and what becomes
/// of a request that makes no sense.
/// </summary>
/// <param name="options">The console's.</param>
internal sealed class RequestRules(ConsoleOptions options)
{
    /// <summary>Nothing from elsewhere, nothing inline, nobody may frame it.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Bearer = "Bearer ";

    /// <summary>The token that came with a request; null: none did.</summary>
    public static string? TokenOf(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        return header?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true
            ? header[Bearer.Length..].Trim()
            : null;
    }

    public async Task Apply(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (Refusal(context.Request) is { } refusal)
        {
            await ErrorAnswer.Write(context, refusal.Status, refusal.Line).ConfigureAwait(false);
            return;
        }
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (ClusterUnreachableException e) when (!context.Response.HasStarted)
        {
            await ErrorAnswer
                .Write(context, StatusCodes.Status503ServiceUnavailable, e.Message)
                .ConfigureAwait(false);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await ErrorAnswer.Write(context, e.StatusCode, e.Message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Whoever asked has gone, or the console ends.
            context.Abort();
        }
    }

    private (int Status, string Line)? Refusal(HttpRequest request)
    {
        if (options.IsLoopback && !IsLocalName(request.Host.Host))
        {
            // A page from elsewhere whose name was made to lead here: DNS rebinding.
            return (
                StatusCodes.Status421MisdirectedRequest,
                $"the host '{request.Host.Host}'; accepted: 127.0.0.1, ::1 or localhost"
            );
        }
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site) && site == "cross-site")
        {
            return (
                StatusCodes.Status403Forbidden,
                "a request of another site's page; accepted: this page's own"
            );
        }
        bool needsToken = !options.IsLoopback && !PageEndpoints.Has(request.Path);
        return needsToken && !options.Token.Matches(TokenOf(request))
            ? (
                StatusCodes.Status401Unauthorized,
                "beyond loopback everything needs the control token; accepted: the header 'Authorization: Bearer TOKEN'"
            )
            : null;
    }

    private static bool IsLocalName(string host) =>
        host == "localhost"
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
}
