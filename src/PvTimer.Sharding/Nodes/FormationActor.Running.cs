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
            _node.Gauge.Show(
                new FormationGauge.Reading(
                    _form.Epoch,
                    NodePhase.Running,
                    region.Round,
                    region.Reached.Nanoseconds,
                    _regions.Kernels.Sum(kernel => kernel.Handled),
                    _carrier!.BytesSent,
                    _carrier.Waited
                )
            );
            _pace?.Await(region.Reached);
        }
    }

    private void OnRunEnded(RunEnded ended)
    {
        Region first = _regions!.Regions[0];
        Show(NodePhase.Halted, first.Reached.Nanoseconds);
        if (ended.Crash is PeerGoneException)
        {
            // A node was lost. The coordinator will say how it goes on.
            return;
        }
        if (ended.Crash is { } crash)
        {
            // The last round was not closed: what the regions have now, no peer has agreed to.
            TellCrash(crash);
        }
        else if (_regions.EarliestFailure() is { } broken)
        {
            EventKey key = _regions.KernelOf(broken).CurrentKey;
            Tell(
                HaltReason.Broken,
                null,
                broken.Failure!.Message,
                new BrokenAt(key.Time.Nanoseconds, key.Source.Index, key.Sequence)
            );
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

    /// <summary>A node that ends loses its actors: the coordinator sees it go, and there is nothing else to say.</summary>
    private void TellCrash(Exception crash)
    {
        if (!NodeContext.IsEnding(Context.System))
        {
            Tell(HaltReason.Crashed, null, crash.Message, null);
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

    private void Show(NodePhase phase, long reached) =>
        _node.Gauge.Show(
            _node.Gauge.Now with
            {
                Epoch = _form.Epoch,
                Phase = phase,
                ReachedNanoseconds = reached,
            }
        );

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
