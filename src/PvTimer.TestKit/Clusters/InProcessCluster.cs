using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Security;
using PvTimer.TestKit.Clocks;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Clusters;

/// <summary>Several nodes in this process, a client's door to them, and a directory for checkpoints.</summary>
public sealed class InProcessCluster : IScriptNodes
{
    private readonly List<ClusterNode> _nodes = [];
    private readonly Dictionary<ClusterNode, ClockedSystem> _clocked = [];
    private ClockedSystem? _client;
    private ClusterDoor? _door;

    /// <summary>All that were started, those that have ended included, in the order of their numbers.</summary>
    public IReadOnlyList<ClusterNode> Nodes => _nodes;

    /// <summary>
    /// By which the nodes and the client live: a killed node is missed, and a partition decided, as soon as all has
    /// been done that is done until then.
    /// </summary>
    public ClusterClock Clock { get; } = new();

    /// <summary>The client's certificate; null: none.</summary>
    public MutualTls? ClientTls { get; init; }

    /// <inheritdoc/>
    TimeProvider IScriptNodes.Time => Clock;

    /// <inheritdoc/>
    public string Directory { get; } =
        System.IO.Directory.CreateTempSubdirectory("pvtimer-").FullName;

    /// <summary>Where checkpoints of a back-end go.</summary>
    public string CheckpointsOf(string backend) => Path.Combine(Directory, "checkpoints", backend);

    /// <summary>The way in; for nodes that are there when it is asked for.</summary>
    public ClusterDoor Door =>
        _door ??= new ClusterDoor(
            _nodes.Select(node => node.Seat.Address),
            ClientTls,
            time: (_client ??= new ClockedSystem(Clock, "the client")).OfClient
        );

    /// <summary>Nodes named node-1, node-2 ... of which the first is the seed.</summary>
    public static InProcessCluster Of(int nodes, params string[] roles)
    {
        var cluster = new InProcessCluster();
        for (int index = 0; index < nodes; index++)
        {
            cluster.Add(roles.ElementAtOrDefault(index) ?? ClusterSeat.CpuRole);
        }
        return cluster;
    }

    /// <summary>One more node, which joins those that are there.</summary>
    /// <param name="roles">Separated by commas.</param>
    /// <param name="adjust">What is special about it; null: nothing.</param>
    public ClusterNode Add(
        string roles = ClusterSeat.CpuRole,
        Func<NodeOptions, NodeOptions>? adjust = null
    )
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"node-{_nodes.Count + 1}");
        ClockedSystem clocked = new(Clock, name);
        NodeOptions options = new()
        {
            Name = name,
            Time = clocked.OfNode,
            Roles = [.. roles.Split(',')],
            Config = "akka { loglevel = OFF, stdout-loglevel = OFF }",
        };
        ClusterNode node;
        try
        {
            node = ClusterNode.Start(adjust is null ? options : adjust(options));
        }
        catch (NodeOptionsException)
        {
            clocked.Forget();
            throw;
        }
        clocked.IsComputing = () => node.IsComputing;
        _clocked[node] = clocked;
        _ = node.Stopped.ContinueWith(_ => clocked.Forget(), TaskScheduler.Default);
        node.Join([.. Alive.Take(1).Select(seed => seed.Seat.Address)]);
        _nodes.Add(node);
        return node;
    }

    /// <summary>A shipped scenario with some keys set, resolved, where every node can read it.</summary>
    /// <param name="shipped">Its name in config/scenarios, above the test's assembly.</param>
    /// <param name="sets">"duration=20ms" and the like.</param>
    public string Resolve(string shipped, params string[] sets)
    {
        string file = Path.Combine(Directory, shipped);
        string source = ScenarioFile.Find(Path.Combine("config", "scenarios", shipped));
        File.WriteAllText(file, ScenarioWriter.Write(ScenarioReader.Read(source, sets)));
        return file;
    }

    /// <summary>A run of a scenario that waits for all these nodes.</summary>
    public RunSpec Spec(string scenarioFile, string backend, int checkpointMilliseconds = 0) =>
        new(
            Guid.NewGuid().ToString("N"),
            scenarioFile,
            backend,
            CheckpointsOf(backend),
            checkpointMilliseconds,
            _nodes.Count
        );

    /// <summary>Runs it, and gives up when no node has answered for 20 s.</summary>
    /// <param name="spec">What.</param>
    /// <param name="goOn">See <see cref="ClusterRun.Execute"/>.</param>
    /// <param name="holds">Where virtual time stands still; null: nowhere.</param>
    public Task<RunStatus> Run(
        RunSpec spec,
        Func<RunStatus, bool>? goOn = null,
        RunHolds? holds = null
    ) => ClusterRun.Execute(Door, spec, TimeSpan.FromSeconds(20), goOn ?? (_ => true), holds);

    /// <summary>
    /// Ends a node without a word. What a process has beside it, others on its machine that see that it is dead,
    /// is missing here: so one of the others is told.
    /// </summary>
    public async Task Kill(string node)
    {
        ClusterNode dead = Find(node);
        _clocked[dead].End();
        await dead.Abort().ConfigureAwait(false);
        if (Alive.FirstOrDefault() is { } witness)
        {
            Akka.Cluster.Cluster.Get(witness.System).Down(Address.Parse(dead.Seat.Address));
        }
    }

    /// <exception cref="DrillException">Always: this very process would stand still.</exception>
    public void Suspend(string node) =>
        throw new DrillException(
            $"{node} lives in this process and cannot be stopped; accepted: {nameof(Clusters.Nodes)}.{nameof(Clusters.Nodes.Processes)}()"
        );

    /// <inheritdoc cref="Suspend"/>
    public void Continue(string node) => Suspend(node);

    /// <inheritdoc/>
    public void Leave(string node) => _ = Find(node).Leave();

    /// <inheritdoc/>
    public string Join() => AddDrilled(ClusterSeat.CpuRole).Seat.Name;

    /// <inheritdoc/>
    Task<ClusterDoor> IScriptNodes.Start(ImmutableArray<ImmutableArray<string>> roles)
    {
        foreach (ImmutableArray<string> each in roles)
        {
            AddDrilled(string.Join(',', each));
        }
        return Task.FromResult(Door);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_door is not null)
        {
            await _door.DisposeAsync().ConfigureAwait(false);
        }
        // Nobody is left who would have to be told.
        await Task.WhenAll(_nodes.Select(node => node.Abort())).ConfigureAwait(false);
        _client?.Forget();
        Clock.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private IEnumerable<ClusterNode> Alive => _nodes.Where(node => !node.Stopped.IsCompleted);

    private ClusterNode AddDrilled(string roles) =>
        Add(roles, options => options with { Drills = true });

    private ClusterNode Find(string name) =>
        Alive.FirstOrDefault(node => node.Seat.Name == name)
        ?? throw new DrillException(
            $"there is no {name}; accepted: {string.Join(", ", Alive.Select(node => node.Seat.Name))}"
        );
}
