using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// The state of a machine that one process runs, in the form of a cluster's checkpoint: either can go on from
/// what the other wrote.
/// </summary>
public static class LocalCheckpoint
{
    private const string Node = "alone";

    /// <summary>Writes the whole machine as the run's last checkpoint.</summary>
    /// <param name="run">Its scenario file is there.</param>
    /// <param name="state">The whole machine at one instant.</param>
    /// <param name="isDone">It is the machine's end.</param>
    /// <exception cref="System.IO.IOException">It cannot be written.</exception>
    public static void Write(RunSpec run, Resumption state, bool isDone)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(state);
        (EmulatedMachine machine, ImmutableArray<PlacementCell> cells) = FormationPlan.MachineOf(
            run
        );
        byte[][] frozen = state.Cut(machine, [.. cells.Select(cell => cell.Entities)]);
        CheckpointStore store = new(run.Directory);
        CheckpointManifest? before = store.FindLast(run, cells.Select(cell => cell.Name), out _);
        long epoch = store.ClaimEpoch(before?.Epoch ?? 0);
        CheckpointPart part = store.WritePart(
            epoch,
            round: 0,
            Node,
            [.. cells.Zip(frozen, (cell, bytes) => KeyValuePair.Create(cell.Name, bytes))]
        );
        store.Commit(
            new CheckpointManifest(
                CheckpointManifest.CurrentVersion,
                run,
                InputHash.Of(run.ScenarioFile),
                epoch,
                Round: 0,
                state.At.Nanoseconds,
                isDone,
                [part],
                before?.History ?? []
            )
        );
    }

    /// <summary>The last whole checkpoint of a run, written by one process or by nodes; null if there is none.</summary>
    /// <param name="run">Its directory is there.</param>
    /// <param name="scenario">What is run; commands that came meanwhile change none of its machine's cells.</param>
    /// <param name="damaged">A line for each newer one that cannot be used.</param>
    public static CheckpointManifest? FindLast(
        RunSpec run,
        Scenario scenario,
        out ImmutableArray<string> damaged
    )
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(scenario);
        (_, ImmutableArray<PlacementCell> cells) = FormationPlan.MachineOf(scenario, run.Backend);
        return new CheckpointStore(run.Directory).FindLast(
            run,
            cells.Select(cell => cell.Name),
            out damaged
        );
    }

    /// <summary>A machine at its beginning, and the state that it is to go on from.</summary>
    /// <param name="manifest">The checkpoint; its directory and scenario file are there.</param>
    /// <exception cref="CheckpointDamagedException">A file is not what was written.</exception>
    public static (EmulatedMachine Machine, Resumption State) Read(CheckpointManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        (EmulatedMachine machine, _) = FormationPlan.MachineOf(manifest.Run);
        CheckpointStore store = new(manifest.Run.Directory);
        return (machine, new Resumption([.. store.ReadCells(manifest.Parts).Values]));
    }
}
