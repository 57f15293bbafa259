using System;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Control;

/// <summary>
/// What becomes of a run whose nodes have all halted: it goes on from there, virtual time stands still, or it is over.
/// </summary>
internal sealed class RunHalts(
    CoordinatorState state,
    Formations formations,
    CheckpointKeeper checkpoints,
    PartDesk parts,
    RunEnding ending
)
{
    /// <summary>A disk that loses more results than this says that it has written what it has not.</summary>
    private const int MostLostResults = 20;

    /// <summary>
    /// All nodes of the formation have halted. That the machine broke is believed only while all of them are
    /// known to live: otherwise it is run again on those that are left, and breaks again if it is true.
    /// </summary>
    public void Judge(ActiveRun run, CurrentFormation formation)
    {
        run.Clock.Run(isRunning: false, state.Elapsed);
        Halted[] all = [.. formation.Halts.Values];
        if (Array.Exists(all, halt => halt.Reason == HaltReason.Broken))
        {
            if (state.IsUndecided || run.Loss is not null)
            {
                return;
            }
            Halted first = all.Where(halt => halt.BrokeAt is not null)
                .OrderBy(halt => halt.BrokeAt!.TimeNanoseconds)
                .ThenBy(halt => halt.BrokeAt!.Source)
                .ThenBy(halt => halt.BrokeAt!.Sequence)
                .First();
            ending.Break(run, first.What!);
        }
        else if (Array.TrueForAll(all, halt => halt.Reason == HaltReason.Done))
        {
            if (run.Wishes.Events.Count > 0)
            {
                formations.Restore(run, "the run was over before what was commanded");
            }
            else
            {
                Conclude(run, RunPhase.Done);
            }
        }
        else
        {
            OnPaused(run, formation, all[0].ReachedNanoseconds);
        }
    }

    /// <summary>All have frozen at one barrier.</summary>
    private void OnPaused(ActiveRun run, CurrentFormation formation, long reached)
    {
        run.HaltedAtNanoseconds = reached;
        if (run.Phase == RunPhase.Held)
        {
            // They were asked to keep what they have frozen, and this is the answer.
            KeepIfWritten(run, formation);
            return;
        }
        if (run.IsAtHold)
        {
            // It may have been told too late: the coordinator that takes it over lets it stand still here.
            run.Wishes.HoldAtNanoseconds = reached;
            state.Note(run, $"virtual time stands still at {CoordinatorState.Text(reached)}");
        }
        else if (
            (run.Wishes is { Stop: false, Keep: false } || LacksEvents(run)) && !state.IsUndecided
        )
        {
            formations.GoOnFromBarrier(run);
            return;
        }
        state.Enter(run, RunPhase.Held);
        AttendHeld(run, formation);
    }

    /// <summary>Has all nodes write what they have frozen, unless they have; asked now and then again.</summary>
    private void KeepFrozen(ActiveRun run, CurrentFormation formation)
    {
        bool isDue = !(state.Elapsed - formation.KeepAskedAt <= CoordinatorState.RepeatInterval);
        if (!KeepIfWritten(run, formation) && isDue)
        {
            formation.KeepAskedAt = state.Elapsed;
            state.TellSeats(run, new Pause(formation.Epoch, Keep: true));
        }
    }

    private bool KeepIfWritten(ActiveRun run, CurrentFormation formation)
    {
        if (formation.Halts.Values.Any(halt => halt.Part is null))
        {
            return false;
        }
        if (LacksEvents(run))
        {
            AttendHeld(run, formation);
        }
        else if (run.Wishes.Stop)
        {
            Conclude(run, RunPhase.Stopped);
        }
        else if (run.Wishes.Keep)
        {
            run.Wishes.Keep = false;
            checkpoints.KeepHalts(run);
            AttendHeld(run, formation);
        }
        return true;
    }

    /// <summary>
    /// It is to stop, and what was commanded before is in no formation yet: the checkpoint that it stops with has it.
    /// </summary>
    private static bool LacksEvents(ActiveRun run) =>
        run.Wishes is { Stop: true, Events.Count: > 0 };

    /// <summary>What all nodes wrote when they halted is the last checkpoint.</summary>
    private void Conclude(ActiveRun run, RunPhase phase)
    {
        checkpoints.NoteCost(run);
        run.IsConcluding = true;
        Commit(run, CheckpointKeeper.ManifestOfHalts(run, isDone: phase == RunPhase.Done), phase);
    }

    private void Commit(ActiveRun run, CheckpointManifest manifest, RunPhase phase) =>
        parts.Commit(
            run,
            new DiskRequest.Commit(manifest, [.. run.CellNames]),
            answer =>
            {
                if (answer is not DiskAnswer.Failed failed)
                {
                    parts.CopyLast(
                        run,
                        manifest,
                        () =>
                        {
                            run.Result = manifest;
                            state.Enter(run, phase);
                            ending.Dissolve(run);
                        }
                    );
                }
                else if (failed.IsDamage && ++run.LostResults <= MostLostResults)
                {
                    run.IsConcluding = false;
                    formations.RestoreLater(run, failed.What);
                }
                else if (failed.IsDamage || !ending.MayAskAgain(run, failed))
                {
                    // Without it there is no result.
                    ending.Break(run, $"checkpoint: {failed.What}; to go on: pvtimer run --resume");
                }
                else
                {
                    state.After(
                        CoordinatorState.RepeatInterval,
                        () => CommitAgain(run, manifest, phase)
                    );
                }
            }
        );

    /// <summary>
    /// Meanwhile another coordinator, which had not heard yet that it was declared dead, may have taken the run over
    /// and acknowledged events: they are part of the run, so it is not over.
    /// </summary>
    private void CommitAgain(ActiveRun run, CheckpointManifest manifest, RunPhase phase)
    {
        if (phase == RunPhase.Done && run.Wishes.Events.Count > 0)
        {
            run.IsConcluding = false;
        }
        else
        {
            Commit(run, manifest, phase);
        }
    }

    /// <summary>Cells may move and events may be commanded meanwhile: it stands still again where they live then.</summary>
    public void AttendHeld(ActiveRun run, CurrentFormation formation)
    {
        if ((run.Wishes.Stop || run.Wishes.Keep) && !LacksEvents(run))
        {
            KeepFrozen(run, formation);
        }
        else if (
            !state.IsUndecided
            && (!run.IsAtHold || run.Wishes.Events.Count > 0 || formations.IsMisplaced(run))
        )
        {
            formations.GoOnFromBarrier(run);
        }
    }

    /// <summary>Stops at the next barrier, with a checkpoint, or at once if it has not begun.</summary>
    public void Stop(ActiveRun run)
    {
        run.Wishes.Stop = true;
        if (run is { Phase: RunPhase.Waiting, Formation: null })
        {
            run.Preparing = null;
            state.Enter(run, RunPhase.Stopped);
        }
        state.IsAttentionDue = true;
    }
}
