using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>Who may give orders to a cluster.</summary>
[Trait("Runs", "Alone")]
public sealed class OrderTests
{
    [Fact]
    public async Task Every_order_is_refused_to_whoever_has_another_token_and_looking_is_not()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(1);
        await using ClusterDoor stranger = new(
            [run.Cluster.Nodes[0].Seat.Address],
            token: ControlToken.New()
        );
        foreach (ClusterVerb verb in Enum.GetValues<ClusterVerb>())
        {
            OrderRefusedException refusal = await Assert.ThrowsAsync<OrderRefusedException>(() =>
                stranger.Ask<CommandAnswer>(new ClusterCommand(verb, "node-1", "1ms"))
            );
            Assert.Contains("accepted: the token", refusal.Message, StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<OrderRefusedException>(() =>
            stranger.Ask<RunStatus>(
                new Submit(run.Cluster.Spec(run.File, "pvtimer"), InputHash.Of(run.File))
            )
        );
        RunStatus status = await stranger.Ask<RunStatus>(new AskRun(run.Id));
        Assert.Equal((RunPhase.Held, 5_000_000), (status.Phase, status.ReachedNanoseconds));
        await run.Finish();
    }

    [Fact]
    public async Task Who_and_why_become_a_line_of_the_run()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(1);
        await run.Cluster.Door.Ask<CommandAnswer>(
            new ClusterCommand(ClusterVerb.Hold, run.Id, "6ms", "alice", "to see")
        );
        RunStatus status = await run.Standing(6_000_000);
        Assert.Contains(
            status.History,
            line => line.EndsWith($"alice: Hold {run.Id} 6ms: to see", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Author_of_an_order_is_who_the_token_says_and_a_forged_one_is_refused()
    {
        InProcessCluster cluster = new();
        string file = Path.Combine(cluster.Directory, "tokens");
        ControlToken ofUser = ControlToken.OfUser();
        await File.WriteAllTextAsync(file, $"{ofUser.Text}\nalice: {Alice}\nbob: bob-{Alice}\n");
        cluster.Add(adjust: options => options with { Token = ControlToken.Read(file) });
        await using HeldRun run = await HeldRun.At5Milliseconds(cluster);
        await File.WriteAllTextAsync(file, $"alice: {Alice}");
        await using ClusterDoor alice = new(
            [cluster.Nodes[0].Seat.Address],
            token: ControlToken.Read(file)
        );
        ClusterCommand hold = new(ClusterVerb.Hold, run.Id, "6ms", Reason: "to see");

        // Alice in bob's name, and a holder of the cluster's token in alice's.
        CommandAnswer forged = await alice.Ask<CommandAnswer>(hold with { By = "bob" });
        Assert.False(forged.Accepted);
        Assert.Contains("with the token of alice", forged.What, StringComparison.Ordinal);
        forged = await cluster.Door.Ask<CommandAnswer>(hold with { By = "alice" });
        Assert.False(forged.Accepted);
        Assert.Contains("alice has a token", forged.What, StringComparison.Ordinal);

        CommandAnswer own = await alice.Ask<CommandAnswer>(hold);
        Assert.True(own.Accepted, own.What);
        RunStatus status = await run.Standing(6_000_000);
        Assert.Contains(
            status.History,
            line => line.EndsWith($"alice: Hold {run.Id} 6ms: to see", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(
            status.History,
            line => line.Contains("bob: Hold", StringComparison.Ordinal)
        );
        // Not past the front, where names are checked.
        await Assert.ThrowsAsync<ClusterUnreachableException>(() =>
            alice.GiveNode<CommandAnswer>(
                cluster.Nodes[0].Seat.Address,
                "coordinator-proxy",
                hold with
                {
                    To = "7ms",
                    By = "bob",
                }
            )
        );
        Assert.Equal(6_000_000, (await run.Standing()).ReachedNanoseconds);
        await run.Finish();
    }

    private const string Alice = "alice-0123456789abcdef";

    [Fact]
    public void Token_matches_itself_and_nothing_else()
    {
        ControlToken token = ControlToken.New();
        Assert.True(token.Matches(token.Text));
        Assert.False(token.Matches(ControlToken.New().Text));
        Assert.False(token.Matches(token.Text[..^1]));
        Assert.False(token.Matches(""));
        Assert.False(token.Matches(null));
    }

    [Theory]
    [InlineData("short\n", "accepted: at least 16")]
    [InlineData("", "accepted: at least 16")]
    public void Token_that_could_be_guessed_is_refused_with_its_file(string content, string said)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, content);
            NodeOptionsException refusal = Assert.Throws<NodeOptionsException>(() =>
                ControlToken.Read(file)
            );
            Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
            Assert.StartsWith(file, refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
        Assert.Contains(
            "the control token",
            Assert.Throws<NodeOptionsException>(() => ControlToken.Read(file)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Token_of_a_folder_is_made_once_however_many_ask_and_is_for_its_owner_alone()
    {
        string folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        try
        {
            for (int round = 0; round < 1_000; round++)
            {
                string below = Path.Combine(folder, $"{round}");
                string file = Path.Combine(below, "token");
                ControlToken[] tokens = await Task.WhenAll(
                    Enumerable
                        .Range(0, 16)
                        .Select(_ => Task.Run(() => ControlToken.ReadOrMake(file)))
                );
                Assert.Single(tokens.Select(token => token.Text).Distinct(StringComparer.Ordinal));
                if (!OperatingSystem.IsWindows())
                {
                    Assert.Equal(
                        UnixFileMode.UserRead | UnixFileMode.UserWrite,
                        File.GetUnixFileMode(file)
                    );
                }
                Assert.Equal([file], Directory.GetFiles(below));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Node_file_names_the_file_of_its_token()
    {
        string folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        try
        {
            ControlToken token = ControlToken.New();
            File.WriteAllText(Path.Combine(folder, "secret"), token.Text);
            string file = Path.Combine(folder, "node.conf");
            File.WriteAllText(file, "pvtimer.node { token = secret }");
            Assert.Equal(token.Text, NodeFile.Read(file).Options.Token!.Text);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
