using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
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
    private TimeSpan _freezing;

    /// <summary>On a region's thread, at a barrier: freezes the region's cells.</summary>
    /// <param name="region">The region.</param>
    /// <param name="number">Its number in the run.</param>
    public void Take(Region region, int number)
    {
        long began = Stopwatch.GetTimestamp();
        KeyValuePair<string, byte[]>[] frozen = [.. plan.Freeze(region, number, cells)];
        lock (_gate)
        {
            foreach ((string cell, byte[] state) in frozen)
            {
                _taken.Add(cell, state);
            }
            _freezing += Stopwatch.GetElapsedTime(began);
            if (_taken.Count < cells.Length)
            {
                return;
            }
            Dictionary<string, byte[]> whole = _taken;
            _taken = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            TimeSpan freezing = _freezing;
            _freezing = TimeSpan.Zero;
            long round = region.Round;
            long reached = region.Reached.Nanoseconds;
            _ = Task.Run(() => Write(round, reached, freezing, whole));
        }
    }

    private void Write(
        long round,
        long reached,
        TimeSpan freezing,
        Dictionary<string, byte[]> whole
    )
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            CheckpointPart part = node.StoreOf(form.Run)
                .WritePart(form.Epoch, round, node.Seat.Name, whole);
            node.Coordinator.Tell(
                new CheckpointWritten(
                    form.Epoch,
                    node.Seat.Name,
                    round,
                    reached,
                    freezing.TotalMilliseconds,
                    Stopwatch.GetElapsedTime(began).TotalMilliseconds,
                    part
                )
            );
        }
        // reason: whatever keeps it from being written (a full disk), the coordinator has to hear of it
        catch (Exception e)
        {
            node.Coordinator.Tell(new CheckpointFailed(form.Epoch, node.Seat.Name, e.Message));
        }
    }
}
