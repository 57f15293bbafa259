using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>
/// How a formation comes to be: why there is one, where its state comes from, what the disk prepares for it, and
/// who takes which seat.
/// </summary>
/// <remarks>
/// <code>
///   why:     begun, node lost, failed, back in time       all halted at a barrier
///                          |                                       |
///   disk:    choose a checkpoint, take a number       put events into the scenario, take a number
///                          \___________________   ________________/
///   seats:                                     Form  -> nodes
/// </code>
/// The disk's answer may be overtaken: what is lost meanwhile makes another preparation, and the answer to the
/// first one is not used.
/// </remarks>
internal sealed class Formations(CoordinatorState state, RunEnding ending)
{
    private PlannedPlacements? _planned;

    /// <summary>Whether the plan for the nodes there are now differs from where cells live.</summary>
    public bool IsMisplaced(ActiveRun run)
    {
        try
        {
            return !PlacementsOf(run).IsThatOf(run.Formation!.Form);
        }
        catch (PlacementException)
        {
            // Where it is now is better than nowhere.
            return false;
        }
    }

    private Placements PlacementsOf(ActiveRun run)
    {
        ImmutableArray<ClusterSeat> seats = state.EligibleSeats();
        _planned = PlannedPlacements.After(_planned, run.Machine!, seats, run.Wishes.Pins);
        return _planned.Placements;
    }

    /// <summary>
    /// A formation from the last checkpoint that is whole, but not from behind the instant at which the run is
    /// to stand still; or from the beginning. What was commanded since that checkpoint is in the scenario.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="why">For its history.</param>
    public void Restore(ActiveRun run, string why) =>
        Prepare(run, new Preparation(why, RequestOfRestore, isRestore: true));

    /// <summary>A formation that takes the run from the barrier at which all nodes have halted.</summary>
    public void GoOnFromBarrier(ActiveRun run) =>
        Prepare(
            run,
            new Preparation(
                run.Formation!.PauseWanted ?? "held",
                RequestOfBarrier,
                isRestore: false
            )
        );

    private DiskRequest.PrepareRestore RequestOfRestore(ActiveRun run) =>
        new DiskRequest.PrepareRestore(
            run.Spec,
            [.. run.Wishes.Events],
            run.Machine!,
            run.Wishes.HoldAtNanoseconds ?? long.MaxValue,
            state.Epoch
        );

    private DiskRequest.PrepareBarrier RequestOfBarrier(ActiveRun run) =>
        new DiskRequest.PrepareBarrier(
            run.Spec,
            [.. run.Wishes.Events],
            run.HaltedAtNanoseconds,
            state.Epoch
        );

    private void Prepare(ActiveRun run, Preparation preparing)
    {
        run.Preparing = preparing;
        state.AskDisk(
            preparing.RequestOf(run),
            answer =>
            {
                if (run.Preparing != preparing)
                {
                    return;
                }
                if (answer is DiskAnswer.Failed failed)
                {
                    OnDiskFailed(run, preparing, failed);
                    return;
                }
                run.DiskFailures = 0;
                preparing.Answer = answer;
                state.IsAttentionDue = true;
            }
        );
    }

    private void OnDiskFailed(ActiveRun run, Preparation preparing, DiskAnswer.Failed failed)
    {
        if (ending.MayAskAgain(run, failed))
        {
            PrepareLater(run, preparing);
        }
        else
        {
            ending.Break(
                run,
                failed.IsLasting
                    ? failed.What
                    : $"checkpoints in {run.Spec.Directory}: {failed.What}; to go on: pvtimer run --resume when the disk is well"
            );
        }
    }

    /// <summary>If the disk has answered: it is known who lives now.</summary>
    public void Attend(ActiveRun run, Preparation preparing)
    {
        if (state.EligibleSeats().IsEmpty)
        {
            // One may come, or come back; until then the run is where it is.
            return;
        }
        switch (preparing.Answer)
        {
            case DiskAnswer.BarrierPrepared barrier:
                run.Preparing = null;
                BeginFromBarrier(run, preparing, barrier);
                break;
            case DiskAnswer.RestorePrepared restored:
                run.Preparing = null;
                BeginFromCheckpoint(run, preparing, restored);
                break;
            default:
                break;
        }
    }

    private void BeginFromBarrier(
        ActiveRun run,
        Preparation preparing,
        DiskAnswer.BarrierPrepared prepared
    )
    {
        run.Spec = prepared.Run;
        run.Machine = prepared.Machine ?? run.Machine;
        TakeEvents(run, prepared.Done, prepared.Impossible);
        string why = prepared.Done.IsEmpty ? preparing.Why : string.Join(", ", prepared.Done);
        long reached = run.HaltedAtNanoseconds;
        Form(
            run,
            $"{why}; at {CoordinatorState.Text(reached)}",
            new FormationSource(StateSource.Barrier, prepared.Epoch, reached, [])
        );
    }

    /// <summary>Events that were commanded are part of the scenario now, or cannot be.</summary>
    private void TakeEvents(
        ActiveRun run,
        ImmutableArray<string> done,
        ImmutableArray<string> impossible
    )
    {
        run.Wishes.Events.RemoveRange(0, done.Length + impossible.Length);
        foreach (string line in impossible)
        {
            state.Note(run, $"not done: {line}");
        }
    }

    private void BeginFromCheckpoint(
        ActiveRun run,
        Preparation preparing,
        DiskAnswer.RestorePrepared prepared
    )
    {
        foreach (string line in prepared.Damaged)
        {
            state.Note(run, $"checkpoint is damaged, the one before is used: {line}");
        }
        CheckpointManifest? last = prepared.Last;
        if (last is { Done: true })
        {
            run.Result = last;
            state.Enter(run, RunPhase.Done);
            return;
        }
        run.Spec = prepared.Run;
        run.Machine = prepared.Machine ?? run.Machine;
        TakeEvents(run, prepared.Done, prepared.Impossible);
        string why = string.Join(", ", prepared.Done.Prepend(preparing.Why));
        string from = last is null
            ? "the beginning"
            : $"the checkpoint of {CoordinatorState.Text(last.ReachedNanoseconds)}";
        Form(
            run,
            $"{why}; from {from}",
            last is null
                ? new FormationSource(StateSource.Beginning, prepared.Epoch, 0, [])
                : new FormationSource(
                    StateSource.Checkpoint,
                    prepared.Epoch,
                    last.ReachedNanoseconds,
                    last.Parts
                )
        );
    }

    private sealed record FormationSource(
        StateSource Kind,
        long Epoch,
        long ReachedNanoseconds,
        ImmutableArray<CheckpointPart> Files
    );

    private void Form(ActiveRun run, string why, FormationSource source)
    {
        Placements placements;
        try
        {
            placements = PlacementsOf(run);
        }
        catch (PlacementException e)
        {
            ending.Break(run, e.Message);
            return;
        }
        state.Epoch = Math.Max(state.Epoch, source.Epoch);
        ImmutableArray<ClusterSeat> before = run.Seats;
        state.Note(
            run,
            $"formation {source.Epoch} on {string.Join(", ", placements.Seats.Select(seat => seat.Name))}: {why}"
        );
        state.Do(new CoordinatorEffect.Log(run.History.Last));
        Form form = FormOf(run, placements, source);
        run.Formation = new CurrentFormation(
            form,
            source.Kind == StateSource.Barrier ? before : [],
            state.Elapsed
        );
        run.Checkpoints.Restart(state.Elapsed);
        run.Failing = null;
        state.Do(
            new CoordinatorEffect.PlaceCells(
                [.. run.Machine!.Cells.Select(cell => cell.Name)],
                [.. form.Homes.Select(seat => form.Seats[seat].Address)]
            )
        );
        state.Enter(run, RunPhase.Forming);
        foreach (
            ClusterSeat seat in before
                .Concat(form.Seats)
                .DistinctBy(seat => seat.Address, StringComparer.Ordinal)
        )
        {
            state.Tell(seat, form);
        }
    }

    private static Form FormOf(ActiveRun run, Placements placements, FormationSource source)
    {
        RunWishes wishes = run.Wishes;
        // All that was accepted is in this formation, except for events that wait for a barrier.
        run.Spec = run.Spec with
        {
            Commands = wishes.Events.Count == 0 ? run.LastCommand : wishes.Events[0].Number - 1,
        };
        return new Form(
            source.Epoch,
            run.Spec,
            run.Machine!.InputSha256,
            placements.Seats,
            placements.Homes,
            source.Kind,
            source.ReachedNanoseconds,
            source.Files,
            wishes.Pins,
            run.History.Lines,
            wishes.HoldAtNanoseconds,
            wishes.NanosecondsPerSecond,
            wishes.Stop
        );
    }

    /// <summary>
    /// What a fault has done to one formation is not done to the next. A node that fails again and again gets no
    /// cells any more, and the others go on; without others it is tried once a second for a while.
    /// </summary>
    public void FormAgainOrBreak(ActiveRun run, (string Node, string What) failing)
    {
        string line = $"{failing.Node}: {failing.What}";
        if (!run.Failures.Add(failing.Node, state.Elapsed))
        {
            Restore(run, line);
        }
        else if (state.Nodes.All.Any(node => node.Name != failing.Node && node.MayTakeCells))
        {
            if (state.Nodes.Find(failing.Node) is { } node)
            {
                node.IsDraining = true;
            }
            state.Note(
                run,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{failing.Node} has failed {FailureCount.Most + 1} times and gets no more cells"
                )
            );
            Restore(run, line);
        }
        else if (run.Failures.IsHopeless(failing.Node))
        {
            ending.Break(run, $"{line}; to go on: mend it, then pvtimer run --resume");
        }
        else
        {
            // There is no other node: what is wrong with this one may pass.
            RestoreLater(run, line);
        }
    }

    /// <summary>The same as <see cref="Restore"/>, when what keeps it from being of use may have passed.</summary>
    public void RestoreLater(ActiveRun run, string why)
    {
        Preparation preparing = new(why, RequestOfRestore, isRestore: true);
        run.Preparing = preparing;
        PrepareLater(run, preparing);
    }

    private void PrepareLater(ActiveRun run, Preparation preparing) =>
        state.After(
            CoordinatorState.RepeatInterval,
            () =>
            {
                if (run.Preparing == preparing)
                {
                    Prepare(run, preparing);
                }
            }
        );
}
