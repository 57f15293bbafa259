using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using PvTimer.Actors;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Model.Time;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Nodes;

/// <summary>From Go to Halted.</summary>
internal sealed partial class FormationActor
{
    private LocalRegions? _regions;
    private FrameCarrier? _carrier;
    private CheckpointWriter? _checkpoints;
    private RunPace? _pace;
    private bool _keep;
    private bool _isGoing;
    private Halted? _halted;
    private Dictionary<string, byte[]> _frozenHere = [];

    /// <summary>All of this node's regions have ended.</summary>
    private sealed record RunEnded(Exception? Crash);

    private void Running()
    {
        Receive<Go>(_ => OnGo());
        Receive<Pause>(OnPause);
        Receive<TakeLook>(OnTakeLook);
        Receive<TakeCheckpoint>(_ => _regions?.Regions[0].RequestCheckpoint());
        Receive<RunEnded>(OnRunEnded);
    }

    private void OnGo()
    {
        if (_isGoing || _regions is null)
        {
            // Said again: the coordinator has not heard yet that it runs.
            return;
        }
        _isGoing = true;
        Gauge(NodePhase.Running);
        _ = _regions!.Run(_actors).PipeTo(Self, success: crash => new RunEnded(crash));
    }

    private void OnPause(Pause pause)
    {
        _keep |= pause.Keep;
        if (_keep && _halted is { Reason: HaltReason.Paused, Part: null })
        {
            _halted = _halted with { Part = WriteFrozen(_halted.Round) };
        }
        RepeatHalted();
        _pace?.Release();
        foreach (Region region in _regions?.Regions ?? [])
        {
            region.RequestPause();
        }
    }

    /// <summary>On a region's thread, between two rounds.</summary>
    private void AtBarrier(Region region)
    {
        if (region.CheckpointDue)
        {
            _checkpoints!.Take(region, _regions!.KernelOf(region).Region);
        }
        if (region.LookDue != 0)
        {
            LookAt(region);
        }
        if (region == _regions!.Regions[0])
        {
            _node.Gauge.Now = new FormationGauge.Reading(
                _form.Epoch,
                NodePhase.Running,
                region.Round,
                region.Reached.Nanoseconds,
                _regions.Kernels.Sum(kernel => kernel.Handled),
                _carrier!.BytesSent,
                _carrier.Waited
            );
            _pace?.Await(region.Reached);
        }
    }

    private void OnRunEnded(RunEnded ended)
    {
        Region first = _regions!.Regions[0];
        _node.Gauge.Now = _node.Gauge.Now with
        {
            Phase = NodePhase.Halted,
            ReachedNanoseconds = first.Reached.Nanoseconds,
        };
        if (ended.Crash is PeerGoneException)
        {
            // A node was lost. The coordinator will say how it goes on.
            return;
        }
        bool isBroken = ended.Crash is not null || _regions.EarliestFailure() is not null;
        if (isBroken && CoordinatedShutdown.Get(Context.System).ShutdownReason is not null)
        {
            // This node ends with cells that it could not give away: that breaks actors, but not the run.
            return;
        }
        if (_regions.EarliestFailure() is { } broken)
        {
            EventKey key = _regions.KernelOf(broken).CurrentKey;
            Tell(
                HaltReason.Broken,
                null,
                broken.Failure!.Message,
                new BrokenAt(key.Time.Nanoseconds, key.Source.Index, key.Sequence)
            );
        }
        else if (ended.Crash is not null)
        {
            Tell(HaltReason.Crashed, null, ended.Crash.Message, null);
        }
        else if (first.Paused || first.Reached == _plan.Machine.End)
        {
            Freeze(first);
        }
        else
        {
            // It broke elsewhere; that node knows where and why.
            Tell(HaltReason.Broken, null, null, null);
        }
    }

    private void Freeze(Region first)
    {
        _frozenHere = new Dictionary<string, byte[]>(
            _regions!.Regions.SelectMany(region =>
                _plan.Freeze(region, _regions.KernelOf(region).Region, _cells)
            ),
            StringComparer.Ordinal
        );
        long reached = first.Reached.Nanoseconds;
        bool isDone = !first.Paused;
        Context.Parent.Tell(new FrozenCells(_form.Epoch, reached, _frozenHere));
        TakeLastLooks(isOver: isDone || _keep);
        CheckpointPart? part = isDone || _keep ? WriteFrozen(first.Round) : null;
        Tell(isDone ? HaltReason.Done : HaltReason.Paused, part, null, null);
    }

    private CheckpointPart WriteFrozen(long round) =>
        new CheckpointStore(_form.Run.Directory).WritePart(
            _form.Epoch,
            round,
            _node.Seat.Name,
            _frozenHere
        );

    private void Tell(HaltReason reason, CheckpointPart? part, string? what, BrokenAt? at)
    {
        _halted = new Halted(
            _form.Epoch,
            _node.Seat.Name,
            reason,
            _regions!.Regions[0].Round,
            _regions.Regions[0].Reached.Nanoseconds,
            _regions.Kernels.Sum(kernel => kernel.Handled),
            NextEvent is { } next && next < VirtualTime.MaxValue ? next.Nanoseconds : null,
            part,
            what,
            at
        );
        _node.Coordinator.Tell(_halted);
    }

    private VirtualTime NextEvent => _regions!.Kernels.Min(kernel => kernel.NextTime);

    /// <summary>The coordinator asks again: it may be the successor of the one that was told.</summary>
    private void RepeatHalted()
    {
        if (_halted is not null)
        {
            _node.Coordinator.Tell(_halted);
        }
    }
}
