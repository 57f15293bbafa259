using System;
using System.Collections.Generic;
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
        if (store.LackingOf(read.Files) is { IsEmpty: false } lacking)
        {
            return new NodeEvent.PartsLacking(read.Epoch, lacking, read);
        }
        Dictionary<string, ReadOnlyMemory<byte>> all = store.ReadCells(read.Files);
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
        if (!store.Has(keep.Manifest))
        {
            if (store.LackingOf(keep.Manifest.Parts) is { IsEmpty: false } lacking)
            {
                return new NodeEvent.PartsLacking(keep.Epoch, lacking, keep);
            }
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
        return new NodeEvent.ManifestKept(keep.Epoch, keep.Manifest);
    }
}
