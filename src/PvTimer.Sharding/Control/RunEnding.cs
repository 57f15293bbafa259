using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Control;

/// <summary>When a run cannot go on, and what becomes of its formation then.</summary>
internal sealed class RunEnding(CoordinatorState state)
{
    /// <summary>The run cannot go on without the disk, and goes on when it gets well; asked once a second.</summary>
    private const int MostDiskFailures = 20;

    /// <summary>Counts a failure of the disk that the run cannot go on without.</summary>
    /// <returns>It is asked again; the first time a line says so.</returns>
    public bool MayAskAgain(ActiveRun run, DiskAnswer.Failed failed)
    {
        if (failed.IsLasting || ++run.DiskFailures > MostDiskFailures)
        {
            return false;
        }
        if (run.DiskFailures == 1)
        {
            state.Note(run, $"waits for the disk: {failed.What}");
        }
        return true;
    }

    /// <summary>It has been run to its end: by the coordinator before, or before it was submitted again.</summary>
    public void TakeResult(ActiveRun run, CheckpointManifest result)
    {
        run.Preparing = null;
        run.Result = result;
        state.Enter(run, RunPhase.Done);
        Dissolve(run);
    }

    public void Break(ActiveRun run, string what)
    {
        run.Failure = what;
        run.Preparing = null;
        state.Enter(run, RunPhase.Broken);
        Dissolve(run);
    }

    public void Dissolve(ActiveRun run)
    {
        if (run.Formation is { } formation)
        {
            state.TellSeats(run, new Dissolve(formation.Epoch));
        }
    }
}
