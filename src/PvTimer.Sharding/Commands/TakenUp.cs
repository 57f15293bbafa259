using System.Collections.Immutable;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Commands;

/// <summary>A command that another coordinator has acknowledged.</summary>
/// <param name="State">Of the coordinator that takes it up.</param>
/// <param name="Run">As the nodes or a checkpoint know it.</param>
/// <param name="Accepted">As it was written down.</param>
/// <param name="IsContained">A formation or a checkpoint of the run has it in it.</param>
/// <param name="IsSuccessor">The run goes on, in a formation that its nodes know; otherwise it begins anew.</param>
internal readonly record struct TakenUp(
    CoordinatorState State,
    ActiveRun Run,
    AcceptedCommand Accepted,
    bool IsContained,
    bool IsSuccessor
)
{
    /// <summary>
    /// It is something that the run was told to do, and has not been told yet. A formation says what it was told
    /// before; a checkpoint does not. A run that is resumed was told nothing.
    /// </summary>
    public bool IsWish => IsSuccessor ? !IsContained : Accepted.Submission == Run.Spec.Id;

    /// <summary>Takes up all that was accepted by a coordinator that has died.</summary>
    /// <param name="state">Of the coordinator that takes them up.</param>
    /// <param name="run">As the nodes or a checkpoint know it.</param>
    /// <param name="contained">See <see cref="IsContained"/>; in the order in which they were accepted.</param>
    /// <param name="since">After those.</param>
    /// <param name="isSuccessor">See <see cref="IsSuccessor"/>.</param>
    public static void All(
        CoordinatorState state,
        ActiveRun run,
        ImmutableArray<AcceptedCommand> contained,
        ImmutableArray<AcceptedCommand> since,
        bool isSuccessor
    )
    {
        foreach (AcceptedCommand accepted in contained)
        {
            new TakenUp(state, run, accepted, IsContained: true, isSuccessor).Do();
        }
        foreach (AcceptedCommand accepted in since)
        {
            if (accepted.Number <= run.LastCommand)
            {
                // It was accepted here while these were read.
                continue;
            }
            run.LastCommand = accepted.Number;
            new TakenUp(state, run, accepted, IsContained: false, isSuccessor).Do();
        }
    }

    private void Do()
    {
        ClusterCommand said = Accepted.Command;
        if (RunCommand.Of(said).TakeUp(this))
        {
            State.Note(
                Run,
                $"taken up from the coordinator before: {said.Verb} {said.Subject} {said.To}"
            );
        }
    }
}
