using System;
using System.Collections.Immutable;
using System.Threading;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Nodes;

/// <summary>How far a node's regions are: written by their threads, read for the node's reports.</summary>
internal sealed class FormationGauge
{
    private readonly Lock _gate = new();
    private volatile Reading _reading = new(0, 0, 0, 0, 0, TimeSpan.Zero, null);
    private volatile int _look;
    private ImmutableArray<FrameCarrier> _running = [];

    /// <param name="Epoch">The formation.</param>
    /// <param name="Round">Rounds closed.</param>
    /// <param name="ReachedNanoseconds">How far its first region has come.</param>
    /// <param name="Events">Handled by the entities that are here.</param>
    /// <param name="FrameBytes">Sent to other nodes.</param>
    /// <param name="Waited">For other nodes' frames.</param>
    /// <param name="Carrier">Knows whose frame is waited for.</param>
    public sealed record Reading(
        long Epoch,
        long Round,
        long ReachedNanoseconds,
        long Events,
        long FrameBytes,
        TimeSpan Waited,
        FrameCarrier? Carrier
    );

    /// <summary>The last look that was taken here; of any run, as their numbers only grow. Any thread.</summary>
    public int Look
    {
        get => _look;
        set => _look = value;
    }

    /// <summary>
    /// Any thread. The threads of an older formation may still run when the next one has begun: what they show
    /// is discarded.
    /// </summary>
    public void Show(Reading reading)
    {
        lock (_gate)
        {
            if (reading.Epoch >= _reading.Epoch)
            {
                _reading = reading;
            }
        }
    }

    /// <summary>The regions of a formation here run from now on. Any thread.</summary>
    public void Begin(FrameCarrier carrier) =>
        ImmutableInterlocked.Update(ref _running, (all, one) => all.Add(one), carrier);

    /// <summary>They have ended. Any thread.</summary>
    public void End(FrameCarrier carrier) =>
        ImmutableInterlocked.Update(ref _running, (all, one) => all.Remove(one), carrier);

    /// <summary>Whether regions here have something to do: not while they wait for a frame that is not here. Any thread.</summary>
    public bool IsComputing
    {
        get
        {
            // Each access reads it once: it is replaced as a whole.
            foreach (FrameCarrier carrier in _running)
            {
                if (!carrier.IsStuck)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>What is shown now. Any thread.</summary>
    public NodeProgress Read()
    {
        Reading reading = _reading;
        return new NodeProgress(
            reading.Epoch,
            reading.Round,
            reading.ReachedNanoseconds,
            reading.Events,
            reading.Carrier?.WaitingFor,
            (long)reading.Waited.TotalMilliseconds,
            reading.FrameBytes,
            _look,
            Environment.WorkingSet
        );
    }
}
