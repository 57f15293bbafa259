using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Threading.Tasks;

namespace PvTimer.Cli.Tests;

/// <summary>What another user of the machine can do to a node and to a run of this one: look, at most.</summary>
[Trait("Runs", "Alone")]
[UnsupportedOSPlatform("windows")]
public sealed class OtherUserTests : IDisposable
{
    private readonly CommandLine _own = new();
    private readonly OtherUser _other = new();
    private readonly List<NodeUnderTest> _nodes = [];

    public OtherUserTests() =>
        // Only what is secret is closed, not the way there.
        File.SetUnixFileMode(
            _own.Folder,
            UnixFileMode.UserRead
                | UnixFileMode.UserWrite
                | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead
                | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead
                | UnixFileMode.OtherExecute
        );

    private string Token => Path.Combine(_own.Folder, "certificates", "token");

    private string Endpoint => _nodes[0].Endpoint;

    public void Dispose()
    {
        _nodes.ForEach(node => node.Dispose());
        _other.Dispose();
        _own.Dispose();
    }

    [Fact]
    public async Task Other_user_may_look_at_a_node_on_loopback_and_do_nothing_to_it()
    {
        await Start(tls: false);
        Assert.Equal(0, _other.Run("cluster", "members", "--endpoint", Endpoint).Code);
        string another = Path.Combine(_own.Folder, "another");
        await File.WriteAllTextAsync(another, new string('a', 48));
        AssertOrdersAreRefused(Orders, []);
        AssertOrdersAreRefused([Orders[0], Orders[^1]], ["--token-file", _other.Give(another)]);
        AssertTokenIsNotRead([]);
        await AssertIsUnharmed([]);
    }

    [Fact]
    public async Task Other_user_sees_nothing_of_a_node_with_TLS_and_with_a_certificate_may_look()
    {
        await Start(tls: true);
        Assert.Equal(3, _other.Run("cluster", "members", "--endpoint", Endpoint).Code);
        Assert.Equal(3, _other.Run("cluster", "drain", "node-1", "--endpoint", Endpoint).Code);
        string[] config = ["--config", ClientFile(_other.Give)];
        (int code, string said) = _other.Run([
            "cluster",
            "members",
            "--endpoint",
            Endpoint,
            .. config,
        ]);
        Assert.True(code == 0, said);
        AssertOrdersAreRefused([Orders[0], Orders[^1]], config);
        AssertTokenIsNotRead(config);
        await AssertIsUnharmed(["--config", ClientFile(file => file)]);
    }

    [Fact]
    public void Other_user_does_not_resume_a_run_of_this_one_and_changes_nothing_of_it()
    {
        string run = Path.Combine(_own.Folder, "run");
        Assert.Equal(
            130,
            _own.RunInterrupted("run", _own.ScenarioFile, "--out", run, "--set", "duration=300ms")
        );
        string before = ContentOf(run);
        (int code, string said) = _other.Run("run", "--resume", run, "--json");
        // The same user is only told that the process that began it lives.
        string why = _other.IsAnother ? "cannot be written" : "is being run by process";
        Assert.True(code == 2, said);
        Assert.True(said.Contains(why, StringComparison.Ordinal), said);
        Assert.Equal(before, ContentOf(run));
        _own.Succeed("run", "--resume", run, "--json");
    }

    private string[][] Orders =>
        [
            ["cluster", "drain", "node-1", "--endpoint", Endpoint],
            ["cluster", "leave", "node-1", "--endpoint", Endpoint],
            ["cluster", "down", "node-1", "--endpoint", Endpoint],
            ["cluster", "inject", "{ stall = h0, for = 1ms }", "--endpoint", Endpoint],
            [
                "run",
                _own.ScenarioFile,
                "--out",
                Path.Combine(_other.Home, $"{Guid.NewGuid():N}"),
                "--join",
                Endpoint,
            ],
        ];

    private void AssertOrdersAreRefused(string[][] orders, string[] with)
    {
        foreach (string[] order in orders)
        {
            (int code, string said) = _other.Run([.. order, .. with]);
            Assert.True(code is 2 or 3, $"{string.Join(' ', order)}: {code} {said}");
            Assert.Contains("accepted: the token", said, StringComparison.Ordinal);
        }
    }

    private void AssertTokenIsNotRead(string[] with)
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Token));
        if (!_other.IsAnother)
        {
            return;
        }
        Assert.Null(_other.Read(Token));
        string[] drain = ["cluster", "drain", "node-1", "--endpoint", Endpoint];
        (int code, string said) = _other.Run([.. drain, "--token-file", Token, .. with]);
        Assert.True(code == 2, said);
        Assert.Contains("accepted: a file that can be read", said, StringComparison.Ordinal);
    }

    /// <summary>The node is where it was, and its own user gives it orders.</summary>
    private async Task AssertIsUnharmed(string[] with)
    {
        string[] members = ["cluster", "members", "--json", "--endpoint", Endpoint, .. with];
        await Waiting.Until(
            () => _own.Run(members) == 0 ? _own.Output : null,
            "answer to its own user"
        );
        Assert.Single(_own.Output.Split("\"draining\": false")[1..]);
        string[] drain = ["cluster", "drain", "node-1", "--endpoint", Endpoint];
        _own.Succeed([.. drain, "--token-file", Token, .. with]);
    }

    private async Task Start(bool tls)
    {
        using ChildProcess scriptChild = ChildProcess.Start(
            new ProcessStartInfo(
                "bash",
                [
                    CommandLine.Repository("cluster/certificates.sh"),
                    Path.GetDirectoryName(Token)!,
                    "node-1=127.0.0.1",
                    "client",
                ]
            )
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            }
        );
        Process script = scriptChild.Process;
        await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.Equal(0, script.ExitCode);
        string file = Path.Combine(_own.Folder, "node.conf");
        await File.WriteAllTextAsync(
            file,
            $"pvtimer.node {{ token = certificates/token, log = node.log{(tls ? $", {Tls("certificates/", "node-1")}" : "")} }}"
        );
        int port = NodeUnderTest.FreePorts(1)[0];
        _nodes.Add(new NodeUnderTest(port, [], "--name", "node-1", "--config", file));
        await _nodes[0].Listening;
        string[] members = ["cluster", "members", "--endpoint", Endpoint];
        string[] with = tls ? ["--config", ClientFile(file => file)] : [];
        await Waiting.Until(() => _own.Run([.. members, .. with]) == 0 ? "up" : null, "node");
    }

    /// <summary>A client's configuration, with its certificate and without a token.</summary>
    private string ClientFile(Func<string, string> give)
    {
        string folder = Path.GetDirectoryName(Token)!;
        string[] files = [.. new[] { "client.crt", "client.key", "ca.crt" }.Select(Place)];
        string config = Path.Combine(Path.GetDirectoryName(files[0])!, "client.conf");
        File.WriteAllText(config, $"pvtimer.node {{ {Tls("", "client")} }}");
        return config;

        string Place(string file) => give(Path.Combine(folder, file));
    }

    private static string Tls(string folder, string name) =>
        $"tls {{ certificate = {folder}{name}.crt, key = {folder}{name}.key, authorities = {folder}ca.crt }}";

    private static string ContentOf(string folder) =>
        string.Join(
            '\n',
            Directory
                .GetFiles(folder, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => $"{file}: {Convert.ToBase64String(File.ReadAllBytes(file))}")
        );
}
