using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.ActorTime;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Launching;

namespace PvTimer.TestKit.Clusters;

/// <summary>Nodes that are processes of this machine on loopback.</summary>
internal sealed class ProcessCluster(NodeProgram program) : IScriptNodes
{
    private LocalNodes? _nodes;
    private ClusterDoor? _door;

    public string Directory { get; } =
        System.IO.Directory.CreateTempSubdirectory("pvtimer-").FullName;

    /// <summary>To be asked of a run that goes on only.</summary>
    private DrilledProcesses Drilled =>
        new(_nodes ?? throw new DrillException("the nodes have not been started"));

    /// <exception cref="ScriptException">The first one ended before it listened; with its last line.</exception>
    public async Task<ClusterDoor> Start(ImmutableArray<ImmutableArray<string>> roles)
    {
        _nodes = LocalNodes.Start(
            program,
            Directory,
            roles,
            new LocalNodeSettings { Drills = true }
        );
        try
        {
            _door = new ClusterDoor([await _nodes.Nodes[0].Listening.ConfigureAwait(false)]);
            return _door;
        }
        catch (NodeEndedException ended)
        {
            throw new ScriptException(ended.Message, ended);
        }
    }

    public Task Kill(string node) => Drilled.Kill(node);

    public void Suspend(string node) => Drilled.Suspend(node);

    public void Continue(string node) => Drilled.Continue(node);

    public void Leave(string node) => Drilled.Leave(node);

    public string Join() => Drilled.Join();

    public async ValueTask DisposeAsync()
    {
        if (_door is not null)
        {
            await _door.DisposeAsync().ConfigureAwait(false);
        }
        if (_nodes is not null)
        {
            // Nobody is left who would have to be told.
            foreach (NodeProcess node in _nodes.Nodes.Where(node => !node.HasEnded))
            {
                node.Kill();
            }
            await _nodes.DisposeAsync().ConfigureAwait(false);
        }
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
