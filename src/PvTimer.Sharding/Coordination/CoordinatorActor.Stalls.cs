using System;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Coordination;

/// <summary>
/// What keeps a run from standing still: any message may be lost with a connection, and whoever sent it may be
/// dead.
/// </summary>
internal sealed partial class CoordinatorActor
{
    /// <summary>A node on which formations fail more often than this has a reason that does not go away.</summary>
    private const int MostFailures = 3;

    /// <summary>For so long a failure counts.</summary>
    private static readonly TimeSpan BlameLimit = TimeSpan.FromMinutes(2);

    /// <summary>In addition to the interval.</summary>
    private static readonly TimeSpan CheckpointLimit = TimeSpan.FromSeconds(20);

    /// <summary>A run that comes back after its end (its coordinator died with the news) is not run twice.</summary>
    private void TakeResultIfThere(ActiveRun run)
    {
        CheckpointManifest? last = new CheckpointStore(run.Spec.Directory).FindLast(
            run.Spec,
            CellNames,
            out _
        );
        if (last is { Done: true })
        {
            run.Inherit(last.History);
            run.Result = last;
            Enter(run, RunPhase.Done);
        }
    }

    /// <summary>
    /// The nodes run, or so it was said: one that has not heard Go is told again, and one that has halted is
    /// asked again when nobody here has heard of it.
    /// </summary>
    private void RepeatToThoseBehind(ActiveRun run)
    {
        if (MonotonicTime.Now - run.PhaseSince < RepeatInterval)
        {
            return;
        }
        run.PhaseSince = MonotonicTime.Now;
        foreach (ClusterSeat seat in run.Seats)
        {
            NodeReport? report = _nodes.Find(seat.Name);
            if (report?.Epoch != run.Form!.Epoch)
            {
                continue;
            }
            if (report.Phase == NodePhase.Formed)
            {
                _nodes.ActorOf(seat.Name).Tell(new Go(run.Form.Epoch), Self);
            }
            else if (report.Phase == NodePhase.Halted && !run.Halts.ContainsKey(seat.Name))
            {
                _nodes.ActorOf(seat.Name).Tell(run.Form, Self);
            }
        }
    }

    /// <summary>All that is missing for so long are states that were sent once and are not sent again.</summary>
    private bool LacksStates(ActiveRun run)
    {
        bool isLacking =
            run.Form!.Source == StateSource.Barrier
            && run.Seats.Any(seat =>
                _nodes.Find(seat.Name) is { Phase: NodePhase.Forming, WaitingFor: not null } report
                && report.Epoch == run.Form.Epoch
                && _nodes.SilenceOf(seat.Name) < RepeatInterval
            );
        if (!isLacking)
        {
            run.Progress = (0, MonotonicTime.Now);
        }
        return MonotonicTime.Now - run.Progress.At > StallLimit;
    }

    /// <summary>
    /// What a fault has done to one formation is not done to the next. A node that fails again and again gets no
    /// cells any more, and the others go on; without others the run is at its end.
    /// </summary>
    private void FormAgainOrBreak(ActiveRun run, (string Node, string What) failing)
    {
        string line = $"{failing.Node}: {failing.What}";
        if (run.Blame(failing.Node, BlameLimit) > MostFailures)
        {
            if (!_nodes.All.Any(node => node.Seat.Name != failing.Node && MayForm(node)))
            {
                Break(run, line);
                return;
            }
            _nodes.Drain(failing.Node);
            run.Note($"{failing.Node} has failed {MostFailures + 1} times and gets no more cells");
        }
        Restore(run, line);
    }

    private bool MayForm(NodeReport node) => _nodes.MayTakeCells(node.Seat.Name);
}
