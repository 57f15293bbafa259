using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Akka.Actor;
using Akka.Event;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Coordination;

/// <summary>From formation to formation.</summary>
internal sealed partial class CoordinatorActor
{
    /// <summary>All nodes wait for frames and no round ends for so long: frames were lost.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(3);

    /// <summary>Said again now and then: a message may have been lost with a connection.</summary>
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromSeconds(1);

    /// <summary>What the run's machine is made of, for placing it; null until it is needed.</summary>
    private ImmutableArray<PlacementCell> _cells = [];

    private Scenario? _scenario;

    private void OnSubmit(Submit submit)
    {
        if (_isInformed && (_run is null || (_run.IsOver && _run.Spec.Id != submit.Run.Id)))
        {
            try
            {
                _run = new ActiveRun(submit.Run);
                LoadMachine(submit.Run);
                TakeResultIfThere(_run);
                Attend(_run);
            }
            catch (Exception e) when (e is ScenarioException or System.IO.IOException)
            {
                Break(_run!, e.Message);
            }
        }
        Sender.Tell(StatusOf(submit.Run.Id));
    }

    private void LoadMachine(RunSpec run)
    {
        (_, _cells) = FormationPlan.MachineOf(run);
        _scenario = ScenarioReader.Read(run.ScenarioFile, []);
    }

    /// <summary>What is due now in a run that is not over.</summary>
    private void Attend(ActiveRun run)
    {
        if (run.Loss is { } loss)
        {
            run.Loss = null;
            Restore(run, loss);
            return;
        }
        switch (run.Phase)
        {
            case RunPhase.Waiting:
                BeginIfNodesAreThere(run);
                break;
            case RunPhase.Running:
                AttendRunning(run);
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

    private void CheckpointIfDue(ActiveRun run)
    {
        int interval = run.Spec.CheckpointMilliseconds;
        // One that does not become whole (a message was lost) is not waited for for ever.
        double wait = run.IsCheckpointing ? interval + CheckpointLimit.TotalMilliseconds : interval;
        if (interval > 0 && (DateTime.UtcNow - run.CheckpointedAt).TotalMilliseconds >= wait)
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
            run.Progress = (rounds, DateTime.UtcNow);
            return false;
        }
        return DateTime.UtcNow - run.Progress.At > StallLimit;
    }

    /// <summary>Whether the plan for the nodes there are now differs from where cells live.</summary>
    private bool IsMisplaced(ActiveRun run)
    {
        try
        {
            (ImmutableArray<ClusterSeat> seats, ImmutableArray<int> homes) = Plan(run);
            return !seats
                    .Select(seat => seat.Address)
                    .SequenceEqual(
                        run.Form!.Seats.Select(seat => seat.Address),
                        StringComparer.Ordinal
                    ) || !homes.SequenceEqual(run.Form.Homes);
        }
        catch (PlacementException)
        {
            // Where it is now is better than nowhere.
            return false;
        }
    }

    /// <summary>The nodes that get cells, and for each cell which of them.</summary>
    private (ImmutableArray<ClusterSeat> Seats, ImmutableArray<int> Homes) Plan(ActiveRun run)
    {
        ImmutableArray<ClusterSeat> eligible = [.. EligibleSeats()];
        ImmutableArray<string> homes = PlacementPlan.Decide(
            _cells,
            eligible,
            _scenario!.Placement.Policy,
            _scenario.Placement.Pins.SetItems(run.Pins)
        );
        ImmutableArray<ClusterSeat> seats =
        [
            .. eligible
                .Where(seat => homes.Contains(seat.Name, StringComparer.Ordinal))
                .OrderBy(seat => seat.Name, StringComparer.Ordinal),
        ];
        List<string> names = [.. seats.Select(seat => seat.Name)];
        return (seats, [.. homes.Select(names.IndexOf)]);
    }

    /// <summary>A formation from the last checkpoint that is whole, or from the beginning.</summary>
    private void Restore(ActiveRun run, string why)
    {
        try
        {
            var store = new CheckpointStore(run.Spec.Directory);
            CheckpointManifest? last = store.FindLast(out ImmutableArray<string> damaged);
            foreach (string line in damaged)
            {
                run.Note($"checkpoint is damaged, the one before is used: {line}");
            }
            if (last is { Done: true })
            {
                run.Result = last;
                Enter(run, RunPhase.Done);
                return;
            }
            if (last is not null && NameOf(last.Run) != NameOf(run.Spec))
            {
                // Commands had changed the scenario. The directory may have been moved since.
                run.Spec = run.Spec with
                {
                    ScenarioFile = System.IO.Path.Combine(run.Spec.Directory, NameOf(last.Run)),
                };
                LoadMachine(run.Spec);
            }
            _epoch = Math.Max(_epoch, last?.Epoch ?? 0);
            string from = last is null
                ? "the beginning"
                : $"the checkpoint of {Text(last.ReachedNanoseconds)}";
            Reform(
                run,
                $"{why}; from {from}",
                last is null ? StateSource.Beginning : StateSource.Checkpoint,
                last?.ReachedNanoseconds ?? 0,
                last?.Parts ?? []
            );
        }
        catch (Exception e) when (e is System.IO.IOException or UnauthorizedAccessException)
        {
            Break(run, $"checkpoints in {run.Spec.Directory}: {e.Message}");
        }
    }

    private void Reform(
        ActiveRun run,
        string why,
        StateSource source,
        long reached,
        ImmutableArray<CheckpointPart> files
    )
    {
        ImmutableArray<ClusterSeat> seats;
        ImmutableArray<int> homes;
        try
        {
            (seats, homes) = Plan(run);
        }
        catch (PlacementException e)
        {
            Break(run, e.Message);
            return;
        }
        HashSet<string> informed = [.. run.Seats.Select(seat => seat.Name)];
        run.Givers.Clear();
        if (source == StateSource.Barrier)
        {
            run.Givers.UnionWith(informed);
        }
        informed.UnionWith(seats.Select(seat => seat.Name));
        _epoch++;
        run.Note(
            $"formation {_epoch} on {string.Join(", ", seats.Select(seat => seat.Name))}: {why}"
        );
        _log.Info("{0}", run.History[^1]);
        run.Form = new Form(
            _epoch,
            run.Spec,
            seats,
            homes,
            source,
            reached,
            files,
            run.Pins,
            [.. run.History]
        );
        run.Formed.Clear();
        run.Halts.Clear();
        run.Written.Clear();
        run.IsCheckpointing = false;
        run.PauseWanted = null;
        _board.Want(
            _cells
                .Select((cell, index) => (cell.Name, Address.Parse(seats[homes[index]].Address)))
                .ToImmutableDictionary(
                    entry => entry.Name,
                    entry => entry.Item2,
                    StringComparer.Ordinal
                )
        );
        run.Progress = (0, DateTime.UtcNow);
        Enter(run, RunPhase.Forming);
        foreach (string node in informed)
        {
            _nodes.ActorOf(node).Tell(run.Form);
        }
    }

    private void OnFormed(Formed formed)
    {
        if (!IsCurrent(formed.Epoch, RunPhase.Forming) || !_run!.Has(formed.Node))
        {
            return;
        }
        _run.Formed.Add(formed.Node);
        if (_run.AllSaid(_run.Formed))
        {
            _board.Settle();
            _run.CheckpointedAt = DateTime.UtcNow;
            _run.Progress = (0, DateTime.UtcNow);
            _run.Givers.Clear();
            _run.Note(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"formation {formed.Epoch} runs, after {_run.StandingTime.TotalMilliseconds:0} ms"
                )
            );
            Enter(_run, RunPhase.Running);
            ToSeats(_run, new Go(formed.Epoch));
        }
    }

    private void OnFormingFailed(FormingFailed failed)
    {
        if (_run is { IsOver: false } run && run.Form?.Epoch == failed.Epoch)
        {
            FormAgainOrBreak(run, $"{failed.Node}: {failed.What}");
        }
    }

    private void OnHalted(Halted halted)
    {
        bool isCurrent =
            IsCurrent(halted.Epoch, RunPhase.Running) || IsCurrent(halted.Epoch, RunPhase.Pausing);
        if (!isCurrent || !_run!.Has(halted.Node))
        {
            return;
        }
        ActiveRun run = _run;
        run.Halts[halted.Node] = halted;
        if (!run.AllSaid(run.Halts.Keys))
        {
            return;
        }
        run.Clock(isRunning: false);
        Halted[] all = [.. run.Halts.Values];
        if (Array.Find(all, halt => halt.Reason == HaltReason.Crashed) is { } crashed)
        {
            Break(run, $"{crashed.Node}: {crashed.What}");
        }
        else if (Array.Exists(all, halt => halt.Reason == HaltReason.Broken))
        {
            Halted first = all.Where(halt => halt.BrokeAt is not null)
                .OrderBy(halt => halt.BrokeAt!.TimeNanoseconds)
                .ThenBy(halt => halt.BrokeAt!.Source)
                .ThenBy(halt => halt.BrokeAt!.Sequence)
                .First();
            Break(run, first.What!);
        }
        else if (Array.TrueForAll(all, halt => halt.Reason == HaltReason.Done))
        {
            Conclude(run, RunPhase.Done);
        }
        else if (run.StopWanted)
        {
            Conclude(run, RunPhase.Stopped);
        }
        else
        {
            GoOnFromBarrier(run, halted.ReachedNanoseconds);
        }
    }

    /// <summary>All have frozen at one barrier: the next formation takes it from there.</summary>
    private void GoOnFromBarrier(ActiveRun run, long reached)
    {
        string why = run.PauseWanted ?? "paused";
        if (run.Commanded.Count > 0)
        {
            why = AmendScenario(run, reached);
        }
        Reform(run, $"{why}; at {Text(reached)}", StateSource.Barrier, reached, []);
    }

    /// <summary>What all nodes wrote when they halted is the last checkpoint.</summary>
    private void Conclude(ActiveRun run, RunPhase phase)
    {
        Halted any = run.Halts.Values.First();
        var manifest = new CheckpointManifest(
            CheckpointManifest.CurrentVersion,
            run.Spec,
            run.Form!.Epoch,
            any.Round,
            any.ReachedNanoseconds,
            phase == RunPhase.Done,
            [.. run.Seats.Select(seat => run.Halts[seat.Name].Part!)],
            [.. run.History]
        );
        if (Commit(run, manifest))
        {
            run.Result = manifest;
            Enter(run, phase);
            Dissolve(run);
        }
    }

    private void OnCheckpointWritten(CheckpointWritten written)
    {
        if (_run is not { IsCheckpointing: true } run || run.Form!.Epoch != written.Epoch)
        {
            return;
        }
        run.Written[written.Node] = written;
        if (!run.AllSaid(run.Written.Keys))
        {
            return;
        }
        run.IsCheckpointing = false;
        run.CheckpointedAt = DateTime.UtcNow;
        Commit(
            run,
            new CheckpointManifest(
                CheckpointManifest.CurrentVersion,
                run.Spec,
                written.Epoch,
                written.Round,
                written.ReachedNanoseconds,
                Done: false,
                [.. run.Seats.Select(seat => run.Written[seat.Name].Part)],
                [.. run.History]
            )
        );
    }

    private bool Commit(ActiveRun run, CheckpointManifest manifest)
    {
        try
        {
            new CheckpointStore(run.Spec.Directory).Commit(manifest);
            run.Failures = 0;
            return true;
        }
        catch (Exception e) when (e is System.IO.IOException or UnauthorizedAccessException)
        {
            Break(run, $"checkpoint: {e.Message}");
            return false;
        }
    }

    private void OnNodeLost(string node)
    {
        if (
            _run is { IsOver: false, Form: not null } run
            && (run.Has(node) || run.Givers.Contains(node))
        )
        {
            run.Loss ??= $"{node} was lost at {Text(ReachedBy(run))}";
            OnLook();
        }
    }

    /// <summary>The successor of a coordinator takes over what the nodes know.</summary>
    private void OnRecalled(Recalled recalled)
    {
        if (_isInformed)
        {
            return;
        }
        _isInformed = true;
        if (recalled.Form is not { } form)
        {
            return;
        }
        ActiveRun run = new(form.Run) { Form = form, Pins = form.Pins };
        run.Inherit(form.History);
        _run = run;
        LoadMachine(form.Run);
        bool isWhole = form.Seats.All(seat =>
            _nodes.Find(seat.Name) is { Phase: NodePhase.Running } report
            && report.Epoch == form.Epoch
        );
        if (isWhole)
        {
            run.Note("the coordinator has moved");
            Enter(run, RunPhase.Running);
        }
        else
        {
            Restore(run, "the coordinator was lost");
        }
    }

    private void Repeat(ActiveRun run)
    {
        if (DateTime.UtcNow - run.PhaseSince < RepeatInterval)
        {
            return;
        }
        run.PhaseSince = DateTime.UtcNow;
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
        _run is not null && _run.Phase == phase && _run.Form!.Epoch == epoch;

    private static void Enter(ActiveRun run, RunPhase phase)
    {
        run.Clock(phase is RunPhase.Running or RunPhase.Pausing);
        run.Stand(phase is RunPhase.Pausing or RunPhase.Forming);
        run.Phase = phase;
        run.PhaseSince = DateTime.UtcNow;
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

    private static string NameOf(RunSpec run) => System.IO.Path.GetFileName(run.ScenarioFile);

    private static string Text(long nanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.###} ms");
}
