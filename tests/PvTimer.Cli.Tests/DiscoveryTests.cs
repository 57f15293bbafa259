using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace PvTimer.Cli.Tests;

/// <summary>
/// pvtimer node --discover: processes that are given a list, or none, find each other, and run what
/// one process alone runs.
/// </summary>
[Trait("Runs", "Alone")]
public sealed class DiscoveryTests : IDisposable
{
    private readonly LiveRun _run = new();
    private readonly List<NodeUnderTest> _nodes = [];
    private readonly int[] _ports = NodeUnderTest.FreePorts(3);

    public void Dispose()
    {
        _nodes.ForEach(node => node.Dispose());
        _run.Dispose();
    }

    [Fact]
    public async Task Nodes_with_one_list_find_each_other_and_give_the_hash_of_one_process()
    {
        string list = string.Join(',', _ports.Select(port => $"127.0.0.1:{port}"));
        foreach (int port in _ports)
        {
            Start(port, [], "--discover", list);
        }
        await AllListen();
        RunOn(_ports[^1]);
        // Nothing but the authenticated port: Akka.Management's HTTP server is not started.
        Assert.All(
            _nodes,
            node => Assert.Equal([node.Port], node.ListeningPorts(), EqualityComparer<int>.Default)
        );
    }

    [Fact]
    public async Task Node_that_is_not_in_the_list_joins_the_cluster_that_the_others_began()
    {
        string list = $"127.0.0.1:{_ports[0]},127.0.0.1:{_ports[1]}";
        Start(_ports[2], [], "--discover", list);
        Start(_ports[1], [], "--discover", list);
        await AllListen();
        // Alone, or with one that is in no list, it would be a second cluster.
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.Equal(3, _run.Line.Run("cluster", "members", "--endpoint", _nodes[1].Endpoint));
        Start(_ports[0], [], "--discover", list);
        await AllListen();
        RunOn(_ports[2]);
    }

    [Fact]
    public async Task Pods_find_each_other_by_asking_Kubernetes()
    {
        using FakeKubernetes kubernetes = new(_ports);
        string file = Path.Combine(_run.Line.Folder, "node.conf");
        await File.WriteAllTextAsync(file, kubernetes.NodeFile(_run.Line.Folder));
        foreach (int port in _ports)
        {
            Start(port, kubernetes.Environment, "--config", file);
        }
        await AllListen();
        RunOn(_ports[0]);
        Assert.All(
            kubernetes.Asked,
            asked =>
                Assert.Equal(
                    "GET /api/v1/namespaces/timers/pods?labelSelector=app%3Dpvtimer, Bearer of this pod",
                    asked
                )
        );
    }

    [Fact]
    public async Task Pod_asks_no_API_that_its_service_accounts_authority_does_not_vouch_for()
    {
        using FakeKubernetes kubernetes = new(_ports);
        using FakeKubernetes another = new(_ports);
        string file = Path.Combine(_run.Line.Folder, "node.conf");
        await File.WriteAllTextAsync(file, kubernetes.NodeFile(_run.Line.Folder));
        another.NodeFile(_run.Line.Folder);
        Start(_ports[0], kubernetes.Environment, "--config", file);
        await AllListen();
        string log = Path.Combine(_run.Line.Folder, $"{_ports[0]}.log");
        await Waiting.Until(
            () =>
                File.ReadAllText(log).Contains("UntrustedRoot", StringComparison.Ordinal)
                    ? log
                    : null,
            "word of an authority that is not trusted"
        );
        Assert.Empty(kubernetes.Asked);
    }

    private void Start(
        int port,
        IEnumerable<KeyValuePair<string, string>> environment,
        params string[] more
    ) =>
        _nodes.Add(
            new NodeUnderTest(
                port,
                environment,
                [
                    "--name",
                    $"node-{_nodes.Count + 1}",
                    "--log",
                    Path.Combine(_run.Line.Folder, $"{port}.log"),
                    .. more,
                ]
            )
        );

    private async Task AllListen()
    {
        foreach (NodeUnderTest node in _nodes)
        {
            await node.Listening;
        }
    }

    /// <summary>Runs the scenario on the cluster that one of the nodes is in, once all three are in it.</summary>
    private void RunOn(int port)
    {
        string endpoint = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        DateTime limit = DateTime.UtcNow.AddSeconds(60);
        while (!AllAreUp(endpoint))
        {
            Assert.True(DateTime.UtcNow < limit, LastSaid(port));
        }
        string[] command = ["run", _run.ScenarioFile, "--json", "--out", _run.Directory];
        Assert.True(_run.Line.Run([.. command, "--join", endpoint]) == 0, _run.Line.Error);
        Assert.Equal(_run.Expected(), LiveRun.HashIn(_run.Line.Output));
        Assert.Contains("\"nodes\": 3", _run.Line.Output, StringComparison.Ordinal);
    }

    /// <summary>A node that only joins is a member, too, and a run that begins then begins without it.</summary>
    private bool AllAreUp(string endpoint)
    {
        if (_run.Line.Run("cluster", "members", "--json", "--endpoint", endpoint) != 0)
        {
            return false;
        }
        string[] up =
        [
            .. JsonNode.Parse(_run.Line.Output)!["members"]!
                .AsArray()
                .Where(member => (string?)member!["status"] == "up")
                .Select(member => (string)member!["address"]!),
        ];
        return _nodes.TrueForAll(node => up.Contains(node.Endpoint, StringComparer.Ordinal));
    }

    /// <summary>Why they have not found each other.</summary>
    private string LastSaid(int port) =>
        _run.Line.Output
        + _run.Line.Error
        + string.Join(
            '\n',
            File.ReadLines(Path.Combine(_run.Line.Folder, $"{port}.log"))
                .Where(line => line.Contains("bootstrap", StringComparison.OrdinalIgnoreCase))
                .TakeLast(10)
        );
}
