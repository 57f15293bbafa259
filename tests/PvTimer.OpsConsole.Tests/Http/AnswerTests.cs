using System;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace PvTimer.OpsConsole.Tests.Http;

/// <summary>Whatever is wrong with a request, its answer is one line, and forbids what every answer forbids.</summary>
[Collection(nameof(OneConsole))]
public sealed class AnswerTests
{
    [Theory]
    [InlineData("GET", "/nothing.js", 404)]
    [InlineData("GET", "/api", 404)]
    [InlineData("GET", "/vendor/", 404)]
    [InlineData("POST", "/api/cluster", 404)]
    [InlineData("DELETE", "/", 404)]
    [InlineData("BREW", "/app.js", 404)]
    [InlineData("GET", "/api/actors/", 400)]
    [InlineData("GET", "/api/hosts/", 400)]
    [InlineData("GET", "/api/stream?view=1", 400)]
    [InlineData("GET", "/api/stream?view=Machine", 400)]
    [InlineData("GET", "/api/stream?view=cluster,machine", 400)]
    [InlineData("GET", "/api/stream?view=cluster&view=machine", 400)]
    [InlineData("GET", "/api/stream?view=actor", 400)]
    [InlineData("GET", "/api/stream?view=cluster&subject=h0", 400)]
    [InlineData("POST", "/api/plans", 400)]
    [InlineData("POST", "/api/orders", 401)]
    [InlineData("DELETE", "/cluster/members/node-1", 401)]
    public async Task Request_that_makes_no_sense_is_answered_in_one_line(
        string method,
        string path,
        int status
    )
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        await IsRefused(console, request, status);
    }

    [Fact]
    public async Task Refusals_before_and_behind_the_rules_carry_the_policy_too()
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        using HttpRequestMessage misdirected = new(HttpMethod.Get, "/app.js");
        misdirected.Headers.Host = "evil.example";
        await IsRefused(console, misdirected, 421);
        using HttpRequestMessage foreign = new(HttpMethod.Post, "/api/orders");
        foreign.Headers.Add("Sec-Fetch-Site", "cross-site");
        await IsRefused(console, foreign, 403);
        using HttpRequestMessage large = new(HttpMethod.Post, "/api/plans")
        {
            Content = new ByteArrayContent(new byte[65 * 1024]),
        };
        await IsRefused(console, large, 413);
        cluster.IsGone = true;
        foreach (string path in new[] { "/api/machine", "/cluster/members", "/ready", "/metrics" })
        {
            using HttpRequestMessage unanswered = new(HttpMethod.Get, path);
            await IsRefused(console, unanswered, 503);
        }
        using HttpRequestMessage plan = new(HttpMethod.Post, "/api/plans")
        {
            Content = new StringContent("{\"verb\": \"stop\"}"),
        };
        await IsRefused(console, plan, 503);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"subject\": \"h0\", \"to\": \"node-2\"}")]
    [InlineData("{\"verb\": null}")]
    [InlineData("{\"verb\": 3}")]
    [InlineData("{\"verb\": \"3\"}")]
    [InlineData("{\"verb\": \"pause, stop\"}")]
    [InlineData("{\"verb\": \"move,drain\"}")]
    [InlineData("{\"verb\": \"pause\", \"verb\": \"stop\"}")]
    [InlineData("{\"verb\": \"pause\", \"Verb\": \"stop\"}")]
    [InlineData("{\"verb\": \"pause\", \"to\": 5}")]
    [InlineData("{\"verb\": \"pause\", \"reason\": \"\\ud83d\"}")]
    [InlineData("{\"verb\": \"pause\"} {\"verb\": \"stop\"}")]
    [InlineData("{\"verb\": \"pause\", // why\n \"to\": null}")]
    public async Task Body_that_may_mean_more_than_one_thing_or_none_is_no_order(string body)
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/plans")
        {
            Content = new StringContent(body, Encoding.UTF8),
        };
        await IsRefused(console, request, 400);
    }

    [Fact]
    public async Task Body_that_is_nested_without_end_is_no_order()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/plans")
        {
            Content = new StringContent($"{{\"verb\": {new string('[', 60_000)}"),
        };
        await IsRefused(console, request, 400);
    }

    [Theory]
    [InlineData("/api/actors/h0/pcpu-0")]
    [InlineData("/api/actors/h0%2Fpcpu-0")]
    [InlineData("/api/actors/h0%2fpcpu-0")]
    public async Task Actor_is_found_by_its_name_with_slashes_escaped_or_not(string path)
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        (int status, JsonNode document) = await console.Send(HttpMethod.Get, path);
        Assert.Equal(200, status);
        Assert.Equal("h0/pcpu-0", (string?)document["content"]!["name"]);
        Assert.Equal("h0/pcpu-0", Assert.Single(cluster.Looks[^1].Request.Actors));
    }

    [Theory]
    [InlineData("/api/hosts/h9")]
    [InlineData("/api/actors/nobody")]
    public async Task What_is_not_there_has_no_content(string path)
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        (int status, JsonNode document) = await console.Send(HttpMethod.Get, path);
        Assert.Equal(200, status);
        Assert.True(document.AsObject().ContainsKey("content"));
        Assert.Null(document["content"]);
    }

    [Fact]
    public async Task Console_lives_without_its_cluster_and_is_ready_with_it()
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        Assert.Equal(200, (await console.Send(HttpMethod.Get, "/ready")).Status);
        cluster.IsGone = true;
        Assert.Equal(503, (await console.Send(HttpMethod.Get, "/ready")).Status);
        int asked = cluster.Questions;
        Assert.Equal(200, (await console.Send(HttpMethod.Get, "/alive")).Status);
        cluster.IsGone = false;
        Assert.Equal(200, (await console.Send(HttpMethod.Get, "/ready")).Status);
        Assert.True(cluster.Questions > asked);
    }

    private static async Task IsRefused(OneConsole console, HttpRequestMessage request, int status)
    {
        using HttpResponseMessage answer = await console.Http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        string text = await answer.Content.ReadAsStringAsync();
        JsonObject body = JsonNode.Parse(text)!.AsObject();
        string line = (string)(body["error"] ?? body["what"])!;
        Assert.False(line.Length == 0 || line.Contains('\n', StringComparison.Ordinal), text);
        Assert.StartsWith(
            "default-src 'none'; script-src 'self';",
            answer.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal
        );
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }
}
