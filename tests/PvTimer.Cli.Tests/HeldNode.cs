using System;
using System.IO;
using System.Threading.Tasks;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Tests;

/// <summary>
/// A node of this process, with a token that nobody else has and a run that stands still at 5 ms.
/// </summary>
internal sealed class HeldNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly ControlToken _token = ControlToken.New();
    private readonly ClusterNode _node;
    private readonly ClusterDoor _door;

    private HeldNode()
    {
        _node = ClusterNode.Start(
            new NodeOptions
            {
                Name = "node-1",
                Roles = ["cpu"],
                Token = _token,
                Config = "akka { loglevel = OFF, stdout-loglevel = OFF }",
            }
        );
        _door = new ClusterDoor([_node.Seat.Address], token: _token);
        Spec = new RunSpec(
            "run",
            Files.ScenarioFile,
            "pvtimer",
            Path.Combine(Files.Line.Folder, "checkpoints"),
            CheckpointMilliseconds: 0,
            Nodes: 1
        );
        File.WriteAllText(TokenFile, _token.Text);
    }

    public LiveRun Files { get; } = new();

    public RunSpec Spec { get; }

    public string TokenFile => Path.Combine(Files.Line.Folder, "secret");

    public string Endpoint => ClusterDoor.EndpointOf(_node.Seat.Address);

    public static async Task<HeldNode> Start()
    {
        HeldNode held = new();
        held._node.Join([]);
        Submit submit = new(
            held.Spec,
            InputHash.Of(held.Spec.ScenarioFile),
            HoldAtNanoseconds: 5_000_000
        );
        await held.Ask<RunStatus>(submit, status => status.Phase != RunPhase.Unknown);
        await held.Standing(5_000_000);
        return held;
    }

    /// <summary>A file with the token of another cluster.</summary>
    public string AnotherToken()
    {
        string file = Path.Combine(Files.Line.Folder, "another");
        File.WriteAllText(file, ControlToken.New().Text);
        return file;
    }

    public Task<RunStatus> Standing(long at) =>
        Until(status => status.Phase == RunPhase.Held && status.ReachedNanoseconds == at);

    public Task<RunStatus> Until(Func<RunStatus, bool> said) => Ask(new AskRun(Spec.Id), said);

    /// <summary>Asks until the answer is that one.</summary>
    public async Task<T> Ask<T>(object request, Func<T, bool> said)
        where T : notnull
    {
        DateTime limit = DateTime.UtcNow + Patience;
        T answer = await _door.Ask<T>(request);
        while (!said(answer))
        {
            Assert.True(DateTime.UtcNow < limit, $"{answer}");
            await Task.Delay(20);
            answer = await _door.Ask<T>(request);
        }
        return answer;
    }

    /// <summary>A command that is accepted, with the token; what it printed.</summary>
    public string Say(params string[] args)
    {
        using CommandLine line = new();
        string[] all = ["cluster", .. args, "--endpoint", Endpoint, "--token-file", TokenFile];
        line.Succeed(all);
        return line.Output;
    }

    /// <summary>A command that is refused, without the token; the one line that says why.</summary>
    public string Refused(params string[] args)
    {
        using CommandLine line = new();
        Assert.Equal(2, line.Run(["cluster", .. args, "--endpoint", Endpoint]));
        Assert.Empty(line.Output);
        return Assert.Single(line.Error.TrimEnd().Split('\n'));
    }

    public async ValueTask DisposeAsync()
    {
        await _door.DisposeAsync();
        await _node.Abort();
        Files.Dispose();
    }
}
