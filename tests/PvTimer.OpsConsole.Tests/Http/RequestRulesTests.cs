using System;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using PvTimer.Sharding.Security;

namespace PvTimer.OpsConsole.Tests.Http;

/// <summary>What holds for every request, and what every answer carries.</summary>
[Collection(nameof(OneConsole))]
public sealed class RequestRulesTests
{
    private static readonly string[] PageFiles =
    [
        "/",
        "/index.html",
        "/app.js",
        "/charts.js",
        "/cluster.js",
        "/dom.js",
        "/format.js",
        "/machine.js",
        "/orders.js",
        "/run.js",
        "/stream.js",
        "/style.css",
        "/icon.svg",
        "/vendor/uplot.js",
        "/vendor/uplot.css",
        "/vendor/uplot-license.txt",
    ];

    [Fact]
    public async Task Every_answer_forbids_what_comes_from_elsewhere()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        string[] paths =
        [
            .. PageFiles,
            "/api/cluster",
            "/api/nothing",
            "/api/stream?view=nothing",
            "/metrics",
            "/alive",
            "/cluster/members",
        ];
        foreach (string path in paths)
        {
            using HttpResponseMessage answer = await console.Http.GetAsync(
                new Uri(path, UriKind.Relative)
            );
            string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith(
                "default-src 'none'; script-src 'self';",
                policy,
                StringComparison.Ordinal
            );
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            Assert.False(answer.Headers.Contains("Server"), path);
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"), path);
        }
    }

    [Fact]
    public async Task Page_has_nothing_inline_and_asks_nobody_else()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        foreach (
            string path in PageFiles.Where(file =>
                !file.StartsWith("/vendor", StringComparison.Ordinal)
            )
        )
        {
            using HttpResponseMessage answer = await console.Http.GetAsync(
                new Uri(path, UriKind.Relative)
            );
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            string text = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotMatch(
                @"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=""|javascript:|eval\(|innerHTML",
                text
            );
            Assert.Empty(
                Regex
                    .Matches(text, "https?://[^\"' )]+", RegexOptions.None, TimeSpan.FromSeconds(1))
                    .Where(match => match.Value != "http://www.w3.org/2000/svg")
                    .Select(match => $"{path}: {match.Value}")
            );
        }
    }

    [Fact]
    public async Task Page_that_is_known_is_not_sent_again()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        using HttpResponseMessage first = await console.Http.GetAsync(
            new Uri("/app.js", UriKind.Relative)
        );
        using HttpRequestMessage again = new(HttpMethod.Get, "/app.js");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpResponseMessage second = await console.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("10.1.2.3", 421)]
    [InlineData("localhost", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]", 200)]
    public async Task Request_to_another_name_is_misdirected(string host, int status)
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/cluster");
        request.Headers.Host = host;
        using HttpResponseMessage answer = await console.Http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("cross-site", 403)]
    [InlineData("same-origin", 200)]
    [InlineData("none", 200)]
    public async Task Request_of_another_sites_page_is_refused(string site, int status)
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/machine");
        request.Headers.Add("Sec-Fetch-Site", site);
        using HttpResponseMessage answer = await console.Http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/nothing", 404)]
    [InlineData("/vendor/../secret", 404)]
    [InlineData("/api/stream", 400)]
    [InlineData("/api/stream?view=host", 400)]
    [InlineData("/api/stream?view=machine&subject=h0", 400)]
    [InlineData("/api/stream?view=7", 400)]
    [InlineData("/cluster/shards/other", 404)]
    [InlineData("/cluster/members/nobody", 404)]
    public async Task Request_that_makes_no_sense_gets_one_line(string path, int status)
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        (int answered, JsonNode body) = await console.Send(HttpMethod.Get, path);
        Assert.Equal(status, answered);
        Assert.Contains("accepted: ", (string?)body["error"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{\"verb\": \"explode\"}")]
    [InlineData("{\"verb\": \"pause\", \"when\": \"now\"}")]
    [InlineData("{\"verb\": 99}")]
    public async Task Body_that_is_no_order_is_refused(string body)
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        foreach (string path in new[] { "/api/plans", "/api/orders" })
        {
            using HttpRequestMessage request = new(HttpMethod.Post, path)
            {
                Content = new StringContent(body),
            };
            request.Headers.Authorization = new("Bearer", console.Token.Text);
            using HttpResponseMessage answer = await console.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
        Assert.Empty(cluster.Commands);
    }

    [Fact]
    public async Task Body_that_is_too_large_is_refused()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        using StringContent large = new(new string(' ', 70_000));
        using HttpResponseMessage answer = await console.Http.PostAsync(
            new Uri("/api/plans", UriKind.Relative),
            large
        );
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Beyond_loopback_a_certificate_is_needed()
    {
        ConsoleOptions options = new()
        {
            Host = IPAddress.Any,
            Token = ControlToken.New(),
            AuditFile = "audit",
        };
        FakeCluster cluster = new();
        ConsoleException refusal = await Assert.ThrowsAsync<ConsoleException>(() =>
            ConsoleServer.Start(options, cluster, cluster)
        );
        Assert.Contains("accepted: a certificate", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_that_is_taken_is_said_in_one_line()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        ConsoleOptions options = new()
        {
            Port = new Uri(console.Server.Address).Port,
            Token = ControlToken.New(),
            AuditFile = "audit",
        };
        FakeCluster cluster = new();
        ConsoleException refusal = await Assert.ThrowsAsync<ConsoleException>(() =>
            ConsoleServer.Start(options, cluster, cluster)
        );
        Assert.StartsWith("cannot listen on 127.0.0.1:", refusal.Message, StringComparison.Ordinal);
    }
}
