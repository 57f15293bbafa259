using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Control;

/// <summary>When a run cannot go on, and what becomes of its formation then.</summary>
internal sealed class RunEnding(CoordinatorState state)
{
    /// <summary>The run cannot go on without the disk, and goes on when it gets well; asked once a second.</summary>
    private const int MostDiskFailures = 20;

    /// <summary>A process that has run out of file descriptors goes sooner, if there is another one.</summary>
    private const int MostOfProcess = 5;

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
        if (failed.IsOfProcess && run.DiskFailures >= MostOfProcess)
        {
            MakeWay(failed);
        }
        return true;
    }

    /// <summary>
    /// The coordinator's process is sick, and not the disk: its node is declared dead, as one that is silent is, and the
    /// next one goes on with the run. Without another one it waits, as for any disk.
    /// </summary>
    private void MakeWay(DiskAnswer.Failed failed)
    {
        bool isAnotherUp = state.Cluster.Members.Any(member =>
            member is { IsUp: true, IsReachable: true } && member.Address != state.Cluster.Self
        );
        if (state.Cluster.Self is { } self && isAnotherUp && !state.IsUndecided)
        {
            state.Do(
                new CoordinatorEffect.Log(
                    $"this process has no file descriptors left, and makes way for another coordinator: {failed.What}"
                )
            );
            state.Do(new CoordinatorEffect.DeclareDead(self));
        }
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

    /// <summary>
    /// All nodes hear of it, those as well whose cells had gone elsewhere: each of them may be asked by the next
    /// coordinator what it knows.
    /// </summary>
    public void Dissolve(ActiveRun run)
    {
        if (run.Formation is { } formation)
        {
            Dissolve(formation.Epoch);
        }
    }

    public void Dissolve(long epoch)
    {
        foreach (KnownNode node in state.Nodes.All)
        {
            state.Tell(node.Report.Seat, new Dissolve(epoch));
        }
    }
}
