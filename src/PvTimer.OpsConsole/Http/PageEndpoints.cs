using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace PvTimer.OpsConsole.Http;

/// <summary>The page and what it is made of: files in this assembly, read once.</summary>
internal static class PageEndpoints
{
    private static readonly FrozenDictionary<string, string> TypeOf = new Dictionary<
        string,
        string
    >(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, PageFile> Files = Read();

    private sealed record PageFile(byte[] Bytes, string Type, string Tag);

    /// <summary>Whether a path is one of the page's own.</summary>
    public static bool Has(PathString path) => path == "/" || Files.ContainsKey(path.Value ?? "");

    public static void Map(IEndpointRouteBuilder web)
    {
        foreach ((string path, PageFile file) in Files)
        {
            web.MapGet(path, context => Serve(context, file));
        }
        web.MapGet("/", context => Serve(context, Files["/index.html"]));
    }

    private static System.Threading.Tasks.Task Serve(HttpContext context, PageFile file)
    {
        context.Response.Headers.ETag = file.Tag;
        context.Response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch == file.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return System.Threading.Tasks.Task.CompletedTask;
        }
        context.Response.ContentType = file.Type;
        context.Response.ContentLength = file.Bytes.Length;
        return context.Response.Body.WriteAsync(file.Bytes).AsTask();
    }

    private static FrozenDictionary<string, PageFile> Read()
    {
        Assembly own = typeof(PageEndpoints).Assembly;
        return own.GetManifestResourceNames()
            .ToFrozenDictionary(
                name => $"/{name}",
                name => Load(own, name),
                StringComparer.Ordinal
            );
    }

    private static PageFile Load(Assembly own, string name)
    {
        using Stream stream = own.GetManifestResourceStream(name)!;
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        byte[] content = bytes.ToArray();
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"";
        return new PageFile(content, TypeOf[Path.GetExtension(name)], tag);
    }
}
