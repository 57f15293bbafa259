using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.OpsConsole.Orders;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.OpsConsole.Tests.Orders;

/// <summary>The one guard, before every verb, by HTTP.</summary>
[Collection(nameof(OneConsole))]
public sealed class OrderGuardTests
{
    public static TheoryData<OrderVerb> Verbs => [.. Enum.GetValues<OrderVerb>()];

    /// <summary>An order that the cluster of these tests can carry out.</summary>
    private static JsonObject OrderOf(OrderVerb verb) =>
        new()
        {
            ["verb"] = JsonNamingPolicy.SnakeCaseLower.ConvertName($"{verb}"),
            ["subject"] = verb switch
            {
                OrderVerb.Move => "h0",
                OrderVerb.Inject => "{ stall = h0/pcpu-0, for = 1ms }",
                OrderVerb.Start => "short.conf",
                OrderVerb.ResumeFrom => "runs/short-42",
                _ => "node-2",
            },
            ["to"] = verb == OrderVerb.Move ? "node-2" : "6ms",
            ["by"] = "alice",
            ["reason"] = "to see",
        };

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Order_is_refused_without_a_token_with_another_one_without_a_reason_and_without_a_plan(
        OrderVerb verb
    )
    {
        FakeCluster cluster = ClusterFor(verb);
        await using OneConsole console = await OneConsole.Of(cluster);
        JsonObject order = OrderOf(verb);
        order["confirm"] = await console.ConfirmOf(order);

        await Refused(console, order, null, 401, "no_token");
        await Refused(console, order, ControlToken.New().Text, 401, "wrong_token");
        await Refused(console, Without(order, "reason"), console.Token.Text, 400, "no_reason");
        await Refused(console, Without(order, "confirm"), console.Token.Text, 409, "not_confirmed");
        JsonObject other = (JsonObject)order.DeepClone();
        other["to"] = "7ms";
        await Refused(console, other, console.Token.Text, 409, "not_confirmed");
        cluster.Epoch++;
        await Refused(console, order, console.Token.Text, 409, "not_confirmed");
        Assert.Empty(cluster.Commands);

        string[] lines = await File.ReadAllLinesAsync(console.AuditFile);
        Assert.Equal(
            "no_token wrong_token no_reason not_confirmed not_confirmed not_confirmed",
            string.Join(' ', lines.Select(line => (string?)JsonNode.Parse(line)!["outcome"]))
        );
        Assert.All(
            lines,
            line => Assert.DoesNotContain(console.Token.Text, line, StringComparison.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Console_that_only_shows_refuses_it_even_with_everything(OrderVerb verb)
    {
        FakeCluster cluster = ClusterFor(verb);
        await using OneConsole console = await OneConsole.Of(cluster, allowControl: false);
        JsonObject order = OrderOf(verb);
        order["confirm"] = await console.ConfirmOf(order);
        await Refused(console, order, console.Token.Text, 403, "read_only");
        Assert.Empty(cluster.Commands);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Order_with_everything_is_carried_out_and_noted(OrderVerb verb)
    {
        // Whom a kill would hit: the nodes say that this is their process.
        using ChildProcess victimChild = ChildProcess.Start("sleep", "60");
        Process victim = victimChild.Process;
        FakeCluster cluster = ClusterFor(verb);
        cluster.Process = ProcessMark.Of(victim.Id);
        await using OneConsole console = await OneConsole.Of(cluster);
        JsonObject order = OrderOf(verb);
        order["confirm"] = await console.ConfirmOf(order);
        (int status, JsonNode answer) = await console.Send(
            HttpMethod.Post,
            "/api/orders",
            order,
            console.Token.Text
        );
        Assert.Equal((200, "done"), (status, (string?)answer["outcome"]));
        Assert.Equal(
            verb == OrderVerb.Kill,
            victim.WaitForExit(verb == OrderVerb.Kill ? 5_000 : 0)
        );
        // Of a kill the cluster is told, for the run's history.
        bool isOfCluster = verb is not (OrderVerb.Start or OrderVerb.ResumeFrom);
        Assert.Equal(isOfCluster ? 1 : 0, cluster.Commands.Length);
        Assert.All(
            cluster.Commands,
            command => Assert.Equal(("alice", "to see"), (command.By, command.Reason))
        );
        JsonNode line = JsonNode.Parse(
            Assert.Single(await File.ReadAllLinesAsync(console.AuditFile))
        )!;
        Assert.Equal(
            ("alice", "to see", "127.0.0.1", "done"),
            (
                (string?)line["by"],
                (string?)line["reason"],
                (string?)line["from"],
                (string?)line["outcome"]
            )
        );
    }

    [Theory]
    [InlineData("PUT", "?operation=leave")]
    [InlineData("PUT", "?operation=Down")]
    [InlineData("DELETE", "")]
    public async Task Addresses_of_akka_management_stand_behind_the_same_guard(
        string method,
        string query
    )
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        await using OneConsole closed = await OneConsole.Of(cluster, allowControl: false);
        HttpMethod verb = new(method);
        string path = $"/cluster/members/127.0.0.1:4102{query}";
        Assert.Equal(401, (await console.Send(verb, path)).Status);
        Assert.Equal(401, (await console.Send(verb, path, token: ControlToken.New().Text)).Status);
        Assert.Equal(403, (await closed.Send(verb, path, token: closed.Token.Text)).Status);
        Assert.Equal(400, (await console.Send(verb, path, token: console.Token.Text)).Status);
        Assert.Empty(cluster.Commands);
        string confirm = await console.ConfirmOf(
            new JsonObject
            {
                ["verb"] = query.EndsWith("Down", StringComparison.Ordinal) ? "down" : "leave",
                ["subject"] = "node-2",
            }
        );
        string more = $"{(query.Length == 0 ? '?' : '&')}reason=why&by=bob&confirm={confirm}";
        Assert.Equal(
            200,
            (await console.Send(verb, path + more, token: console.Token.Text)).Status
        );
        Assert.Equal("node-2", Assert.Single(cluster.Commands).Subject);
    }

    private static FakeCluster ClusterFor(OrderVerb verb) =>
        new()
        {
            Phase = verb is OrderVerb.Start or OrderVerb.ResumeFrom ? RunPhase.Done : RunPhase.Held,
        };

    private static async Task Refused(
        OneConsole console,
        JsonObject order,
        string? token,
        int status,
        string outcome
    )
    {
        (int answered, JsonNode answer) = await console.Send(
            HttpMethod.Post,
            "/api/orders",
            order.DeepClone(),
            token
        );
        Assert.Equal((status, outcome), (answered, (string?)answer["outcome"]));
        Assert.Contains("accepted: ", (string?)answer["what"], StringComparison.Ordinal);
    }

    private static JsonObject Without(JsonObject order, string property)
    {
        JsonObject less = (JsonObject)order.DeepClone();
        less.Remove(property);
        return less;
    }
}
