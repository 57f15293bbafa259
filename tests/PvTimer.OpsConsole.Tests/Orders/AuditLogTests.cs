using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.OpsConsole.Orders;

namespace PvTimer.OpsConsole.Tests.Orders;

/// <summary>What was ordered is written down; what cannot be written down is not done.</summary>
[Collection(nameof(OneConsole))]
public sealed class AuditLogTests
{
    [Fact]
    public async Task Line_has_every_field_and_is_one_line_whatever_was_said()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        JsonObject order = new()
        {
            ["verb"] = "move",
            ["subject"] = "h0",
            ["to"] = "node-2",
            ["by"] = "alice\n{\"by\":\"bob\"}",
            ["reason"] = "two\r\nlines",
        };
        order["confirm"] = await console.ConfirmOf(order);
        await console.Send(HttpMethod.Post, "/api/orders", order, console.Token.Text);
        JsonObject line = JsonNode
            .Parse(Assert.Single(await File.ReadAllLinesAsync(console.AuditFile)))!
            .AsObject();
        Assert.Equal(
            "at from by verb subject to reason outcome what",
            string.Join(' ', line.Select(field => field.Key))
        );
        Assert.Equal(
            ("move", "h0", "node-2", "alice\n{\"by\":\"bob\"}", "two\r\nlines", "done"),
            (
                (string?)line["verb"],
                (string?)line["subject"],
                (string?)line["to"],
                (string?)line["by"],
                (string?)line["reason"],
                (string?)line["outcome"]
            )
        );
        TimeSpan age =
            DateTimeOffset.UtcNow
            - DateTimeOffset.Parse((string)line["at"]!, CultureInfo.InvariantCulture);
        Assert.InRange(age, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Log_of_full_size_is_put_aside_and_another_one_is_begun()
    {
        string folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        try
        {
            string file = Path.Combine(folder, "audit.jsonl");
            AuditLog log = new(file, fullBytes: 1_000);
            for (int order = 0; order < 100; order++)
            {
                log.Note("here", null, new OrderAnswer(OrderOutcome.Refused, "no"));
            }
            Assert.InRange(new FileInfo(file).Length, 1, 1_200);
            Assert.InRange(new FileInfo($"{file}.1").Length, 1_000, 1_200);
            Assert.Equal(2, Directory.GetFiles(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Order_that_cannot_be_noted_is_not_carried_out()
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        JsonObject order = new() { ["verb"] = "stop", ["reason"] = "to see" };
        order["confirm"] = await console.ConfirmOf(order);
        // Where the log should be there is something that no one can write to, not even root.
        Directory.CreateDirectory(console.AuditFile);
        (int status, JsonNode answer) = await console.Send(
            HttpMethod.Post,
            "/api/orders",
            order.DeepClone(),
            console.Token.Text
        );
        Assert.Equal((422, "refused"), (status, (string?)answer["outcome"]));
        Assert.StartsWith(
            "the audit log cannot be written: ",
            (string?)answer["what"],
            StringComparison.Ordinal
        );
        Assert.Empty(cluster.Commands);
        Assert.Equal(
            401,
            (await console.Send(HttpMethod.Post, "/api/orders", order.DeepClone())).Status
        );

        Directory.Delete(console.AuditFile);
        (status, answer) = await console.Send(
            HttpMethod.Post,
            "/api/orders",
            order.DeepClone(),
            console.Token.Text
        );
        Assert.Equal((200, "done"), (status, (string?)answer["outcome"]));
        Assert.Single(cluster.Commands);
    }

    [Theory]
    [InlineData("PUT", "/cluster/members/nobody?operation=down")]
    [InlineData("PUT", "/cluster/members/127.0.0.1:4102?operation=explode")]
    [InlineData("DELETE", "/cluster/members/nobody")]
    public async Task Whoever_has_no_token_learns_nothing_from_akka_managements_addresses_and_is_noted(
        string method,
        string path
    )
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        Assert.Equal(401, (await console.Send(new HttpMethod(method), path)).Status);
        Assert.Equal(0, cluster.Questions);
        Assert.Equal(
            "no_token",
            (string?)
                JsonNode.Parse(Assert.Single(await File.ReadAllLinesAsync(console.AuditFile)))![
                    "outcome"
                ]
        );
    }
}
