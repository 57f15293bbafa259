using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Experiments.Sweeps;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Launching;
using PvTimer.Sharding.Placement;

namespace PvTimer.Cli.Commands;

/// <summary>Where a sweep's runs are carried out: in this process, or on nodes that it launches or joins.</summary>
/// <param name="Threads">Runs side by side in this process, if there are no nodes.</param>
/// <param name="Nodes">Processes to launch; 0: none.</param>
/// <param name="Join">Nodes of a cluster that is there; empty: none.</param>
/// <param name="Keys">What they are shown.</param>
internal sealed record SweepPlace(
    int Threads,
    int Nodes,
    ImmutableArray<string> Join,
    ClientKeys Keys
)
{
    /// <summary>For the header.</summary>
    public string Words =>
        Nodes > 0 ? string.Create(CultureInfo.InvariantCulture, $"on {Nodes} processes")
        : Join.IsEmpty ? string.Create(CultureInfo.InvariantCulture, $"{Threads} side by side")
        : $"on the cluster of {string.Join(", ", Join)}";

    /// <summary>Does something with what carries runs out there; nodes that were launched end behind it.</summary>
    /// <param name="directory">The sweep's; logs of nodes that are launched go there.</param>
    /// <param name="note">Takes a line about nodes that come and go.</param>
    /// <param name="use">What is done.</param>
    public async Task<T> Use<T>(string directory, Action<string> note, Func<IPointRunner, T> use)
    {
        if (Nodes == 0 && Join.IsEmpty)
        {
            return use(new LocalRunner(Threads));
        }
        await using ClusterDoor door = new(Join, Keys.Tls, Keys.Token);
        LocalNodes? nodes = Nodes > 0 ? Launch(directory) : null;
        try
        {
            if (nodes is not null)
            {
                string first = await nodes.Nodes[0].Listening.ConfigureAwait(false);
                door.Learn([first]);
                note($"more nodes may join at {first}");
            }
            return use(new ClusterRunner(door, note));
        }
        finally
        {
            if (nodes is not null)
            {
                await nodes.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private LocalNodes Launch(string directory) =>
        LocalNodes.Start(
            NodeProgram.Own(typeof(Program).Assembly.Location),
            directory,
            [.. Enumerable.Repeat<ImmutableArray<string>>([ClusterSeat.CpuRole], Nodes)],
            new LocalNodeSettings()
        );
}
