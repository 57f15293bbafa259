using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Control;

/// <summary>
/// Parts of a checkpoint that this node lacks, and the coordinator's has: it asks for them, one parcel after the other,
/// and does then what it could not do without them.
/// </summary>
internal sealed class NodeParts(Form form, string node, List<NodeEffect> effects)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private PartParcels? _parcels;
    private NodeEffect.OfFormation? _again;
    private bool _isBusy;
    private TimeSpan _waited;

    /// <summary>Something cannot be done without them.</summary>
    /// <returns>Null, or on one line why the formation cannot begin without them.</returns>
    public string? OnLacking(NodeEvent.PartsLacking lacking)
    {
        if (lacking.Parts.FirstOrDefault(part => _taken.Contains(part.File)) is { } lost)
        {
            // The disk has lost what it said that it had written. A copy that is not made is asked for again.
            _taken.Clear();
            return lacking.Again is NodeEffect.ReadStates
                ? $"{lost.File} was written, and is not what was written"
                : null;
        }
        PartParcels parcels = new(lacking.Parts);
        if (parcels.Obstacle is { } obstacle)
        {
            return obstacle;
        }
        (_parcels, _again, _isBusy) = (parcels, lacking.Again, false);
        Ask(parcels);
        return null;
    }

    public void OnParcel(PartParcel parcel)
    {
        if (_parcels is not { Current: { } part } parcels || _isBusy)
        {
            return;
        }
        int before = parcels.Arrived;
        byte[]? whole = parcels.Add(parcel);
        if (whole is not null)
        {
            _isBusy = true;
            effects.Add(new NodeEffect.TakePart(form.Epoch, part, whole));
        }
        else if (parcels.Arrived > before)
        {
            Ask(parcels);
        }
    }

    /// <summary>One is in its place.</summary>
    public void OnTaken(NodeEvent.PartTaken taken)
    {
        if (_parcels is not { } parcels || parcels.Current != taken.Part)
        {
            return;
        }
        _isBusy = false;
        _taken.Add(taken.Part.File);
        parcels.Next();
        if (parcels.Current is not null)
        {
            Ask(parcels);
            return;
        }
        NodeEffect.OfFormation again = _again!; // reason: it is set with the parcels
        (_parcels, _again) = (null, null);
        effects.Add(again);
    }

    /// <returns>On one line why the formation cannot begin; null: it can do without them.</returns>
    public string? OnRefused(NodeEvent.PartRefused refused)
    {
        bool isNeeded = _again is NodeEffect.ReadStates;
        (_parcels, _again) = (null, null);
        return isNeeded ? refused.What : null;
    }

    /// <summary>Said every <see cref="NodeAgent.Interval"/>.</summary>
    public void OnTimePassed()
    {
        _waited += NodeAgent.Interval;
        if (_parcels is not null && !_isBusy && _waited >= CoordinatorState.RepeatInterval)
        {
            Ask(_parcels);
        }
    }

    private void Ask(PartParcels parcels)
    {
        _waited = TimeSpan.Zero;
        effects.Add(
            new NodeEffect.ToCoordinator(
                new AskPart(form.Epoch, node, parcels.Current!, parcels.Arrived)
            )
        );
    }
}
