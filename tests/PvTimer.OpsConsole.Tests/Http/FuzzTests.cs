using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.OpsConsole.Watching;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.TestKit.Clusters;
using Xunit.Abstractions;

namespace PvTimer.OpsConsole.Tests.Http;

/// <summary>Requests that make no sense, tens of thousands, to the console of a run that goes on.</summary>
/// <remarks>PVTIMER_REQUESTS=100000 sends so many.</remarks>
[Trait("Runs", "Alone")]
[Collection(nameof(OneConsole))]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly int Requests = Environment.GetEnvironmentVariable("PVTIMER_REQUESTS")
        is { Length: > 0 } number
        ? int.Parse(number, CultureInfo.InvariantCulture)
        : 20_000;
    private const int RawRequests = 2_000;
    private const int Workers = 8;
    private const int Seed = 20_261_123;

    private static readonly string[] Methods =
    [
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "HEAD",
        "TRACE",
        "BREW",
    ];

    private static readonly string[] Paths =
    [
        "/",
        "/api/cluster",
        "/api/machine",
        "/api/timers",
        "/api/hosts/",
        "/api/actors/",
        "/api/plans",
        "/api/orders",
        "/api/control",
        "/cluster/members",
        "/cluster/members/",
        "/cluster/shards/",
        "/alive",
        "/app.js",
        "/vendor/",
        "/metric",
        "/../../etc/passwd",
    ];

    private static readonly string[] Headers =
    [
        "Host",
        "Sec-Fetch-Site",
        "If-None-Match",
        "Accept",
        "Accept-Encoding",
        "Origin",
        "Cookie",
        "X-Forwarded-For",
        "Expect",
        "Range",
    ];

    private static readonly string[] ContentTypes =
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain; charset=utf-7",
        ";",
    ];

    private static readonly string[] Pieces =
    [
        "{",
        "}",
        "[",
        "\"verb\"",
        "\"pause\"",
        "\"move\"",
        ":",
        ",",
        "null",
        "-1e999",
        "\\u0000",
        "\"to\":",
        "\"subject\": \"h0\"",
        "\"reason\":\"x\"",
        "9223372036854775808",
        "\n",
        "\ud83d\ude00",
        "true",
        " ",
    ];

    [Fact]
    public async Task Malformed_requests_crash_nothing_and_change_nothing()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        string file = cluster.Resolve(
            "exponential.conf",
            "duration=2s",
            "hosts=2",
            "host.cpus=3",
            "host.costs=cascadelake-kvm",
            "vms.0.count=2"
        );
        RunSpec spec = cluster.Spec(file, "pvtimer");
        Task<RunStatus> run = cluster.Run(spec);
        await using OneConsole console = await OneConsole.Of(
            new DoorToCluster(cluster.Door),
            new FakeCluster()
        );
        // It goes on as long as there are requests, and leaves the cores to them.
        long unpaced = await FormedAfter(cluster.Door, 0);
        await Pace(cluster.Door, spec.Id, "10ms");
        long formed = await FormedAfter(cluster.Door, unpaced);
        ConcurrentDictionary<int, int> statuses = new();
        int left = Requests;
        await Task.WhenAll(
            Enumerable
                .Range(0, Workers)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        Random chance = new(Seed + worker);
                        while (Interlocked.Decrement(ref left) >= 0)
                        {
                            int status = await Send(console, chance);
                            statuses.AddOrUpdate(status, 1, static (_, count) => count + 1);
                        }
                    })
                )
        );
        Random garbage = new(Seed);
        for (int request = 0; request < RawRequests; request++)
        {
            await SendGarbage(console, garbage);
        }
        output.WriteLine(
            $"seed {Seed}: {string.Join(", ", statuses.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key}: {entry.Value}"))}"
        );
        Assert.DoesNotContain(statuses.Keys, status => status >= 500 && status != 503);
        Assert.Equal(Requests, statuses.Values.Sum());
        Assert.Equal(200, (await console.Send(HttpMethod.Get, "/api/machine")).Status);
        Assert.False(run.IsCompleted);
        Assert.Equal(formed, await FormedAfter(cluster.Door, 0));
        await Pace(cluster.Door, spec.Id, null);
        RunStatus done = await run.WaitAsync(TimeSpan.FromMinutes(3));
        Assert.True(done.Phase == RunPhase.Done, done.What);
        Assert.Equal(Sequential(file), ClusterResult.Read(done.Result!).Outcome);
        // Not one of them was let through to the cluster; all lines are there.
        Assert.False(File.Exists($"{console.AuditFile}.1"));
        Assert.All(
            await File.ReadAllLinesAsync(console.AuditFile),
            line =>
                Assert.NotEqual(
                    "done",
                    (string?)JsonNode.Parse(line)!["outcome"],
                    StringComparer.Ordinal
                )
        );
    }

    private static async Task Pace(ClusterDoor door, string run, string? perSecond)
    {
        ClusterCommand order = new(ClusterVerb.Pace, run, perSecond);
        CommandAnswer answer = await door.Ask<CommandAnswer>(order);
        Assert.True(answer.Accepted, answer.What);
    }

    /// <summary>The epoch of the formation in which the run goes on, once it is a later one.</summary>
    private static async Task<long> FormedAfter(ClusterDoor door, long epoch)
    {
        for (DateTime end = DateTime.UtcNow.AddSeconds(60); DateTime.UtcNow < end; )
        {
            ClusterStatus seen = await door.Ask<ClusterStatus>(AskCluster.Instance);
            if (seen.Run is { Phase: RunPhase.Running } run && run.Epoch > epoch)
            {
                return run.Epoch;
            }
            await Task.Delay(20);
        }
        throw new TimeoutException($"no formation after {epoch}");
    }

    private static async Task<int> Send(OneConsole console, Random chance)
    {
        using HttpRequestMessage request = new(
            new HttpMethod(Methods[chance.Next(Methods.Length)]),
            console.Server.Address + Paths[chance.Next(Paths.Length)] + Tail(chance)
        );
        if (chance.Next(3) > 0)
        {
            string? token = chance.Next(4) switch
            {
                0 => console.Token.Text,
                1 => console.Token.Text[..^1],
                2 => "\"" + Printable(chance, 3),
                _ => "",
            };
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }
        if (chance.Next(4) == 0)
        {
            request.Headers.TryAddWithoutValidation(
                Headers[chance.Next(Headers.Length)],
                Printable(chance, 6)
            );
        }
        if (chance.Next(2) == 0)
        {
            request.Content = new ByteArrayContent(Body(chance));
            request.Content.Headers.TryAddWithoutValidation(
                "Content-Type",
                ContentTypes[chance.Next(ContentTypes.Length)]
            );
        }
        using HttpResponseMessage answer = await console.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead
        );
        return (int)answer.StatusCode;
    }

    private static string Tail(Random chance) =>
        chance.Next(3) switch
        {
            0 => "",
            1 => "?" + Uri.EscapeDataString(Words(chance, 6)),
            _ => Uri.EscapeDataString(Words(chance, 4))
                + "?view="
                + Uri.EscapeDataString(Words(chance, 2)),
        };

    private static byte[] Body(Random chance)
    {
        switch (chance.Next(12))
        {
            case 0:
                return Encoding.UTF8.GetBytes(new string('[', chance.Next(2_000)));
            case 1:
                // Almost all that is read; of more the rest is not taken, and the connection is cut.
                return new byte[chance.Next(200) == 0 ? 60_000 + chance.Next(5_000) : 1];
            case 2 or 3 or 4:
                // An order that is whole, cut off somewhere.
                string order =
                    $$"""{"verb":"stop","subject":"h0","to":"1ms","by":"x","reason":"y","confirm":"{{chance.Next()}}"}""";
                return Encoding.UTF8.GetBytes(order[..chance.Next(order.Length + 1)]);
            case < 9:
                return Encoding.UTF8.GetBytes(Words(chance, 25));
            default:
                byte[] body = new byte[chance.Next(300)];
                chance.NextBytes(body);
                return body;
        }
    }

    /// <summary>What may stand in a header.</summary>
    private static string Printable(Random chance, int most) =>
        Words(chance, most)
            .Replace('\n', ' ')
            .Replace("\ud83d\ude00", "?", StringComparison.Ordinal);

    private static string Words(Random chance, int most) =>
        string.Concat(
            Enumerable.Range(0, chance.Next(most)).Select(_ => Pieces[chance.Next(Pieces.Length)])
        );

    /// <summary>What is not even HTTP.</summary>
    private static async Task SendGarbage(OneConsole console, Random chance)
    {
        Uri address = new(console.Server.Address);
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, address.Port);
        byte[] bytes = new byte[1 + chance.Next(400)];
        chance.NextBytes(bytes);
        if (chance.Next(2) == 0)
        {
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"POST /api/orders HTTP/1.{chance.Next(4)}\r\nHost: 127.0.0.1\r\nContent-Length: {chance.Next(9) - 3}\r\nTransfer-Encoding: {Words(chance, 2).Trim()}\r\n\r\n"
            );
            bytes = [.. Encoding.UTF8.GetBytes(line), .. bytes];
        }
        try
        {
            await client.GetStream().WriteAsync(bytes);
        }
        catch (IOException)
        {
            // It has hung up already.
        }
    }

    private static RunOutcome Sequential(string file)
    {
        Scenario scenario = ScenarioReader.Read(file, []);
        return SequentialEngine.Run(
            EmulatedMachine.Build(MachineDescriptionBuilder.Build(scenario, TimerBackends.PvTimer)),
            new RunOptions()
        );
    }
}
