using System;
using System.Collections.Immutable;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Cli.Commands;
using PvTimer.Experiments;
using PvTimer.OpsConsole.Orders;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Ops;

/// <summary>Runs that were started from a console: looked after by its process, written as any other.</summary>
/// <param name="session">Where it is said how they ended; its end gives them up.</param>
/// <param name="join">Nodes of the cluster.</param>
/// <param name="tls">The certificate to show; null: none.</param>
/// <param name="token">Shown with orders; null: the user's.</param>
/// <param name="directory">The run directory of the run that the cluster has already; null: not known.</param>
internal sealed class ConsoleRuns(
    Session session,
    ImmutableArray<string> join,
    MutualTls? tls,
    ControlToken? token,
    string? directory
) : IRunStarter
{
    private readonly Lock _gate = new();
    private Task _run = Task.CompletedTask;
    private volatile string? _directory = directory;

    /// <inheritdoc/>
    public string? Directory => _directory;

    /// <inheritdoc/>
    public string Start(string scenarioFile, string[] sets)
    {
        Scenario scenario = ScenarioReader.Read(scenarioFile, sets);
        string place = RunDirectories.Usual(scenario);
        Begin(
            RunLock.Take(place),
            () =>
            {
                if (RunDirectory.Obstacle(place) is { } obstacle)
                {
                    throw new IOException($"{obstacle}; accepted: a free place or an earlier run");
                }
                MachineCapacity machine = MachineCapacity.OfThisMachine();
                return machine.ObstacleOf(scenario, nodes: 0, regions: 1) is { } lack
                    ? throw new IOException(lack)
                    : Request(scenario, place) with
                    {
                        CheckpointEvery = RunDirectories.UsualCheckpoints,
                    };
            }
        );
        return $"{scenario.Name} with seed {scenario.Seed} begins; its results will be in {place}";
    }

    /// <inheritdoc/>
    public string ResumeFrom(string place)
    {
        if (!RunRecord.IsIn(place) || RunRecord.Read(place).IsBeingRun)
        {
            throw new IOException(
                $"'{place}' holds no run that waits to be finished; accepted: a run directory with a {RunRecord.Name}"
            );
        }
        Begin(RunLock.TakeResumed(place), () => Request(null, place));
        return $"the run in {place} goes on";
    }

    private ClusterRequest Request(Scenario? scenario, string place) =>
        new(scenario, place, null, null, join) { Tls = tls, Token = token };

    /// <param name="held">The run directory; let go when the run is over, or does not begin.</param>
    /// <param name="requested">What is run; it throws what keeps it from being run.</param>
    private void Begin(RunLock? held, Func<ClusterRequest> requested)
    {
        try
        {
            lock (_gate)
            {
                if (!_run.IsCompleted)
                {
                    throw new IOException(
                        "a run that was started here is not over; accepted: one at a time"
                    );
                }
                ClusterRequest request = requested();
                _directory = request.Directory;
                _run = Task.Run(() => Run(request, held));
            }
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    private async Task Run(ClusterRequest request, RunLock? held)
    {
        using RunLock? own = held;
        Session quiet = session with { Output = TextWriter.Null };
        try
        {
            RunOnCluster run = new(quiet, request, quiet: true, new RunEnding(quiet, json: false));
            int code = await run.Invoke().ConfigureAwait(false);
            session.Error.WriteLine($"pvtimer: the run in {request.Directory} ended with {code}");
        }
        catch (Exception e)
            when (e
                    is ClusterRunException
                        or ClusterUnreachableException
                        or ClusterBusyException
                        or OrderRefusedException
                        or ResumeException
                        or UsageException
                        or IOException
            )
        {
            session.Error.WriteLine($"pvtimer: {request.Directory}: {e.Message}");
        }
    }
}
