using System;
using System.Linq;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Tests.Orders;

/// <summary>What is said before anything is done.</summary>
[Collection(nameof(OneConsole))]
public sealed class PlannerTests
{
    [Theory]
    [InlineData(
        "move",
        "h0",
        "node-2",
        "h0 moves from node-1 to node-2|virtual time stands still meanwhile; the formations of this run took 90 to 150 ms|the trace hash does not change"
    )]
    [InlineData("move", "h1", "node-2", "h1 is on node-2 already|*")]
    [InlineData("drain", "node-1", null, "node-1 gives 1 cells away and gets no more: h0|*")]
    [InlineData(
        "leave",
        "node-2",
        null,
        "node-2 gives 1 cells away and gets no more: h1|then node-2 leaves, and its process ends|*"
    )]
    [InlineData(
        "down",
        "node-2",
        null,
        "node-2 is declared dead, and ends itself|the others go back to the checkpoint of 4 ms and run on from there|the trace hash does not change"
    )]
    [InlineData(
        "checkpoint",
        null,
        null,
        "the nodes write a checkpoint at the next barrier|the trace hash does not change"
    )]
    [InlineData(
        "inject",
        "{ stall = h0/pcpu-0, for = 1ms }",
        null,
        "{ stall = h0/pcpu-0, for = 1ms } happens at its time, or at the next barrier|*"
    )]
    [InlineData("pause", null, null, "virtual time stands still at the next barrier|*")]
    [InlineData("pause", null, "7ms", "virtual time stands still at 7ms|*")]
    [InlineData("step", null, null, "all that is due at the instant of the next event happens|*")]
    [InlineData("step", null, "3us", "virtual time goes on for 3us|*")]
    [InlineData("resume", null, null, "virtual time goes on|*")]
    [InlineData(
        "travel",
        null,
        "2ms",
        "if 2ms lies behind, the run goes back to the last checkpoint before it, or to its beginning|then virtual time runs, and stands still at 2ms|*"
    )]
    [InlineData("pace", null, "10ms", "no more than 10ms of virtual time passes in a second|*")]
    [InlineData("pace", null, null, "virtual time passes as fast as it can|*")]
    [InlineData("stop", null, null, "the run stops at the next barrier, with a checkpoint|*")]
    public async Task Plan_says_what_would_happen(
        string verb,
        string? subject,
        string? to,
        string lines
    ) => await Says(new FakeCluster(), possible: true, verb, subject, to, lines);

    [Theory]
    [InlineData("move", "h9", "node-2", "there is no 'h9'; accepted: h0, h1")]
    [InlineData("move", "h0", "node-9", "there is no node 'node-9'; accepted: node-1, node-2")]
    [InlineData("drain", "h0", null, "there is no node 'h0'; accepted: node-1, node-2")]
    [InlineData("kill", null, null, "there is no node ''; accepted: node-1, node-2")]
    [InlineData(
        "travel",
        null,
        null,
        "no instant; accepted: a virtual time such as 5ms of at most 31536000s (365 days)"
    )]
    [InlineData(
        "inject",
        " ",
        null,
        "no event; accepted: an event as in a scenario, such as { stall = h0/pcpu-0, for = 1ms }"
    )]
    [InlineData(
        "inject",
        "{ stall = h0, for = 1ms }",
        null,
        "* there is no pCPU 'h0'; accepted: *"
    )]
    [InlineData("inject", "{ nonsense = 1 }", null, "* accepted: one of move, migrate, *")]
    [InlineData("inject", "{ stall = h0/pcpu-0 }", null, "*for*accepted: *")]
    [InlineData("inject", "{ stall = ", null, "*accepted: *")]
    [InlineData("start", "x.conf", null, "the cluster runs run-1; accepted: one run at a time")]
    public async Task What_cannot_be_done_is_said_with_what_can(
        string verb,
        string? subject,
        string? to,
        string line
    ) => await Says(new FakeCluster(), possible: false, verb, subject, to, line);

    [Fact]
    public async Task Step_of_a_run_that_runs_and_anything_of_none_are_impossible()
    {
        await Says(
            new FakeCluster { Phase = RunPhase.Running },
            false,
            "step",
            null,
            null,
            "virtual time runs; accepted: a step from where it stands still"
        );
        foreach (
            string verb in new[]
            {
                "pause",
                "resume",
                "checkpoint",
                "stop",
                "travel",
                "pace",
                "inject",
                "move",
            }
        )
        {
            await Says(
                new FakeCluster { Phase = RunPhase.Done },
                false,
                verb,
                "h0",
                "5ms",
                "there is no run; accepted: a cluster that runs one"
            );
        }
    }

    [Fact]
    public async Task Nothing_is_done_by_planning()
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        await console.ConfirmOf(new JsonObject { ["verb"] = "stop" });
        Assert.Empty(cluster.Commands);
    }

    private static async Task Says(
        FakeCluster cluster,
        bool possible,
        string verb,
        string? subject,
        string? to,
        string lines
    )
    {
        await using OneConsole console = await OneConsole.Of(cluster);
        (int status, JsonNode plan) = await console.Send(
            HttpMethod.Post,
            "/api/plans",
            new JsonObject
            {
                ["verb"] = verb,
                ["subject"] = subject,
                ["to"] = to,
            }
        );
        Assert.Equal((200, possible), (status, (bool)plan["possible"]!));
        string said = string.Join('|', plan["lines"]!.AsArray().Select(line => (string?)line));
        Assert.DoesNotContain('\n', said);
        int at = 0;
        foreach (string part in lines.Split('*'))
        {
            int found = said.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, said);
            at = found + part.Length;
        }
        Assert.True(
            lines.StartsWith('*') || said.StartsWith(lines.Split('*')[0], StringComparison.Ordinal),
            said
        );
        Assert.True(lines.EndsWith('*') || at == said.Length, said);
    }
}
