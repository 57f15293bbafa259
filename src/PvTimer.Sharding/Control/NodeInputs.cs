using System;
using System.Collections.Generic;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Control;

/// <summary>
/// What a formation's machine is made from, if its node lacks it or has another one under that path: the coordinator
/// sends it, part by part, and the node keeps it in memory.
/// </summary>
/// <remarks>
/// <code>
///   node                                   coordinator
///    |--- AskInputs(0) --------------------->|  it reads them on its own node
///    |&lt;-- InputParcel(0) --------------------|
///    |--- AskInputs(1 000 000) ------------->|
///    |&lt;-- InputParcel(1 000 000) ------------|  the last one: verified by its hash, then the plan is made
/// </code>
/// Races. One part is on its way at a time, and is asked for again when it does not come; one that comes twice
/// changes nothing.
/// </remarks>
internal sealed class NodeInputs(Form form, string node, List<NodeEffect> effects)
{
    private static readonly TimeSpan RepeatAfter = CoordinatorState.RepeatInterval;

    private InputParcels? _parcels;
    private TimeSpan _waited;

    /// <summary>They are not here; or they are, and the coordinator lacks them.</summary>
    public void OnEvent(NodeEvent.OfFormation happening)
    {
        if (happening is NodeEvent.InputsRead read)
        {
            effects.Add(new NodeEffect.ToCoordinator(read.Parcel));
            return;
        }
        _parcels = new InputParcels(form.InputSha256);
        Ask(_parcels);
    }

    /// <returns>Null, or on one line why they cannot be taken.</returns>
    public string? OnParcel(InputParcel parcel)
    {
        if (_parcels is null)
        {
            return null;
        }
        int before = _parcels.Arrived;
        string? flaw = _parcels.Add(parcel, out byte[]? whole);
        if (whole is not null)
        {
            _parcels = null;
            effects.Add(new NodeEffect.TakeInputs(form, whole));
        }
        else if (_parcels.Arrived > before)
        {
            Ask(_parcels);
        }
        return flaw;
    }

    /// <summary>Said every <see cref="NodeAgent.Interval"/>.</summary>
    public void OnTimePassed()
    {
        _waited += NodeAgent.Interval;
        if (_parcels is not null && _waited >= RepeatAfter)
        {
            Ask(_parcels);
        }
    }

    private void Ask(InputParcels parcels)
    {
        _waited = TimeSpan.Zero;
        effects.Add(new NodeEffect.ToCoordinator(new AskInputs(form.Epoch, node, parcels.Arrived)));
    }
}
