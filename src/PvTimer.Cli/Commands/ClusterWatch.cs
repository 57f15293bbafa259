using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Sharding;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Commands;

/// <summary>
/// Looks after the nodes while they run something: keeps nodes.json, tells of nodes that have died, and ends
/// the run when it cannot go on.
/// </summary>
/// <param name="door">The way into the cluster.</param>
/// <param name="nodes">Those that were launched; null: they were there.</param>
/// <param name="directory">The run directory.</param>
/// <param name="note">Told a line about each node that dies in mid-run.</param>
/// <param name="stop">Somebody wants the run to stop.</param>
internal sealed class ClusterWatch(
    ClusterDoor door,
    LocalNodes? nodes,
    string directory,
    Action<string> note,
    CancellationToken stop
)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>A run that has not even begun stops at no barrier.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly HashSet<string> _noted = new(StringComparer.Ordinal);
    private NodesFile? _written;
    private TimeSpan? _stopWanted;

    /// <summary>The nodes have begun to run: from now on some may die.</summary>
    public bool HasBegun { get; set; }

    /// <exception cref="NodeEndedException">A node did not come up, or the last one has gone.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before it began.</exception>
    public async Task Run(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            Check();
            if (nodes is not null)
            {
                door.Learn(
                    nodes
                        .Nodes.Where(node => node.Listening.IsCompletedSuccessfully)
                        .Select(node => node.Listening.Result)
                );
            }
            await KeepFile().ConfigureAwait(false);
            await Task.WhenAny(Task.Delay(Interval, over)).ConfigureAwait(false);
        }
    }

    private void Check()
    {
        if (stop.IsCancellationRequested && !HasBegun)
        {
            _stopWanted ??= MonotonicTime.Now;
            if (MonotonicTime.Now - _stopWanted > StopLimit)
            {
                throw new OperationCanceledException("stopped before the run began");
            }
        }
        if (nodes?.Misfortune is not { } line)
        {
            return;
        }
        if (!HasBegun || nodes.Nodes.All(node => node.HasEnded))
        {
            throw new NodeEndedException(line);
        }
        foreach (NodeProcess node in nodes.Nodes)
        {
            if (node.Misfortune is { } each && _noted.Add(node.Name))
            {
                note(each);
            }
        }
    }

    private async Task KeepFile()
    {
        try
        {
            ClusterStatus status = await door.Ask<ClusterStatus>(AskCluster.Instance)
                .ConfigureAwait(false);
            Keep(NodesFile.Of(status));
        }
        catch (ClusterUnreachableException)
        {
            if (nodes is not null && !HasBegun)
            {
                Keep(NodesFile.Of(nodes.Nodes));
            }
        }
    }

    /// <summary>
    /// Writes the file if it has changed. Whoever finds it finds a node in it: a cluster none of whose members has
    /// reported yet has no file.
    /// </summary>
    internal void Keep(NodesFile now)
    {
        if (!now.Nodes.IsEmpty && !now.Equals(_written))
        {
            now.Write(directory);
            _written = now;
        }
    }
}
