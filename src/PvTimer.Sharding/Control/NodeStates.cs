using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>
/// The states of cells that a formation is to thaw, until it does: from the node itself, from other nodes in
/// parcels, or from a checkpoint.
/// </summary>
internal sealed class NodeStates
{
    private readonly Form _form;
    private readonly List<NodeEffect> _effects;
    private readonly NodeParcels _parcels = new();
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _states = new(StringComparer.Ordinal);

    /// <param name="form">The formation.</param>
    /// <param name="effects">Where what is sent to other nodes goes.</param>
    public NodeStates(Form form, List<NodeEffect> effects)
    {
        _form = form;
        _effects = effects;
    }

    /// <summary>What was frozen here stays, or goes to the node that has the cell now.</summary>
    /// <param name="frozen">What was.</param>
    /// <param name="names">The machine's cells.</param>
    /// <param name="seat">This node's index among the seats; negative: it has none.</param>
    public void Deal(NodeFrozen frozen, ImmutableArray<string> names, int seat)
    {
        if (frozen.ReachedNanoseconds != _form.ReachedNanoseconds)
        {
            // It is of another barrier: the machine would go on as another one. It is lacking instead.
            _effects.Add(
                new NodeEffect.Log(
                    $"formation {_form.Epoch} goes on from {_form.ReachedNanoseconds} ns: what was frozen at {frozen.ReachedNanoseconds} ns is discarded"
                )
            );
            return;
        }
        for (int index = 0; index < names.Length; index++)
        {
            if (!frozen.Cells.TryGetValue(names[index], out byte[]? state))
            {
                continue;
            }
            if (_form.Homes[index] == seat)
            {
                _states[names[index]] = state;
            }
            else
            {
                SendParcels(names[index], state, _form.Seats[_form.Homes[index]]);
            }
        }
    }

    /// <summary>Takes a part of a cell; it may come before this node knows which cells are its own.</summary>
    /// <returns>Null, or on one line why it cannot be taken.</returns>
    public string? Add(CellParcel parcel)
    {
        string? flaw = _parcels.Add(parcel, out byte[]? whole);
        if (whole is not null)
        {
            _states[parcel.Cell] = whole;
        }
        return flaw;
    }

    public void Add(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> read)
    {
        foreach ((string cell, ReadOnlyMemory<byte> state) in read)
        {
            _states[cell] = state;
        }
    }

    public bool IsHere(string cell) => _states.ContainsKey(cell);

    /// <summary>Those of the cells, in order; they are not kept any longer.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Take(ImmutableArray<string> cells)
    {
        ImmutableArray<ReadOnlyMemory<byte>> taken = [.. cells.Select(cell => _states[cell])];
        _states.Clear();
        return taken;
    }

    /// <summary>They are not needed any more.</summary>
    public void Clear() => _states.Clear();

    private void SendParcels(string cell, byte[] state, ClusterSeat to)
    {
        for (int offset = 0; offset < state.Length; offset += CellParcel.MaxContentBytes)
        {
            int length = Math.Min(state.Length - offset, CellParcel.MaxContentBytes);
            ReadOnlyMemory<byte> part = state.AsMemory(offset, length);
            _effects.Add(
                new NodeEffect.ToNode(
                    to,
                    new CellParcel(_form.Epoch, cell, state.Length, offset, part)
                )
            );
        }
    }
}
