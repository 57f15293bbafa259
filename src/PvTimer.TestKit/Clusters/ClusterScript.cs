using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.ActorTime;
using PvTimer.Experiments;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Launching;
using PvTimer.TestKit.Clocks;

namespace PvTimer.TestKit.Clusters;

/// <summary>
/// A cluster that runs scripts, one after the other, while things are done to it at instants of virtual time.
/// Its nodes, node-1, node-2 and so on, start with the first run and end with this object.
/// </summary>
public sealed class ClusterScript : IAsyncDisposable
{
    private readonly int _count;
    private readonly IScriptNodes _nodes;
    private readonly Action<string> _say;
    private ClusterDoor? _door;
    private int _runs;

    internal ClusterScript(int count, IScriptNodes nodes, Action<string> say)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _count = count;
        _nodes = nodes;
        _say = say;
    }

    /// <summary>How long a run may take on the wall before the script fails.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Runs a whole scenario on the nodes that are there.</summary>
    /// <param name="scenario">What; ToScenario gives a script as one.</param>
    /// <param name="faults">What is done to the cluster meanwhile; null: nothing.</param>
    /// <param name="backend">How timers are emulated; null: the scenario's first back-end.</param>
    /// <param name="cancel">The run is stopped at its next barrier.</param>
    /// <exception cref="OperationCanceledException">It was.</exception>
    /// <exception cref="ScriptException">
    /// The run did not come to its end, or one of the faults did not happen: as the run was over before, or
    /// as it cannot be done.
    /// </exception>
    public async Task<ClusterScriptResult> Run(
        Scenario scenario,
        Action<ClusterFaults>? faults = null,
        TimerBackend? backend = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        cancel.ThrowIfCancellationRequested();
        TimerBackend one = backend ?? scenario.Backends[0];
        Scenario whole = scenario with { Backends = [one] };
        ClusterFaults asked = new();
        faults?.Invoke(asked);
        RunSpec spec = SpecOf(whole);
        FaultSchedule schedule = ScheduleOf(asked, spec.Backend);
        ClusterDoor door = _door ??= await Start(whole).ConfigureAwait(false);
        FaultDrill drill = new(
            schedule,
            _nodes,
            door,
            spec.Backend,
            whole.Duration,
            static _ => { }
        );
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        long begun = _nodes.Time.GetTimestamp();
        RunStatus last = await Watch(door, spec, drill, cancel).ConfigureAwait(false);
        ImmutableArray<FaultReport> reports = await drill.End().ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        if (last.Phase != RunPhase.Done)
        {
            throw Failure($"the run ended otherwise: {last.Phase}, {last.What}", last, reports);
        }
        if (reports.Any(report => !report.IsDone))
        {
            throw Failure("not all of the faults happened", last, reports);
        }
        _say(Account("the run is over", last, reports));
        ClusterResult end = ClusterResult.Read(last.Result!);
        return new ClusterScriptResult(
            BackendResult.Of(
                whole,
                one,
                end.Machine,
                end.Outcome,
                System.Diagnostics.Stopwatch.GetElapsedTime(started)
            ),
            reports,
            last.History,
            _nodes.Time.GetElapsedTime(begun),
            last.Result!.Epoch,
            [.. last.Result.Parts.Select(part => part.Node)]
        );
    }

    /// <summary>Ends the nodes.</summary>
    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    private Task<ClusterDoor> Start(Scenario scenario) =>
        _nodes.Start(LocalNodes.RolesOf(_count, scenario.Placement.Policy));

    private RunSpec SpecOf(Scenario scenario)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"run-{++_runs}");
        string directory = Path.Combine(_nodes.Directory, name);
        System.IO.Directory.CreateDirectory(directory);
        string file = Path.Combine(directory, "scenario.conf");
        File.WriteAllText(file, ScenarioWriter.Write(scenario));
        return new RunSpec(
            name,
            file,
            scenario.Backends[0].Name,
            directory,
            CheckpointMilliseconds: 0,
            // Later runs take the nodes that the earlier ones have left.
            Nodes: _door is null ? _count : 1
        );
    }

    private FaultSchedule ScheduleOf(ClusterFaults asked, string backend)
    {
        try
        {
            return FaultSchedule.Of(asked.All, _count, [backend]);
        }
        catch (FormatException e)
        {
            throw new ScriptException(e.Message, e);
        }
    }

    private async Task<RunStatus> Watch(
        ClusterDoor door,
        RunSpec spec,
        FaultDrill drill,
        CancellationToken cancel
    )
    {
        using CancellationTokenSource over = new();
        using CancellationTokenSource late = new(Patience);
        RunStatus? last = null;
        try
        {
            return await ClusterRun
                .Execute(
                    door,
                    spec,
                    Patience,
                    status =>
                    {
                        last = status;
                        drill.Watch(spec.Backend, status, over.Token);
                        return !cancel.IsCancellationRequested;
                    },
                    drill.HoldsOf(spec.Backend, over.Token),
                    late.Token
                )
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ClusterUnreachableException)
        {
            string seen = last is null ? "no node answered" : $"{last.Phase}, {last.What}";
            seen += _nodes.Time is ClusterClock clock ? $"; {clock}" : "";
            await over.CancelAsync().ConfigureAwait(false);
            throw Failure(
                $"the run was not over after {Patience.TotalSeconds:0} s: {seen}",
                last,
                await drill.End().ConfigureAwait(false),
                e
            );
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
        }
    }

    private static ScriptException Failure(
        string what,
        RunStatus? last,
        ImmutableArray<FaultReport> reports,
        Exception? cause = null
    )
    {
        string text = Account(what, last, reports);
        return cause is null ? new ScriptException(text) : new ScriptException(text, cause);
    }

    private static string Account(
        string what,
        RunStatus? last,
        ImmutableArray<FaultReport> reports
    ) =>
        string.Join(
            "\n  ",
            [what, .. reports.Select(report => $"{report}"), .. last?.History ?? []]
        );
}
