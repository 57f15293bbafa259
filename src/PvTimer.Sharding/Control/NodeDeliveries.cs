using System.Collections.Generic;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>
/// What a formation needs and its node lacks, and what its node has and the coordinator lacks: what the machine is made
/// from, and parts of checkpoints.
/// </summary>
internal sealed class NodeDeliveries(Form form, string node, List<NodeEffect> effects)
{
    private readonly NodeInputs _inputs = new(form, node, effects);
    private readonly NodeParts _parts = new(form, node, effects);

    public void OnMessage(IFormationMessage message)
    {
        switch (message)
        {
            case AskInputs ask:
                effects.Add(new NodeEffect.ReadInputs(form.Epoch, ask.Offset));
                break;
            case AskPart ask:
                effects.Add(new NodeEffect.ReadPart(form.Epoch, ask.Part, ask.Offset));
                break;
            case PartParcel parcel:
                _parts.OnParcel(parcel);
                break;
            case KeepCopy keep:
                effects.Add(new NodeEffect.KeepManifest(form.Epoch, keep.Manifest, keep.IsLast));
                break;
        }
    }

    /// <returns>Null, or on one line why the formation cannot have what it needs.</returns>
    public string? OnEvent(NodeEvent.OfFormation happening)
    {
        switch (happening)
        {
            case NodeEvent.InputsLacking or NodeEvent.InputsRead:
                _inputs.OnEvent(happening);
                break;
            case NodeEvent.PartRead read:
                effects.Add(new NodeEffect.ToCoordinator(read.Parcel));
                break;
            case NodeEvent.PartTaken taken:
                _parts.OnTaken(taken);
                break;
            case NodeEvent.ManifestKept { Manifest: var kept }:
                effects.Add(new NodeEffect.ToCoordinator(new CopyKept(kept.Epoch, kept.Round)));
                break;
            case NodeEvent.PartRefused refused:
                return _parts.OnRefused(refused);
            case NodeEvent.FormationFailed failed:
                return failed.What;
            case NodeEvent.PartsLacking lacking:
                return _parts.OnLacking(lacking);
        }
        return null;
    }

    /// <returns>Null, or on one line why they cannot be taken.</returns>
    public string? OnInputs(InputParcel parcel) => _inputs.OnParcel(parcel);

    /// <summary>Said every <see cref="NodeAgent.Interval"/>.</summary>
    public void OnTimePassed()
    {
        _inputs.OnTimePassed();
        _parts.OnTimePassed();
    }
}
