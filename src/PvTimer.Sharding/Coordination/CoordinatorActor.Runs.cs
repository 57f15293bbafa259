using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Akka.Actor;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Coordination;

/// <summary>A run from its submission to its end: what is due, checkpoints, the last word.</summary>
internal sealed partial class CoordinatorActor
{
    /// <summary>All nodes wait for frames and no round ends for so long: frames were lost.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(3);

    /// <summary>Of wall time, what freezing for checkpoints may take; they come more rarely if it would be more.</summary>
    private const double CheckpointShare = 0.02;

    /// <summary>Said again now and then: a message may have been lost with a connection.</summary>
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromSeconds(1);

    /// <summary>What the run's machine is made of, for placing it; null until it is needed.</summary>
    private ImmutableArray<PlacementCell> _cells = [];

    private Scenario? _scenario;

    /// <summary>Of its scenario as it was read, see <see cref="CheckpointManifest.InputSha256"/>.</summary>
    private string _inputSha256 = "";

    private IEnumerable<string> CellNames => _cells.Select(cell => cell.Name);

    private void OnSubmit(Submit submit)
    {
        if (_isInformed && (_run is null || (_run.IsOver && _run.Spec.Id != submit.Run.Id)))
        {
            try
            {
                _run = new ActiveRun(submit.Run) { HoldAtNanoseconds = submit.HoldAtNanoseconds };
                LoadMachine(submit.Run);
                TakeResultIfThere(_run);
                OnTick();
            }
            catch (Exception e)
                when (e is ScenarioException or System.IO.IOException or UnauthorizedAccessException
                )
            {
                Break(_run!, e.Message);
            }
        }
        Sender.Tell(StatusOf(submit.Run.Id));
    }

    private void LoadMachine(RunSpec run)
    {
        (_, _cells) = FormationPlan.MachineOf(run);
        _inputSha256 = InputHash.Of(run.ScenarioFile);
        _scenario = ScenarioReader.Read(run.ScenarioFile, []);
    }

    /// <summary>What is due now in a run that is not over.</summary>
    private void Attend(ActiveRun run)
    {
        if (run.Loss is { } loss)
        {
            // Why the formation failed there, or its verdict, goes with the node.
            (run.Loss, run.Failing) = (null, null);
            Restore(run, loss);
            return;
        }
        if (run.Failing is { } failing)
        {
            run.Failing = null;
            FormAgainOrBreak(run, failing);
            return;
        }
        switch (run.Phase)
        {
            case RunPhase.Waiting:
                BeginIfNodesAreThere(run);
                break;
            case RunPhase.Running or RunPhase.Pausing when run.AllSaid(run.Halts.Keys):
                Judge(run);
                break;
            case RunPhase.Running:
                AttendRunning(run);
                break;
            case RunPhase.Held:
                AttendHeld(run);
                break;
            case RunPhase.Forming when LacksStates(run):
                Restore(run, "frozen cells were lost on their way");
                break;
            case RunPhase.Forming or RunPhase.Pausing:
                Repeat(run);
                break;
            default:
                break;
        }
    }

    private void BeginIfNodesAreThere(ActiveRun run)
    {
        if (EligibleSeats().Count() < run.Spec.Nodes)
        {
            return;
        }
        Restore(run, "begun");
    }

    private void AttendRunning(ActiveRun run)
    {
        if (run.PauseWanted is null && IsMisplaced(run))
        {
            run.PauseWanted = "the nodes have changed";
        }
        if (run.HoldAtNanoseconds != run.Form!.HoldAtNanoseconds)
        {
            run.PauseWanted ??= "the hold has changed";
        }
        if (run.NanosecondsPerSecond != run.Form.NanosecondsPerSecond)
        {
            run.PauseWanted ??= "the pace has changed";
        }
        if (run.PauseWanted is not null || run.StopWanted || run.Commanded.Count > 0)
        {
            Enter(run, RunPhase.Pausing);
            ToSeats(run, new Pause(run.Form!.Epoch, run.StopWanted));
            return;
        }
        CheckpointIfDue(run);
        RepeatToThoseBehind(run);
        if (HasStalled(run))
        {
            Restore(run, "no round ended for 3 s though all nodes wait: frames were lost");
        }
    }

    /// <summary>As often as asked for, but a large machine is not kept standing for more than its share.</summary>
    private void CheckpointIfDue(ActiveRun run)
    {
        int asked = run.Spec.CheckpointMilliseconds;
        double wait = Math.Max(asked, run.LastFreezingMilliseconds / CheckpointShare);
        if (run.IsCheckpointing)
        {
            // One that does not become whole (a message was lost) is not waited for for ever.
            wait += CheckpointLimit.TotalMilliseconds;
        }
        if (asked > 0 && (MonotonicTime.Now - run.CheckpointedAt).TotalMilliseconds >= wait)
        {
            BeginCheckpoint(run);
        }
    }

    private void BeginCheckpoint(ActiveRun run)
    {
        run.IsCheckpointing = true;
        run.Written.Clear();
        _nodes.ActorOf(run.Form!.Seats[0].Name).Tell(new TakeCheckpoint(run.Form.Epoch));
    }

    private bool HasStalled(ActiveRun run)
    {
        long rounds = 0;
        bool allWait = true;
        foreach (ClusterSeat seat in run.Seats)
        {
            NodeReport? report = _nodes.Find(seat.Name);
            rounds += report?.Round ?? 0;
            allWait &=
                report?.WaitingFor is not null
                && report.Epoch == run.Form!.Epoch
                && _nodes.SilenceOf(seat.Name) < RepeatInterval;
        }
        if (!allWait || rounds != run.Progress.Rounds)
        {
            run.Progress = (rounds, MonotonicTime.Now);
            return false;
        }
        return MonotonicTime.Now - run.Progress.At > StallLimit;
    }

    /// <summary>What all nodes wrote when they halted is the last checkpoint.</summary>
    private void Conclude(ActiveRun run, RunPhase phase)
    {
        NoteCheckpoints(run);
        CheckpointManifest manifest = ManifestOfHalts(run, isDone: phase == RunPhase.Done);
        if (TryCommit(run, manifest) is { } trouble)
        {
            // Without it there is no result.
            Break(run, $"checkpoint: {trouble}");
            return;
        }
        run.Result = manifest;
        Enter(run, phase);
        Dissolve(run);
    }

    private static void NoteCheckpoints(ActiveRun run)
    {
        if (run.Checkpoints == 0)
        {
            return;
        }
        double all = run.RunTime.TotalMilliseconds;
        run.Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"checkpoints {run.Checkpoints}: stood {run.FreezingMilliseconds:0} ms for them ({run.FreezingMilliseconds / all:0.0 %}), wrote them meanwhile in {run.WritingMilliseconds:0} ms ({run.WritingMilliseconds / all:0.0 %})"
            )
        );
    }

    private void OnCheckpointWritten(CheckpointWritten written)
    {
        if (
            IsDeposed
            || _run is not { IsCheckpointing: true } run
            || run.Form!.Epoch != written.Epoch
        )
        {
            return;
        }
        run.TakeWritten(written);
        if (!run.AllSaid(run.Written.Keys))
        {
            return;
        }
        run.CountCheckpoint();
        Keep(
            run,
            ManifestOf(
                run,
                written.Round,
                written.ReachedNanoseconds,
                isDone: false,
                [.. run.Seats.Select(seat => run.Written[seat.Name].Part)]
            )
        );
    }

    private void OnCheckpointFailed(CheckpointFailed failed)
    {
        if (
            !IsDeposed
            && _run is { IsOver: false } run
            && run.Form?.Epoch == failed.Epoch
            && run.Has(failed.Node)
        )
        {
            GoOnWithout(run, $"{failed.Node}: {failed.What}");
        }
    }

    /// <summary>Makes a checkpoint of what is written; without it the run goes on, and only a fault costs more.</summary>
    private static void Keep(ActiveRun run, CheckpointManifest manifest)
    {
        if (TryCommit(run, manifest) is { } trouble)
        {
            GoOnWithout(run, trouble);
        }
        else
        {
            run.CheckpointTrouble = null;
        }
    }

    /// <summary>The next one is due after the usual time, and what kept this one is said once.</summary>
    private static void GoOnWithout(ActiveRun run, string trouble)
    {
        run.IsCheckpointing = false;
        run.CheckpointedAt = MonotonicTime.Now;
        if (run.CheckpointTrouble is null)
        {
            run.Note($"no checkpoint, and the run goes on without: {trouble}");
        }
        run.CheckpointTrouble = trouble;
    }

    private CheckpointManifest ManifestOf(
        ActiveRun run,
        long round,
        long reached,
        bool isDone,
        ImmutableArray<CheckpointPart> parts
    ) =>
        new(
            CheckpointManifest.CurrentVersion,
            run.Spec,
            _inputSha256,
            run.Form!.Epoch,
            round,
            reached,
            isDone,
            parts,
            [.. run.History]
        );

    /// <returns>What kept it from being written; null: it is.</returns>
    private static string? TryCommit(ActiveRun run, CheckpointManifest manifest)
    {
        try
        {
            new CheckpointStore(run.Spec.Directory).Commit(manifest);
            return null;
        }
        catch (Exception e)
            when (e
                    is System.IO.IOException
                        or UnauthorizedAccessException
                        or CheckpointDamagedException
            )
        {
            return e.Message;
        }
    }

    private void Repeat(ActiveRun run)
    {
        if (MonotonicTime.Now - run.PhaseSince < RepeatInterval)
        {
            return;
        }
        run.PhaseSince = MonotonicTime.Now;
        ToSeats(
            run,
            run.Phase == RunPhase.Forming ? run.Form! : new Pause(run.Form!.Epoch, run.StopWanted)
        );
    }

    private void Break(ActiveRun run, string what)
    {
        run.Failure = what;
        Enter(run, RunPhase.Broken);
        Dissolve(run);
    }

    private void Dissolve(ActiveRun run)
    {
        if (run.Form is { } form)
        {
            ToSeats(run, new Dissolve(form.Epoch));
        }
    }

    private bool IsCurrent(long epoch, RunPhase phase) =>
        !IsDeposed && _run is not null && _run.Phase == phase && _run.Form!.Epoch == epoch;

    private static void Enter(ActiveRun run, RunPhase phase)
    {
        run.Clock(phase is RunPhase.Running or RunPhase.Pausing);
        run.Stand(phase is RunPhase.Pausing or RunPhase.Forming);
        run.Phase = phase;
        run.PhaseSince = MonotonicTime.Now;
    }

    private void ToSeats(ActiveRun run, object message)
    {
        foreach (ClusterSeat seat in run.Seats)
        {
            _nodes.ActorOf(seat.Name).Tell(message);
        }
    }

    private long ReachedBy(ActiveRun run) =>
        run
            .Seats.Select(seat => _nodes.Find(seat.Name)?.ReachedNanoseconds ?? 0)
            .DefaultIfEmpty()
            .Max();

    private static string Text(long nanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.###} ms");
}
