using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Faults;

/// <summary>
/// A partition as a drill: the nodes of each side talk among themselves and hear nothing of the others.
/// Nodes that are on no side talk to everybody, and so does the client.
/// </summary>
/// <param name="Sides">Names of nodes; at least two sides, none empty, no node on two.</param>
public sealed record NetworkPartition(ImmutableArray<ImmutableArray<string>> Sides)
{
    /// <summary>Reads "node-1|node-2,node-3".</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static NetworkPartition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        NetworkPartition read = new([
            .. text.Split('|')
                .Select(side => side.Split(',', StringSplitOptions.TrimEntries).ToImmutableArray()),
        ]);
        string[] all = [.. read.Sides.SelectMany(side => side)];
        bool isValid =
            read.Sides.Length > 1
            && !all.Contains("", StringComparer.Ordinal)
            && all.Distinct(StringComparer.Ordinal).Count() == all.Length;
        return isValid
            ? read
            : throw new FormatException(
                $"'{text}'; accepted: sides of names, as in node-1|node-2,node-3"
            );
    }

    public override string ToString() =>
        string.Join('|', Sides.Select(side => string.Join(',', side)));

    /// <summary>Tells every node on a side. Returns when all of them have cut their connections.</summary>
    /// <param name="door">The way in.</param>
    /// <param name="lasts">After which the network is whole again, without being told; whole milliseconds.</param>
    /// <returns>Not accepted: a node is not known, or takes no part in drills; then nothing is cut.</returns>
    /// <exception cref="ClusterUnreachableException">No node answers, or one of them does not.</exception>
    public async Task<CommandAnswer> Begin(ClusterDoor door, TimeSpan lasts)
    {
        ArgumentNullException.ThrowIfNull(door);
        ClusterStatus status = await door.Ask<ClusterStatus>(AskCluster.Instance)
            .ConfigureAwait(false);
        Dictionary<string, string> addresses = status
            .Members.Where(member => member.Report is not null)
            .ToDictionary(
                member => member.Report!.Seat.Name,
                member => member.Address,
                StringComparer.Ordinal
            );
        string? unknown = Sides
            .SelectMany(side => side)
            .FirstOrDefault(node => !addresses.ContainsKey(node));
        if (unknown is not null)
        {
            return new CommandAnswer(
                false,
                $"there is no node '{unknown}'; accepted: {string.Join(", ", addresses.Keys)}"
            );
        }
        return await Ready(door, addresses).ConfigureAwait(false)
            ?? await Cut(door, addresses, lasts).ConfigureAwait(false);
    }

    /// <summary>A node without /user/faults does not answer: better known before the first is cut off.</summary>
    private async Task<CommandAnswer?> Ready(ClusterDoor door, Dictionary<string, string> addresses)
    {
        foreach (string node in Sides.SelectMany(side => side))
        {
            try
            {
                await Tell(door, addresses[node], [], 0).ConfigureAwait(false);
            }
            catch (ClusterUnreachableException)
            {
                return new CommandAnswer(
                    false,
                    $"{node} takes no part in drills; accepted: nodes started with --drills"
                );
            }
        }
        return null;
    }

    private async Task<CommandAnswer> Cut(
        ClusterDoor door,
        Dictionary<string, string> addresses,
        TimeSpan lasts
    )
    {
        List<Task> told = [];
        foreach (ImmutableArray<string> side in Sides)
        {
            ImmutableArray<string> others =
            [
                .. Sides
                    .Where(other => other != side)
                    .SelectMany(other => other)
                    .Select(node => addresses[node]),
            ];
            told.AddRange(
                side.Select(node =>
                    Tell(door, addresses[node], others, (long)lasts.TotalMilliseconds)
                )
            );
        }
        await Task.WhenAll(told).ConfigureAwait(false);
        return new CommandAnswer(true, $"the network is cut: {this}");
    }

    private static Task<CommandAnswer> Tell(
        ClusterDoor door,
        string address,
        ImmutableArray<string> peers,
        long lasts
    ) => door.AskNode<CommandAnswer>(address, FaultsActor.Name, new CutOff(peers, lasts));
}
