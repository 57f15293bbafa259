using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Engine;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// Collects what the regions of this node freeze at a barrier and writes it to a file while they run on.
/// The next checkpoint is asked for only when this one is whole, so there is never more than one.
/// </summary>
internal sealed class CheckpointWriter(
    Form form,
    NodeContext node,
    FormationPlan plan,
    ImmutableArray<PlacementCell> cells
)
{
    private readonly Lock _gate = new();
    private Dictionary<string, byte[]> _taken = new(StringComparer.Ordinal);

    /// <summary>On a region's thread, at a barrier: freezes the region's cells.</summary>
    /// <param name="region">The region.</param>
    /// <param name="number">Its number in the run.</param>
    public void Take(Region region, int number)
    {
        List<KeyValuePair<string, byte[]>> frozen = [];
        foreach (PlacementCell cell in cells)
        {
            if (plan.Partition.RegionOf(cell.Entities[0]) == number)
            {
                frozen.Add(new(cell.Name, region.Freeze(cell.Entities.AsSpan())));
            }
        }
        lock (_gate)
        {
            foreach ((string cell, byte[] state) in frozen)
            {
                _taken.Add(cell, state);
            }
            if (_taken.Count < cells.Length)
            {
                return;
            }
            Dictionary<string, byte[]> whole = _taken;
            _taken = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            long round = region.Round;
            long reached = region.Reached.Nanoseconds;
            _ = Task.Run(() => Write(round, reached, whole));
        }
    }

    private void Write(long round, long reached, Dictionary<string, byte[]> whole)
    {
        try
        {
            CheckpointPart part = new CheckpointStore(form.Run.Directory).WritePart(
                form.Epoch,
                round,
                node.Seat.Name,
                whole
            );
            node.Coordinator.Tell(
                new CheckpointWritten(form.Epoch, node.Seat.Name, round, reached, part)
            );
        }
        // reason: whatever keeps it from being written (a full disk), the coordinator has to hear of it
        catch (Exception e)
        {
            node.Coordinator.Tell(
                new FormingFailed(form.Epoch, node.Seat.Name, $"checkpoint: {e.Message}")
            );
        }
    }
}
