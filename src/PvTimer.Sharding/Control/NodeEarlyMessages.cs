using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>
/// Messages of formations that this node has not heard of yet: a peer was told before it. They wait, in the order
/// in which they came, until the node is told too.
/// </summary>
internal sealed class NodeEarlyMessages
{
    /// <summary>No more messages wait.</summary>
    public const int MostMessages = 10_000;

    /// <summary>
    /// No more bytes of cells wait. What is discarded is missed like what is lost with a connection: the
    /// coordinator hears which cell is lacking, and has the nodes form again.
    /// </summary>
    public const int MostCellBytes = 256_000_000;

    private readonly List<IFormationMessage> _waiting = [];
    private long _bytes;

    public int Count => _waiting.Count;

    /// <summary>How many were discarded since the node has last heard of a formation.</summary>
    public int Discarded { get; private set; }

    /// <summary>False: there is no room, and the message is discarded.</summary>
    public bool TryAdd(IFormationMessage message)
    {
        int bytes = BytesOf(message);
        if (_waiting.Count == MostMessages || _bytes + bytes > MostCellBytes)
        {
            Discarded++;
            return false;
        }
        _waiting.Add(message);
        _bytes += bytes;
        return true;
    }

    /// <summary>Those of a formation that has been heard of now; those of older ones are discarded.</summary>
    public IReadOnlyList<IFormationMessage> Take(long epoch)
    {
        Discarded = 0;
        IFormationMessage[] taken = [.. _waiting.Where(message => message.Epoch == epoch)];
        _waiting.RemoveAll(message => message.Epoch <= epoch);
        _bytes = _waiting.Sum(message => (long)BytesOf(message));
        return taken;
    }

    private static int BytesOf(IFormationMessage message) =>
        message is CellParcel parcel ? parcel.Content.Length : 0;
}
