using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Simulation.Tests.World;

/// <summary>Parts of checkpoints on a node: its own, those that it is sent, and those that it sends.</summary>
internal sealed class SimParts(SimCluster cluster, SimNode node, RunSpec run)
{
    private CheckpointStore Store =>
        new(run.Directory, node.Files, node.Inputs, new KnownManifests());

    public NodeEvent.OfFormation Read(NodeEffect.ReadStates read)
    {
        CheckpointStore store = Store;
        Dictionary<string, ReadOnlyMemory<byte>> all = store.ReadCells(
            read.Files,
            out ImmutableArray<CheckpointPart> lacking
        );
        if (!lacking.IsEmpty)
        {
            return new NodeEvent.PartsLacking(read.Epoch, lacking, read);
        }
        return new NodeEvent.StatesRead(
            read.Epoch,
            all.Where(cell => read.Cells.Contains(cell.Key, StringComparer.Ordinal))
                .ToDictionary(StringComparer.Ordinal)
        );
    }

    public NodeEvent.PartRead Read(NodeEffect.ReadPart read)
    {
        cluster.Hits.Count(Fault.PartSentByNode);
        return new NodeEvent.PartRead(
            read.Epoch,
            PartParcel.Of(
                read.Epoch,
                read.Part.Sha256,
                Store.BytesOf(read.Part),
                read.Offset,
                SimCluster.PartBytes
            )
        );
    }

    public NodeEvent.PartTaken Take(NodeEffect.TakePart take)
    {
        cluster.Hits.Count(Fault.PartSentToNode);
        Store.Take(take.Part, take.Content);
        return new NodeEvent.PartTaken(take.Epoch, take.Part);
    }

    public NodeEvent.OfFormation Keep(NodeEffect.KeepManifest keep)
    {
        CheckpointStore store = Store;
        store.ReadCells(keep.Manifest.Parts, out ImmutableArray<CheckpointPart> lacking);
        if (!lacking.IsEmpty)
        {
            return new NodeEvent.PartsLacking(keep.Epoch, lacking, keep);
        }
        if (!store.Has(keep.Manifest))
        {
            cluster.Hits.Count(Fault.CheckpointCopied);
            if (run.ScenarioName == keep.Manifest.Run.ScenarioName)
            {
                store.KeepScenario(
                    keep.Manifest.Run.ScenarioName,
                    node.Inputs.ContentOf(keep.Manifest.Run.ScenarioFile).Span
                );
            }
            store.Commit(keep.Manifest);
        }
        return new NodeEvent.ManifestKept(keep.Epoch, keep.Manifest, keep.IsLast);
    }
}
