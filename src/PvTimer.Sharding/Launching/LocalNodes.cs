using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Scenarios;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Launching;

/// <summary>
/// Nodes of one cluster, each a process of this machine on loopback, launched together: node-1 is the one
/// that the others join. They end with this object, and with this process at the latest.
/// </summary>
public sealed class LocalNodes : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const string OwnFolder = "nodes";

    private readonly NodeProgram _program;
    private readonly string _directory;
    private readonly LocalNodeSettings _settings;
    private readonly Lock _gate = new();
    private ImmutableList<NodeProcess> _nodes = [];

    private LocalNodes(NodeProgram program, string directory, LocalNodeSettings settings)
    {
        _program = program;
        _directory = Path.GetFullPath(directory);
        _settings = settings;
    }

    private string Logs => Path.Combine(_directory, "logs");

    /// <summary>The nodes of the run that has this directory have directories of their own.</summary>
    public static bool HadOwnDirectories(string directory) =>
        Directory.Exists(Path.Combine(directory, OwnFolder));

    /// <summary>All that were launched, those that have ended included, in the order of their numbers.</summary>
    public IReadOnlyList<NodeProcess> Nodes => _nodes;

    /// <summary>A line about the first node that ended though nobody here asked it to; null if none did.</summary>
    public string? Misfortune =>
        _nodes.Select(node => node.Misfortune).FirstOrDefault(line => line is not null);

    /// <summary>Executes them all at once, and does not wait for them.</summary>
    /// <param name="program">What to execute.</param>
    /// <param name="directory">The run directory; logs go to logs/node-1.log and so on.</param>
    /// <param name="roles">Of each node; at least one node. See <see cref="RolesOf(int, PlacementPolicy)"/>.</param>
    /// <param name="settings">Of all of them.</param>
    public static LocalNodes Start(
        NodeProgram program,
        string directory,
        ImmutableArray<ImmutableArray<string>> roles,
        LocalNodeSettings settings
    )
    {
        LocalNodes local = new(program, directory, settings);
        Directory.CreateDirectory(local.Logs);
        foreach (ImmutableArray<string> each in roles)
        {
            local.Launch(each);
        }
        NodeProcess first = local._nodes[0];
        first.TellSeeds();
        foreach (NodeProcess other in local._nodes.Skip(1))
        {
            _ = Introduce(other, [first]);
        }
        return local;
    }

    /// <summary>One more node, which joins those that are there.</summary>
    /// <param name="roles">See <see cref="ClusterSeat"/>.</param>
    public NodeProcess Add(params ImmutableArray<string> roles)
    {
        NodeProcess[] there = [.. _nodes.Where(node => !node.HasEnded)];
        NodeProcess added = Launch(roles);
        _ = Introduce(added, there);
        return added;
    }

    /// <summary>The node of that name; null if none was launched.</summary>
    public NodeProcess? Find(string name) => _nodes.Find(node => node.Name == name);

    /// <summary>Has all of them leave, and kills those that are still there a few seconds later.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (NodeProcess node in _nodes)
        {
            node.Leave();
        }
        Task ends = Task.WhenAll(_nodes.Select(node => node.WaitForEnd()));
        await Task.WhenAny(ends, Task.Delay(Patience)).ConfigureAwait(false);
        foreach (NodeProcess node in _nodes.Where(node => !node.HasEnded))
        {
            node.Kill();
        }
        await ends.ConfigureAwait(false);
        foreach (NodeProcess node in _nodes)
        {
            node.Dispose();
        }
    }

    /// <summary>
    /// Policy dedicated needs a node for dedicated CPUs: the last one, with node-1 as its stand-in.
    /// </summary>
    /// <param name="nodes">How many, at least 1.</param>
    /// <param name="policy">The scenario's.</param>
    public static ImmutableArray<ImmutableArray<string>> RolesOf(
        int nodes,
        PlacementPolicy policy
    ) => [.. Enumerable.Range(0, nodes).Select(index => RolesOf(index, nodes, policy))];

    private static ImmutableArray<string> RolesOf(int index, int nodes, PlacementPolicy policy)
    {
        if (policy != PlacementPolicy.Dedicated)
        {
            return [ClusterSeat.CpuRole];
        }
        return index == 0 ? [ClusterSeat.CpuRole, ClusterSeat.TimerRole]
            : index == nodes - 1 ? [ClusterSeat.TimerRole]
            : [ClusterSeat.CpuRole];
    }

    private NodeProcess Launch(ImmutableArray<string> roles)
    {
        lock (_gate)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"node-{_nodes.Count + 1}");
            string log = Path.Combine(Logs, $"{name}.log");
            File.Delete(log);
            string? own = _settings.OwnDirectories
                ? Directory.CreateDirectory(Path.Combine(_directory, OwnFolder, name)).FullName
                : null;
            NodeProcess node = NodeProcess.Start(_program, name, roles, log, own, _settings);
            _nodes = _nodes.Add(node);
            return node;
        }
    }

    /// <summary>Tells a node the addresses of others as soon as they have one.</summary>
    private static async Task Introduce(NodeProcess node, IEnumerable<NodeProcess> others)
    {
        List<string> seeds = [];
        foreach (NodeProcess other in others)
        {
            try
            {
                seeds.Add(await other.Listening.ConfigureAwait(false));
            }
            catch (NodeEndedException)
            {
                // The launcher's owner is told of it by Misfortune.
            }
        }
        if (seeds.Count > 0)
        {
            node.TellSeeds([.. seeds]);
        }
    }
}
