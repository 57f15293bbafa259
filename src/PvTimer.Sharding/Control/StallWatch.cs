using System;
using System.Linq;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>A formation that does not get on, though all its nodes are there: something was lost on its way, and is not sent again.</summary>
internal sealed class StallWatch(CoordinatorState state)
{
    /// <summary>All nodes wait for frames and no round ends for so long: frames were lost.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(3);

    public bool HasStalled(CurrentFormation formation)
    {
        long rounds = 0;
        bool allWait = true;
        bool anyWaits = false;
        foreach (ClusterSeat seat in formation.Form.Seats)
        {
            KnownNode? node = state.Nodes.Find(seat.Name);
            rounds += node?.Report.Round ?? 0;
            bool waits = node?.Report.WaitingFor is not null;
            anyWaits |= waits;
            // One that has all frames of the last round has halted, and waits for none.
            allWait &=
                node is not null
                && (waits || node.Report.Phase == NodePhase.Halted)
                && node.Report.Epoch == formation.Epoch
                && state.SilenceOf(node) < CoordinatorState.RepeatInterval;
        }
        if (!allWait || !anyWaits || rounds != formation.Progress.Rounds)
        {
            formation.Progress = (rounds, state.Elapsed);
        }
        return state.Elapsed - formation.Progress.At > StallLimit;
    }

    /// <summary>All that is missing for so long are states that were sent once and are not sent again.</summary>
    public bool LacksStates(CurrentFormation formation)
    {
        bool isLacking =
            formation.Form.Source == StateSource.Barrier
            && formation.Form.Seats.Any(seat =>
                state.Nodes.Find(seat.Name) is { } node
                && node.Report is { Phase: NodePhase.Forming, WaitingFor: not null }
                && node.Report.Epoch == formation.Epoch
                && state.SilenceOf(node) < CoordinatorState.RepeatInterval
            );
        if (!isLacking)
        {
            formation.Progress = (0, state.Elapsed);
        }
        return state.Elapsed - formation.Progress.At > StallLimit;
    }
}
