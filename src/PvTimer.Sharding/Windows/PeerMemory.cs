using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Windows;

/// <summary>A node has made memory that its peer on the same machine may share.</summary>
/// <param name="From">Who has made it.</param>
/// <param name="Name">See <see cref="SharedMemoryLink.Name"/>.</param>
internal sealed record OfferMemory(ClusterSeat From, string Name) : IWireMessage;

/// <summary>What became of <see cref="OfferMemory"/>.</summary>
/// <param name="From">Who was offered it.</param>
/// <param name="Name">As it was offered.</param>
/// <param name="IsShared">It has it; else frames go on over the network.</param>
internal sealed record MemoryAnswer(ClusterSeat From, string Name, bool IsShared) : IWireMessage;

/// <summary>
/// The memory that this node shares with others on its machine: one of two nodes offers it, by address the first.
/// Until it is there, and wherever it cannot be had, frames go over the network.
/// </summary>
/// <remarks>
/// <code>
///   node-1                         node-2
///   creates it, listens   offer -->
///                                  maps it, listens, sends
///   sends, removes its name  &lt;-- answer
/// </code>
/// </remarks>
/// <param name="own">This node.</param>
/// <param name="isWanted">It shares memory at all.</param>
/// <param name="hasNew">Called when there is memory to listen at that was not there before.</param>
internal sealed class PeerMemory(ClusterSeat own, bool isWanted, Action hasNew)
{
    /// <summary>Processes with which memory is shared at the most: it stays mapped until this one ends.</summary>
    internal const int MostPeers = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string, ProcessMark), SharedMemoryLink> _links = [];

    /// <summary>What is shared with a node; null: nothing (yet).</summary>
    public SharedMemoryLink? With(ClusterSeat peer)
    {
        lock (_gate)
        {
            return _links.GetValueOrDefault(KeyOf(peer));
        }
    }

    /// <summary>What to say to a node that frames are to be exchanged with; null: nothing.</summary>
    public OfferMemory? OfferTo(ClusterSeat peer)
    {
        bool isHere =
            isWanted
            && own.Process.World.Length > 0
            && own.Process.World == peer.Process.World
            && SharedMemoryLink.IsSupported;
        if (
            !isHere
            || OperatingSystem.IsWindows()
            || string.CompareOrdinal(own.Address, peer.Address) >= 0
        )
        {
            return null;
        }
        SharedMemoryLink link;
        lock (_gate)
        {
            if (_links.Count == MostPeers || _links.ContainsKey(KeyOf(peer)))
            {
                return null;
            }
            try
            {
                link = SharedMemoryLink.Create();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
            _links.Add(KeyOf(peer), link);
        }
        hasNew();
        return new OfferMemory(own, link.Name);
    }

    /// <summary>A peer offers memory.</summary>
    public MemoryAnswer Take(OfferMemory offer)
    {
        bool isShared;
        lock (_gate)
        {
            isShared =
                isWanted
                && _links.Count < MostPeers
                && !_links.ContainsKey(KeyOf(offer.From))
                && SharedMemoryLink.Join(offer.Name) is { } link
                && _links.TryAdd(KeyOf(offer.From), link);
        }
        if (isShared)
        {
            hasNew();
        }
        return new MemoryAnswer(own, offer.Name, isShared);
    }

    /// <summary>A peer has answered an offer.</summary>
    public void Settle(MemoryAnswer answer)
    {
        SharedMemoryLink? link = With(answer.From);
        if (link?.Name != answer.Name)
        {
            return;
        }
        link.RemoveName();
        if (answer.IsShared)
        {
            link.Open();
        }
    }

    /// <summary>This node ends: what was never answered keeps no name behind.</summary>
    public void RemoveNames()
    {
        lock (_gate)
        {
            foreach (SharedMemoryLink link in _links.Values)
            {
                link.RemoveName();
            }
        }
    }

    /// <summary>An address may be used again by another process, and a process may have several nodes.</summary>
    private static (string, ProcessMark) KeyOf(ClusterSeat seat) => (seat.Address, seat.Process);
}
