using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;

namespace PvTimer.Cli.Tests;

/// <summary>
/// pvtimer cluster hold, step, resume, travel, pace, stop, with the cluster's token and without.
/// </summary>
public sealed class VirtualTimeCommandTests
{
    private static JsonNode Status(HeldNode node) => JsonNode.Parse(node.Say("status", "--json"))!;

    [Fact]
    public async Task Virtual_time_does_what_it_is_told()
    {
        await using HeldNode node = await HeldNode.Start();
        Assert.Equal("virtual time stands still at 8 ms\n", node.Say("hold", "8ms"));
        await node.Standing(8_000_000);
        JsonNode answer = JsonNode.Parse(node.Say("step", "+250us", "--json"))!;
        Assert.True((bool)answer["accepted"]!);
        await node.Standing(8_250_000);
        node.Say("step");
        RunStatus stepped = await node.Until(status =>
            status is { Phase: RunPhase.Held, ReachedNanoseconds: > 8_250_000 }
        );
        Assert.InRange(stepped.ReachedNanoseconds, 8_250_001, 8_400_000);
        node.Say("travel", "2ms");
        await node.Standing(2_000_000);
        node.Say("pace", "10s");
        node.Say("hold", "+1ms");
        await node.Standing(3_000_000);
        Assert.Equal(10_000_000_000, (long)Status(node)["vitals"]!["pace_ns_per_second"]!);
        node.Say("pace", "off");
        Assert.Null(Status(node)["vitals"]!["pace_ns_per_second"]);
        Assert.Equal("it goes on\n", node.Say("resume"));
        await node.Until(status => status.IsOver);
        LookAnswer end = await node.Ask<LookAnswer>(
            new AskLook(LookRequest.Sums, Hash: true),
            answer => answer.TraceHash is not null
        );
        Assert.Equal(node.Files.Expected(), end.TraceHash);
        Assert.Contains("there is no run", node.Refused("step"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_run_is_over_with_a_checkpoint()
    {
        await using HeldNode node = await HeldNode.Start();
        node.Say("stop");
        RunStatus over = await node.Until(status => status.IsOver);
        Assert.Equal(RunPhase.Stopped, over.Phase);
        Assert.NotEmpty(Directory.GetFiles(node.Spec.Directory, "manifest-*"));
    }

    [Fact]
    public async Task Every_order_without_the_token_is_refused_and_changes_nothing()
    {
        await using HeldNode node = await HeldNode.Start();
        string[] orders =
        [
            "hold 6ms",
            "step",
            "resume",
            "travel 1ms",
            "pace 1ms",
            "stop",
            "checkpoint",
            "move h0 node-1",
            "drain node-1",
            "leave node-1",
            "down node-1",
            "inject {migrate=web-0,to=h2}",
        ];
        RunStatus before = await node.Standing(5_000_000);
        string another = node.AnotherToken();
        foreach (string[] order in orders.Select(order => order.Split(' ')))
        {
            string said = node.Refused([.. order, "--token-file", another]);
            Assert.Contains("accepted: the token", said, StringComparison.Ordinal);
            // The user's own is not that of this cluster either.
            Assert.Contains("accepted: the token", node.Refused(order), StringComparison.Ordinal);
        }
        RunStatus after = await node.Standing(5_000_000);
        Assert.Equal((before.Epoch, before.History.Length), (after.Epoch, after.History.Length));
        using CommandLine looking = new();
        looking.Succeed("cluster", "members", "--endpoint", node.Endpoint);
    }

    [Fact]
    public async Task Token_of_the_configuration_file_is_shown_unless_another_is_named()
    {
        await using HeldNode node = await HeldNode.Start();
        string config = Path.Combine(node.Files.Line.Folder, "alice.conf");
        await File.WriteAllTextAsync(config, "pvtimer.node { token = secret }");
        using CommandLine line = new();
        string[] hold = ["cluster", "hold", "6ms", "--endpoint", node.Endpoint, "--config", config];
        line.Succeed(hold);
        await node.Standing(6_000_000);
        string another = node.AnotherToken();
        Assert.Equal(2, line.Run([.. hold, "--token-file", another]));
    }

    [Fact]
    public async Task Reason_becomes_a_line_of_the_history_with_the_user_who_gave_it()
    {
        await using HeldNode node = await HeldNode.Start();
        node.Say("hold", "6ms", "--reason", "to see");
        RunStatus status = await node.Standing(6_000_000);
        Assert.Contains(
            status.History,
            line =>
                line.EndsWith(
                    $"{Environment.UserName}: Hold {node.Spec.Id} 6ms: to see",
                    StringComparison.Ordinal
                )
        );
    }

    [Theory]
    [InlineData("hold soon", "'soon'; accepted: a virtual time such as 5ms")]
    [InlineData("travel +1ms", "accepted: a virtual time such as 5ms")]
    [InlineData("pace fast", "'fast'; accepted: virtual time per second")]
    [InlineData("pace 0ns", "accepted: virtual time per second")]
    [InlineData("pace 9000000000s", "such as 10ms, at most 31536000s (365 days)")]
    [InlineData("travel 9000000000s", "of at most 31536000s (365 days)")]
    [InlineData("hold", "AT")]
    [InlineData("travel", "AT")]
    [InlineData("pace", "SPAN")]
    [InlineData("stop now", "now")]
    [InlineData("resume --token-file nowhere", "nowhere")]
    public async Task Mistake_is_one_line_and_changes_nothing(string line, string said)
    {
        await using HeldNode node = await HeldNode.Start();
        string[] token = line.Contains("--token-file", StringComparison.Ordinal)
            ? []
            : ["--token-file", node.TokenFile];
        Assert.Contains(
            said,
            node.Refused([.. line.Split(' '), .. token]),
            StringComparison.Ordinal
        );
        await node.Standing(5_000_000);
    }

    [Fact]
    public async Task Document_of_the_status_has_units_in_its_names()
    {
        await using HeldNode node = await HeldNode.Start();
        JsonNode status = Status(node);
        JsonNode vitals = status["vitals"]!;
        Assert.Equal("live", (string)vitals["scenario"]!);
        Assert.Equal("pvtimer", (string)vitals["backend"]!);
        Assert.Equal(
            (7L, 20_000_000L, 0L),
            ((long)vitals["seed"]!, (long)vitals["duration_ns"]!, (long)vitals["checkpoints"]!)
        );
        Assert.InRange((long)vitals["lookahead_ns"]!, 1, 10_000_000);
        Assert.True((long)vitals["checkpoint_age_ms"]! >= 0);
        Assert.Equal(5_000_000, (long)status["run"]!["hold_at_ns"]!);
        Assert.Equal("held", (string)status["run"]!["phase"]!);
        JsonNode member = Assert.Single(status["members"]!.AsArray())!;
        Assert.True((bool)member["leader"]!);
        Assert.True((bool)member["coordinator"]!);
        Assert.True((long)member["waited_ms"]! >= 0);
        Assert.Equal("cpu", (string)Assert.Single(member["roles"]!.AsArray())!);
        Assert.Equal(4, status["shards"]!.AsArray().Count);
    }
}
