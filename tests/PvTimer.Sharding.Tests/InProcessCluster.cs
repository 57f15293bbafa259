using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Tests;

/// <summary>Several nodes in this process, a client's door to them, and a directory for checkpoints.</summary>
public sealed class InProcessCluster : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pvtimer-").FullName;
    private readonly List<ClusterNode> _nodes = [];
    private ClusterDoor? _door;

    public IReadOnlyList<ClusterNode> Nodes => _nodes;

    /// <summary>The client's certificate; null: none.</summary>
    public MutualTls? ClientTls { get; init; }

    /// <summary>Where checkpoints of a back-end go.</summary>
    public string CheckpointsOf(string backend) => Path.Combine(_directory, "checkpoints", backend);

    public ClusterDoor Door =>
        _door ??= new ClusterDoor(_nodes.Select(node => node.Seat.Address), ClientTls);

    /// <summary>Nodes named node-1, node-2 ... of which the first is the seed.</summary>
    public static InProcessCluster Of(int nodes, params string[] roles)
    {
        var cluster = new InProcessCluster();
        for (int index = 0; index < nodes; index++)
        {
            cluster.Add(roles.ElementAtOrDefault(index) ?? "cpu");
        }
        return cluster;
    }

    /// <summary>One more node, which joins the first.</summary>
    /// <param name="roles">Separated by commas.</param>
    /// <param name="adjust">What is special about it; null: nothing.</param>
    public ClusterNode Add(string roles = "cpu", Func<NodeOptions, NodeOptions>? adjust = null)
    {
        NodeOptions options = new()
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"node-{_nodes.Count + 1}"),
            Roles = [.. roles.Split(',')],
            Config = "akka { loglevel = OFF, stdout-loglevel = OFF }",
        };
        ClusterNode node = ClusterNode.Start(adjust is null ? options : adjust(options));
        node.Join([.. _nodes.Take(1).Select(seed => seed.Seat.Address)]);
        _nodes.Add(node);
        return node;
    }

    /// <summary>A shipped scenario with some keys set, resolved, where every node can read it.</summary>
    public string Resolve(string shipped, params string[] sets)
    {
        string file = Path.Combine(_directory, shipped);
        Scenario scenario = ScenarioReader.Read(Path.Combine(Scenarios(), shipped), sets);
        File.WriteAllText(file, ScenarioWriter.Write(scenario));
        return file;
    }

    private static string Scenarios([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../config/scenarios"));

    public RunSpec Spec(string scenarioFile, string backend, int checkpointMilliseconds = 0) =>
        new(
            Guid.NewGuid().ToString("N"),
            scenarioFile,
            backend,
            CheckpointsOf(backend),
            checkpointMilliseconds,
            _nodes.Count
        );

    public Task<RunStatus> Run(RunSpec spec, Func<RunStatus, bool>? goOn = null) =>
        ClusterRun.Execute(Door, spec, TimeSpan.FromSeconds(20), goOn ?? (_ => true));

    public async ValueTask DisposeAsync()
    {
        if (_door is not null)
        {
            await _door.DisposeAsync();
        }
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        Directory.Delete(_directory, recursive: true);
    }
}
