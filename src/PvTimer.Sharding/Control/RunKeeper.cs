using System.Collections.Immutable;
using System.Globalization;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>
/// A run from its first formation to its last: what is due, and what the nodes say.
/// </summary>
/// <remarks>
/// Regions know from the beginning of their formation where to halt, so all of them halt at that very instant
/// and no message has to be in time. A hold that changes meanwhile is a new formation.
/// </remarks>
internal sealed class RunKeeper(
    CoordinatorState state,
    Formations formations,
    CheckpointKeeper checkpoints,
    RunHalts halts,
    Learners learners
)
{
    private readonly StallWatch _stalls = new(state);

    /// <summary>What is due now in a run that is not over.</summary>
    public void Attend(ActiveRun run)
    {
        if (run.Machine is null || run.RecalledBy is not null || run.IsConcluding)
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
            if (run.Formation is { } formation)
            {
                learners.Attend(formation);
            }
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
                halts.Judge(run, run.Formation);
                break;
            case RunPhase.Running:
                AttendRunning(run, run.Formation!);
                break;
            case RunPhase.Held:
                halts.AttendHeld(run, run.Formation!);
                break;
            case RunPhase.Forming when _stalls.LacksStates(run.Formation!):
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
        if (_stalls.HasStalled(formation))
        {
            formations.Restore(
                run,
                "no round ended for 3 s though all nodes wait: frames were lost"
            );
        }
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
        )
        {
            if (formation.Needs(failed.Node))
            {
                OnFailing(run, failed.Node, failed.What);
            }
            else
            {
                formation.Failed.Add(failed.Node);
            }
        }
    }

    /// <summary>
    /// A node's part has ended, but not the machine. Perhaps that is the first sign of a node that goes: it is
    /// for the next moment at which it is known who lives.
    /// </summary>
    public void OnFailing(ActiveRun run, string node, string what)
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
            halts.Judge(run, formation);
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
        if ((LostOf(formation.Form.Seats) ?? LostOf(formation.Givers)) is { } lost)
        {
            run.Loss ??= $"{lost.Name} was lost at {CoordinatorState.Text(state.ReachedBy(run))}";
        }
        else if (
            (
                ElsewhereOf(formation.Form.Seats, formation.Epoch)
                ?? ElsewhereOf(formation.Givers, formation.Epoch)
            ) is
            { } elsewhere
        )
        {
            run.Loss ??= $"{elsewhere.Name} was in a formation of another coordinator";
        }
    }

    /// <summary>The first that is no member any more; null: all are.</summary>
    private ClusterSeat? LostOf(ImmutableArray<ClusterSeat> seats)
    {
        foreach (ClusterSeat seat in seats)
        {
            if (!state.Cluster.IsAlive(seat.Address))
            {
                return seat;
            }
        }
        return null;
    }

    /// <summary>The first that was in a later formation; null: none was.</summary>
    private ClusterSeat? ElsewhereOf(ImmutableArray<ClusterSeat> seats, long epoch)
    {
        foreach (ClusterSeat seat in seats)
        {
            if (state.Nodes.FindAt(seat.Address)?.Report.Epoch > epoch)
            {
                return seat;
            }
        }
        return null;
    }

    /// <summary>The run's formation, if it has this number and this coordinator still has a say.</summary>
    private CurrentFormation? FormationOf(long epoch) =>
        !state.HasNoSay && state.Run?.Formation is { } formation && formation.Epoch == epoch
            ? formation
            : null;
}
