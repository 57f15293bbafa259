using System;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// One run on a cluster as its client sees it: submitted, watched, and over. The client only asks; whatever
/// becomes of nodes and coordinators meanwhile, the answers go on.
/// </summary>
public static class ClusterRun
{
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(50);

    /// <param name="door">The way in.</param>
    /// <param name="spec">What to run.</param>
    /// <param name="patience">How long the cluster may give no answer before the run is given up.</param>
    /// <param name="goOn">Told what the cluster says, its last word included; false has the run stopped at its next barrier.</param>
    /// <param name="holds">Where virtual time stands still; null: nowhere.</param>
    /// <param name="abandon">Ends the watching at once; the cluster is told nothing.</param>
    /// <returns>The last status: done, broken or stopped.</returns>
    /// <exception cref="ClusterUnreachableException">No node has answered for too long.</exception>
    /// <exception cref="ClusterBusyException">The cluster has another run.</exception>
    /// <exception cref="Checkpoints.CheckpointDamagedException">What the nodes have left behind cannot be had, or kept here.</exception>
    /// <exception cref="Scenarios.ScenarioException">The client itself cannot read the scenario.</exception>
    public static async Task<RunStatus> Execute(
        ClusterDoor door,
        RunSpec spec,
        TimeSpan patience,
        Func<RunStatus, bool> goOn,
        RunHolds? holds = null,
        CancellationToken abandon = default
    )
    {
        ArgumentNullException.ThrowIfNull(door);
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(goOn);
        holds ??= new RunHolds([]);
        OwnInputs inputs = new(spec);
        object request = new Submit(spec, inputs.Sha256, holds.NextNanoseconds);
        RunSpec again = spec;
        TimeSpan answered = MonotonicTime.On(door.Clock);
        long commands = 0;
        while (true)
        {
            try
            {
                RunStatus status = await door.Ask<RunStatus>(request).ConfigureAwait(false);
                answered = MonotonicTime.On(door.Clock);
                commands = Math.Max(commands, status.Commands);
                bool mayGoOn = goOn(status);
                if (status.IsOver)
                {
                    if (status.Result is { } result)
                    {
                        await ResultFiles.Fetch(door, spec, result).ConfigureAwait(false);
                    }
                    return status;
                }
                if (status.Phase == RunPhase.Unknown)
                {
                    await RefuseIfBusy(door, spec).ConfigureAwait(false);
                }
                if (status.Phase is not (RunPhase.Unknown or RunPhase.Waiting))
                {
                    // The nodes were all there once. Some may have gone since, and must not be waited for.
                    again = spec with
                    {
                        Nodes = 1,
                    };
                }
                // A run that nobody knows (a young coordinator died with it) is submitted again.
                request =
                    status.Phase == RunPhase.Unknown
                        ? new Submit(again, inputs.Sha256, holds.NextNanoseconds, commands)
                        : inputs.NextOf(status) ?? (object)new AskRun(spec.Id);
                if (!mayGoOn)
                {
                    await door.Ask<CommandAnswer>(new ClusterCommand(ClusterVerb.Stop, spec.Id))
                        .ConfigureAwait(false);
                }
                else
                {
                    await holds.Attend(door, status).ConfigureAwait(false);
                }
            }
            catch (ClusterUnreachableException)
                when (MonotonicTime.On(door.Clock) - answered < patience) { }
            await Task.Delay(
                    request is InputParcel ? TimeSpan.Zero : AskInterval,
                    door.Clock,
                    abandon
                )
                .ConfigureAwait(false);
        }
    }

    private static async Task RefuseIfBusy(ClusterDoor door, RunSpec spec)
    {
        ClusterStatus status = await door.Ask<ClusterStatus>(AskCluster.Instance)
            .ConfigureAwait(false);
        if (status.Run is { IsOver: false } other && other.Id != spec.Id)
        {
            throw new ClusterBusyException(
                $"the cluster runs {other.Id}; accepted: one run at a time"
            );
        }
    }
}

/// <summary>A cluster has another run; the message says which.</summary>
public sealed class ClusterBusyException(string message) : Exception(message);
