using System;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>
/// A run from its first formation to its end: what is due, what the nodes say, where virtual time stands still,
/// and the last word.
/// </summary>
/// <remarks>
/// Regions know from the beginning of their formation where to halt, so all of them halt at that very instant
/// and no message has to be in time. A hold that changes meanwhile is a new formation.
/// </remarks>
internal sealed class RunKeeper(
    CoordinatorState state,
    Formations formations,
    CheckpointKeeper checkpoints
)
{
    /// <summary>All nodes wait for frames and no round ends for so long: frames were lost.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(3);

    /// <summary>A disk that loses more results than this says that it has written what it has not.</summary>
    private const int MostLostResults = 20;

    /// <summary>What is due now in a run that is not over.</summary>
    public void Attend(ActiveRun run)
    {
        if (run.Machine is null || run.IsConcluding)
        {
            return;
        }
        NoticeLoss(run);
        if (run.Loss is { } loss)
        {
            // Why the formation failed there, or its verdict, goes with the node.
            (run.Loss, run.Failing) = (null, null);
            formations.Restore(run, loss);
        }
        else if (run.Failing is { } failing)
        {
            run.Failing = null;
            formations.FormAgainOrBreak(run, failing);
        }
        else if (run.Preparing is { } preparing)
        {
            formations.Attend(run, preparing);
        }
        else
        {
            AttendPhase(run);
        }
    }

    private void AttendPhase(ActiveRun run)
    {
        switch (run.Phase)
        {
            case RunPhase.Waiting:
                if (state.NodesThere >= run.Spec.Nodes)
                {
                    formations.Restore(run, "begun");
                }
                break;
            case RunPhase.Running or RunPhase.Pausing when run.Formation!.HasHalted:
                Judge(run, run.Formation);
                break;
            case RunPhase.Running:
                AttendRunning(run, run.Formation!);
                break;
            case RunPhase.Held:
                AttendHeld(run, run.Formation!);
                break;
            case RunPhase.Forming when LacksStates(run.Formation!):
                formations.Restore(run, "frozen cells were lost on their way");
                break;
            case RunPhase.Forming:
                Repeat(run, run.Formation!.Form);
                break;
            case RunPhase.Pausing:
                Pause pause = new(run.Formation!.Epoch, run.Wishes.Stop);
                if (Repeat(run, pause))
                {
                    SayAgainToThoseBehind(run.Formation);
                }
                RestoreIfStalled(run, run.Formation);
                break;
            default:
                break;
        }
    }

    private void AttendRunning(ActiveRun run, CurrentFormation formation)
    {
        Form form = formation.Form;
        if (formation.PauseWanted is null && formations.IsMisplaced(run))
        {
            formation.PauseWanted = "the nodes have changed";
        }
        if (run.Wishes.HoldAtNanoseconds != form.HoldAtNanoseconds)
        {
            formation.PauseWanted ??= "the hold has changed";
        }
        if (run.Wishes.NanosecondsPerSecond != form.NanosecondsPerSecond)
        {
            formation.PauseWanted ??= "the pace has changed";
        }
        if (formation.PauseWanted is not null || run.Wishes.Stop || run.Wishes.Events.Count > 0)
        {
            state.Enter(run, RunPhase.Pausing);
            state.TellSeats(run, new Pause(form.Epoch, run.Wishes.Stop));
            return;
        }
        checkpoints.BeginIfDue(run);
        if (IsTimeToRepeat(run))
        {
            SayAgainToThoseBehind(formation);
        }
        RestoreIfStalled(run, formation);
    }

    private void RestoreIfStalled(ActiveRun run, CurrentFormation formation)
    {
        if (HasStalled(formation))
        {
            formations.Restore(
                run,
                "no round ended for 3 s though all nodes wait: frames were lost"
            );
        }
    }

    /// <summary>Cells may move and events may be commanded meanwhile: it stands still again where they live then.</summary>
    private void AttendHeld(ActiveRun run, CurrentFormation formation)
    {
        if (run.Wishes.Stop || run.Wishes.Keep)
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

    private bool HasStalled(CurrentFormation formation)
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
    private bool LacksStates(CurrentFormation formation)
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

    /// <summary>
    /// The nodes run, or so it was said: one that has not heard Go is told again, and one that has halted is
    /// asked again when its answer has not come.
    /// </summary>
    private void SayAgainToThoseBehind(CurrentFormation formation)
    {
        foreach (ClusterSeat seat in formation.Form.Seats)
        {
            NodeReport? report = state.Nodes.Find(seat.Name)?.Report;
            if (report?.Epoch != formation.Epoch)
            {
                continue;
            }
            if (report.Phase == NodePhase.Formed)
            {
                state.Tell(seat, new Go(formation.Epoch));
            }
            else if (report.Phase == NodePhase.Halted && !formation.Halts.ContainsKey(seat.Name))
            {
                state.Tell(seat, formation.Form);
            }
        }
    }

    private bool Repeat(ActiveRun run, IWireMessage message)
    {
        bool isTime = IsTimeToRepeat(run);
        if (isTime)
        {
            state.TellSeats(run, message);
        }
        return isTime;
    }

    private bool IsTimeToRepeat(ActiveRun run)
    {
        bool isTime = state.Elapsed - run.PhaseSince >= CoordinatorState.RepeatInterval;
        if (isTime)
        {
            run.PhaseSince = state.Elapsed;
        }
        return isTime;
    }

    public void OnFormed(Formed formed)
    {
        if (
            FormationOf(formed.Epoch) is not { } formation
            || state.Run is not { Phase: RunPhase.Forming } run
            || !formation.Has(formed.Node)
        )
        {
            return;
        }
        formation.Formed.Add(formed.Node);
        (formation.LookaheadNanoseconds, formation.Link) = (
            formed.LookaheadNanoseconds,
            formed.Link
        );
        if (!formation.HasFormed)
        {
            return;
        }
        state.Do(new CoordinatorEffect.SettleCells());
        run.Checkpoints.Restart(state.Elapsed);
        formation.Progress = (0, state.Elapsed);
        double took = run.Clock.StandingTime(state.Elapsed).TotalMilliseconds;
        run.CountFormation(took);
        state.Note(
            run,
            string.Create(
                CultureInfo.InvariantCulture,
                $"formation {formed.Epoch} runs, after {took:0} ms"
            )
        );
        state.Enter(run, RunPhase.Running);
        state.TellSeats(run, new Go(formed.Epoch));
    }

    public void OnFormingFailed(FormingFailed failed)
    {
        if (
            state.Run is { IsOver: false, Formation: { } formation } run
            && formation.Epoch == failed.Epoch
            && formation.Needs(failed.Node)
        )
        {
            OnFailing(run, failed.Node, failed.What);
        }
    }

    /// <summary>
    /// A node's part has ended, but not the machine. Perhaps that is the first sign of a node that goes: it is
    /// for the next moment at which it is known who lives.
    /// </summary>
    private void OnFailing(ActiveRun run, string node, string what)
    {
        run.Failing ??= (node, what);
        state.IsAttentionDue = true;
    }

    public void OnHalted(Halted halted)
    {
        if (
            FormationOf(halted.Epoch) is not { } formation
            || state.Run is not { Phase: RunPhase.Running or RunPhase.Pausing or RunPhase.Held } run
            || !formation.Has(halted.Node)
        )
        {
            return;
        }
        if (halted.Reason == HaltReason.Crashed)
        {
            OnFailing(run, halted.Node, halted.What ?? "its part has ended");
            return;
        }
        formation.Halts[halted.Node] = halted;
        if (formation.HasHalted && run is { Preparing: null, IsConcluding: false })
        {
            Judge(run, formation);
        }
    }

    /// <summary>
    /// A node that the formation needs is no member any more. It is looked for each time: that it has gone may be
    /// heard after another process has come and taken its name.
    /// </summary>
    private void NoticeLoss(ActiveRun run)
    {
        if (run.Formation is not { } formation || run.Preparing is { IsRestore: true })
        {
            return;
        }
        ClusterSeat? lost = formation.Needed.FirstOrDefault(seat =>
            !state.Cluster.IsAlive(seat.Address)
        );
        if (lost is not null)
        {
            run.Loss ??= $"{lost.Name} was lost at {CoordinatorState.Text(state.ReachedBy(run))}";
        }
        else if (formation.Needed.FirstOrDefault(IsElsewhere) is { } elsewhere)
        {
            run.Loss ??= $"{elsewhere.Name} was in a formation of another coordinator";
        }

        bool IsElsewhere(ClusterSeat seat) =>
            state.Nodes.FindAt(seat.Address)?.Report.Epoch > formation.Epoch;
    }

    /// <summary>The run's formation, if it has this number and this coordinator still has a say.</summary>
    private CurrentFormation? FormationOf(long epoch) =>
        !state.HasNoSay && state.Run?.Formation is { } formation && formation.Epoch == epoch
            ? formation
            : null;

    /// <summary>
    /// All nodes of the formation have halted. That the machine broke is believed only while all of them are
    /// known to live: otherwise it is run again on those that are left, and breaks again if it is true.
    /// </summary>
    private void Judge(ActiveRun run, CurrentFormation formation)
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
            formations.Break(run, first.What!);
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
        else if (run.Wishes is { Stop: false, Keep: false } && !state.IsUndecided)
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
        if (run.Wishes.Stop)
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

    /// <summary>What all nodes wrote when they halted is the last checkpoint.</summary>
    private void Conclude(ActiveRun run, RunPhase phase)
    {
        checkpoints.NoteCost(run);
        run.IsConcluding = true;
        Commit(run, CheckpointKeeper.ManifestOfHalts(run, isDone: phase == RunPhase.Done), phase);
    }

    private void Commit(ActiveRun run, CheckpointManifest manifest, RunPhase phase) =>
        state.AskDisk(
            new DiskRequest.Commit(manifest, [.. run.CellNames]),
            answer =>
            {
                if (answer is not DiskAnswer.Failed failed)
                {
                    run.Result = manifest;
                    state.Enter(run, phase);
                    formations.Dissolve(run);
                }
                else if (failed.IsDamage && ++run.LostResults <= MostLostResults)
                {
                    run.IsConcluding = false;
                    formations.RestoreLater(run, failed.What);
                }
                else if (failed.IsDamage || !formations.MayAskAgain(run, failed))
                {
                    // Without it there is no result.
                    formations.Break(
                        run,
                        $"checkpoint: {failed.What}; to go on: pvtimer run --resume"
                    );
                }
                else
                {
                    state.After(
                        CoordinatorState.RepeatInterval,
                        () => Commit(run, manifest, phase)
                    );
                }
            }
        );

    /// <summary>Stops at the next barrier, with a checkpoint, or at once if it has not begun.</summary>
    public void Stop(ActiveRun run)
    {
        run.Wishes.Stop = true;
        if (run.Phase == RunPhase.Waiting)
        {
            run.Preparing = null;
            state.Enter(run, RunPhase.Stopped);
        }
        state.IsAttentionDue = true;
    }
}
