using System;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Clients;

/// <summary>What a cluster's run left behind, put together from its last checkpoint.</summary>
/// <param name="Machine">In its final state.</param>
/// <param name="Outcome">Trace hash and events, as any other engine gives them.</param>
public sealed record ClusterResult(EmulatedMachine Machine, RunOutcome Outcome)
{
    /// <param name="manifest">The checkpoint of a run that is done.</param>
    /// <exception cref="CheckpointDamagedException">A file is not what was written.</exception>
    public static ClusterResult Read(CheckpointManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        (EmulatedMachine machine, _) = FormationPlan.MachineOf(manifest.Run);
        var store = new CheckpointStore(manifest.Run.Directory);
        var end = new Resumption([.. store.ReadCells(manifest.Parts).Values]);
        // There is nothing left to happen: the engine only adds up.
        return new ClusterResult(machine, SequentialEngine.Run(machine, new RunOptions(), end));
    }
}
