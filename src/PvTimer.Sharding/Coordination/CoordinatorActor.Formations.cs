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

/// <summary>
/// One formation after the other: who takes which seat, where the state comes from, and what the nodes say
/// when they have formed and when they have halted.
/// </summary>
internal sealed partial class CoordinatorActor
{
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

    /// <summary>
    /// A formation from the last checkpoint that is whole, but not from behind the instant at which the run is
    /// to stand still; or from the beginning. What was commanded since that checkpoint is in the scenario.
    /// </summary>
    private void Restore(ActiveRun run, string why)
    {
        try
        {
            if (!IsAsItWas(run, _inputSha256))
            {
                return;
            }
            var store = new CheckpointStore(run.Spec.Directory);
            CheckpointManifest? last = store.FindLast(
                run.Spec,
                CellNames,
                run.HoldAtNanoseconds ?? long.MaxValue,
                out ImmutableArray<string> damaged
            );
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
            if (
                last is not null
                && !run.IsAmended
                && last.Run.ScenarioName != run.Spec.ScenarioName
            )
            {
                // Commands had changed the scenario when it was run before. The directory may have been moved since.
                run.Spec = run.Spec with
                {
                    ScenarioFile = System.IO.Path.Combine(
                        run.Spec.Directory,
                        last.Run.ScenarioName
                    ),
                };
                LoadMachine(run.Spec);
            }
            if (!run.HasTakenUpCommands)
            {
                run.Spec = run.Spec with { Commands = last?.Run.Commands ?? 0 };
                TakeUpCommands(run, isSuccessor: false);
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
        catch (Exception e)
            when (e is System.IO.IOException or UnauthorizedAccessException or ScenarioException)
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
            _epoch = new CheckpointStore(run.Spec.Directory).ClaimEpoch(_epoch);
        }
        catch (PlacementException e)
        {
            Break(run, e.Message);
            return;
        }
        catch (Exception e) when (e is System.IO.IOException or UnauthorizedAccessException)
        {
            Break(run, $"checkpoints in {run.Spec.Directory}: {e.Message}");
            return;
        }
        HashSet<string> informed = [.. run.Seats.Select(seat => seat.Name)];
        run.Givers.Clear();
        if (source == StateSource.Barrier)
        {
            run.Givers.UnionWith(informed);
        }
        informed.UnionWith(seats.Select(seat => seat.Name));
        run.Note(
            $"formation {_epoch} on {string.Join(", ", seats.Select(seat => seat.Name))}: {why}"
        );
        _log.Info("{0}", run.History[^1]);
        // All that was accepted is in this formation, except for events that wait for a barrier.
        run.Spec = run.Spec with
        {
            Commands = run.Commanded.Count == 0 ? run.LastCommand : run.Commanded[0].Number - 1,
        };
        run.Form = new Form(
            _epoch,
            run.Spec,
            _inputSha256,
            seats,
            homes,
            source,
            reached,
            files,
            run.Pins,
            [.. run.History],
            run.HoldAtNanoseconds,
            run.NanosecondsPerSecond
        );
        run.Formed.Clear();
        run.Halts.Clear();
        run.Written.Clear();
        run.IsCheckpointing = false;
        run.Failing = null;
        run.KeepAskedAt = null;
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
        run.Progress = (0, MonotonicTime.Now);
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
        (_run.LookaheadNanoseconds, _run.Link) = (formed.LookaheadNanoseconds, formed.Link);
        if (_run.AllSaid(_run.Formed))
        {
            _board.Settle();
            _run.CheckpointedAt = MonotonicTime.Now;
            _run.Progress = (0, MonotonicTime.Now);
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
        if (
            _run is { IsOver: false } run
            && run.Form?.Epoch == failed.Epoch
            && (run.Has(failed.Node) || run.Givers.Contains(failed.Node))
        )
        {
            OnFailing(run, failed.Node, failed.What);
        }
    }

    /// <summary>
    /// A node's part has ended, but not the machine. Perhaps that is the first sign of a node that goes: it is
    /// for the next tick on which it is known who lives.
    /// </summary>
    private void OnFailing(ActiveRun run, string node, string what)
    {
        run.Failing ??= (node, what);
        OnTick();
    }

    private void OnHalted(Halted halted)
    {
        bool isCurrent =
            IsCurrent(halted.Epoch, RunPhase.Running)
            || IsCurrent(halted.Epoch, RunPhase.Pausing)
            || IsCurrent(halted.Epoch, RunPhase.Held);
        if (!isCurrent || !_run!.Has(halted.Node))
        {
            return;
        }
        if (halted.Reason == HaltReason.Crashed)
        {
            OnFailing(_run, halted.Node, halted.What ?? "its part has ended");
            return;
        }
        _run.Halts[halted.Node] = halted;
        if (_run.AllSaid(_run.Halts.Keys))
        {
            Judge(_run);
        }
    }

    /// <summary>
    /// All nodes of the formation have halted. That the machine broke is believed only while all of them are
    /// known to live: otherwise it is run again on those that are left, and breaks again if it is true.
    /// </summary>
    private void Judge(ActiveRun run)
    {
        run.Clock(isRunning: false);
        Halted[] all = [.. run.Halts.Values];
        if (Array.Exists(all, halt => halt.Reason == HaltReason.Broken))
        {
            if (IsUndecided || run.Loss is not null)
            {
                return;
            }
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
        else
        {
            OnPaused(run, all[0].ReachedNanoseconds);
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
            OnTick();
        }
    }

    /// <summary>Breaks a run whose inputs were changed: the nodes would read them again, and go on with another run.</summary>
    private bool IsAsItWas(ActiveRun run, string inputSha256)
    {
        bool isSame = InputHash.Of(run.Spec.ScenarioFile) == inputSha256;
        if (!isSame)
        {
            Break(
                run,
                $"{run.Spec.ScenarioFile} or a recording in it is not what was run; accepted: as they were when it began"
            );
        }
        return isSame;
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
        ActiveRun run = new(form.Run)
        {
            Form = form,
            Pins = form.Pins,
            HoldAtNanoseconds = form.HoldAtNanoseconds,
            NanosecondsPerSecond = form.NanosecondsPerSecond,
        };
        run.Inherit(form.History);
        _run = run;
        try
        {
            LoadMachine(form.Run);
            if (!IsAsItWas(run, form.InputSha256))
            {
                return;
            }
            TakeUpCommands(run, isSuccessor: true);
        }
        catch (Exception e)
            when (e is System.IO.IOException or UnauthorizedAccessException or ScenarioException)
        {
            Break(run, e.Message);
            return;
        }
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
            run.Loss = "the coordinator was lost";
            OnTick();
        }
    }
}
