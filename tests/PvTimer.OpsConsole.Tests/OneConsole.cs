using System;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Security;

namespace PvTimer.OpsConsole.Tests;

/// <summary>A console of some cluster, on a port of its own, and somebody who asks it.</summary>
/// <remarks>
/// Meters are a process's: one console would export what another measures. So the tests that have one are a
/// collection of this name.
/// </remarks>
public sealed class OneConsole : IAsyncDisposable
{
    private OneConsole(ConsoleServer server, ControlToken token)
    {
        Server = server;
        Token = token;
        Http = new HttpClient { BaseAddress = new Uri(server.Address) };
    }

    public ConsoleServer Server { get; private init; }

    public ControlToken Token { get; }

    public HttpClient Http { get; }

    public string AuditFile { get; private init; } = "";

    public static async Task<OneConsole> Of(
        ICluster cluster,
        IRunStarter runs,
        bool allowControl = true
    )
    {
        ControlToken token = ControlToken.New();
        string audit = Path.Combine(
            Directory.CreateTempSubdirectory("pvtimer-").FullName,
            "audit.ndjson"
        );
        ConsoleServer server = await ConsoleServer.Start(
            new ConsoleOptions
            {
                AllowControl = allowControl,
                Token = token,
                AuditFile = audit,
                Interval = TimeSpan.FromMilliseconds(100),
            },
            cluster,
            runs
        );
        return new OneConsole(server, token) { AuditFile = audit };
    }

    public static Task<OneConsole> Of(FakeCluster cluster, bool allowControl = true) =>
        Of(cluster, cluster, allowControl);

    /// <summary>Status and body of an answer.</summary>
    public async Task<(int Status, JsonNode Body)> Send(
        HttpMethod method,
        string path,
        JsonNode? body = null,
        string? token = null
    )
    {
        using HttpRequestMessage request = new(method, path);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        if (body is not null)
        {
            request.Content = new StringContent(
                body.ToJsonString(),
                Encoding.UTF8,
                "application/json"
            );
        }
        using HttpResponseMessage answer = await Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)! : text);
    }

    /// <summary>The number of the sample in a view, and how many bytes the view has.</summary>
    public async Task<(long Sample, int Bytes)> Get(string path)
    {
        byte[] bytes = await Http.GetByteArrayAsync(new Uri(path, UriKind.Relative));
        return ((long)JsonNode.Parse(bytes)!["sample"]!, bytes.Length);
    }

    /// <summary>What confirms an order, as things are now.</summary>
    public async Task<string> ConfirmOf(JsonObject order) =>
        (string)(await Send(HttpMethod.Post, "/api/plans", order)).Body["confirm"]!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(AuditFile)!, recursive: true);
    }
}
