using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Sharding.Checkpoints;

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
        (EmulatedMachine machine, Resumption end) = LocalCheckpoint.Read(manifest);
        // There is nothing left to happen: the engine only adds up.
        return new ClusterResult(machine, SequentialEngine.Run(machine, new RunOptions(), end));
    }
}
