using System.Collections.Generic;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Control;

/// <summary>A node's part in a formation from Go to Halted.</summary>
/// <remarks>
/// <code>
///   Go -> RunRegions ... RegionsEnded -+- Paused, Done -> FreezeRegions -> RegionsFrozen -+- WriteFrozen -> Halted
///                                      |                                                  `- Halted; kept later if asked
///                                      +- Broke, Crashed -> Halted
///                                      `- PeerLost: the coordinator knows
/// </code>
/// </remarks>
internal sealed class NodeRun
{
    // Configuration and wiring
    private readonly long _epoch;
    private readonly string _node;
    private readonly List<NodeEffect> _effects;

    // Volatile state
    private bool _isGoing;
    private bool _keep;
    private bool _isWriting;
    private TakeLook? _lookWanted;
    private Halted? _halted;

    /// <param name="epoch">The formation.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="effects">Where what it wants done goes.</param>
    public NodeRun(long epoch, string node, List<NodeEffect> effects)
    {
        _epoch = epoch;
        _node = node;
        _effects = effects;
    }

    /// <summary>How the regions ended; null: they have not.</summary>
    public NodeEvent.RegionsEnded? End { get; private set; }

    /// <summary>What they froze; null: nothing yet.</summary>
    public IReadOnlyDictionary<string, byte[]>? Frozen { get; private set; }

    public NodePhase Phase =>
        End is not null ? NodePhase.Halted
        : _isGoing ? NodePhase.Running
        : NodePhase.Formed;

    /// <summary>Said again when the coordinator has not heard yet that it runs.</summary>
    public void OnGo()
    {
        if (!_isGoing)
        {
            _isGoing = true;
            _effects.Add(new NodeEffect.RunRegions(_epoch));
        }
    }

    /// <param name="pause">What the coordinator said.</param>
    /// <param name="hasRegions">There are regions that can halt.</param>
    public void OnPause(Pause pause, bool hasRegions)
    {
        _keep |= pause.Keep;
        if (_keep && _halted is { Reason: HaltReason.Paused, Part: null })
        {
            Write();
        }
        RepeatHalted();
        if (hasRegions && End is null)
        {
            _effects.Add(new NodeEffect.PauseRegions(_epoch));
        }
    }

    public void OnTakeCheckpoint()
    {
        if (End is null)
        {
            _effects.Add(new NodeEffect.RequestCheckpoint(_epoch));
        }
    }

    public void OnTakeLook(TakeLook take)
    {
        _lookWanted = take;
        if (End is null)
        {
            _effects.Add(new NodeEffect.RequestLook(take));
        }
        else if (End.How != NodeRunEnd.PeerLost)
        {
            _effects.Add(new NodeEffect.LookNow(take));
        }
    }

    /// <param name="end">What they have come to.</param>
    /// <param name="nodeIsEnding">The coordinator sees it go: a crash of its regions says nothing else.</param>
    public void OnRegionsEnded(NodeEvent.RegionsEnded end, bool nodeIsEnding)
    {
        End = end;
        switch (end.How)
        {
            case NodeRunEnd.Paused or NodeRunEnd.Done:
                // Before the coordinator hears that it has halted: then it waits for no look any more.
                TakeLastLooks(end, isOver: IsKept(end));
                _effects.Add(new NodeEffect.FreezeRegions(_epoch));
                break;
            case NodeRunEnd.Broke or NodeRunEnd.BrokeElsewhere:
                Halt(end, HaltReason.Broken, null);
                break;
            case NodeRunEnd.Crashed when !nodeIsEnding:
                Halt(end, HaltReason.Crashed, null);
                break;
        }
    }

    public void OnRegionsFrozen(NodeEvent.RegionsFrozen frozen)
    {
        if (End is not { } end)
        {
            return;
        }
        Frozen = frozen.Cells;
        if (IsKept(end))
        {
            Write();
        }
        else
        {
            Halt(end, HaltReason.Paused, null);
        }
    }

    public void OnFrozenWritten(CheckpointPart part)
    {
        if (_isWriting && End is { } end)
        {
            _isWriting = false;
            Halt(end, end.How == NodeRunEnd.Done ? HaltReason.Done : HaltReason.Paused, part);
        }
    }

    /// <summary>The coordinator asks again: it may be the successor of the one that was told.</summary>
    public void RepeatHalted()
    {
        if (_halted is not null && !_isWriting)
        {
            _effects.Add(new NodeEffect.ToCoordinator(_halted));
        }
    }

    /// <summary>
    /// The regions have halted: a look that waited for the next barrier is taken, and one that comes when the run
    /// is over sees how it ended.
    /// </summary>
    private void TakeLastLooks(NodeEvent.RegionsEnded end, bool isOver)
    {
        if (isOver)
        {
            _effects.Add(
                new NodeEffect.LookNow(
                    new TakeLook(_epoch, LookTaken.LastLook, LookRequest.Sums, Digests: true)
                )
            );
        }
        if (_lookWanted is { } wanted && wanted.Number > end.Look)
        {
            _effects.Add(new NodeEffect.LookNow(wanted));
        }
    }

    private bool IsKept(NodeEvent.RegionsEnded end) => _keep || end.How == NodeRunEnd.Done;

    private void Write()
    {
        if (!_isWriting && End is { } end)
        {
            _isWriting = true;
            _effects.Add(new NodeEffect.WriteFrozen(_epoch, end.Round));
        }
    }

    private void Halt(NodeEvent.RegionsEnded end, HaltReason reason, CheckpointPart? part)
    {
        _halted = new Halted(
            _epoch,
            _node,
            reason,
            end.Round,
            end.ReachedNanoseconds,
            end.Events,
            end.NextNanoseconds,
            part,
            end.What,
            end.BrokeAt
        );
        RepeatHalted();
    }
}
