using System;
using System.Linq;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>What clients are told of the run and of the cluster.</summary>
internal sealed class StatusBoard(CoordinatorState state)
{
    private readonly WaitLine _wait = new(state);

    public RunStatus OfRun(string id)
    {
        if (state.Run is not { } run || run.Spec.Id != id)
        {
            return new RunStatus(id, RunPhase.Unknown, 0, 0, 0, 0, 0, null, null, []);
        }
        CurrentFormation? formation = run.Formation;
        (long events, long rounds) = run.Result is { } result
            ? (formation?.Halts.Values.Sum(halt => halt.Events) ?? 0, result.Round)
            : Reported(formation);
        return new RunStatus(
            id,
            run.Phase,
            formation?.Epoch ?? 0,
            state.PositionOf(run),
            events,
            rounds,
            run.Clock.RunTime(state.Elapsed).TotalMilliseconds,
            run.IsOver ? run.Failure : _wait.Of(run),
            run.Result,
            run.History.Lines,
            run.Wishes.HoldAtNanoseconds,
            run.Phase == RunPhase.Held ? formation?.NextNanoseconds : null,
            run is { IsOver: false, Lacking: { } lacking }
                ? new WantedInputs(lacking.Parcels.Sha256, lacking.Parcels.Arrived)
                : null,
            formation is { HasFormed: true } ? formation.Form.Run.Commands : 0
        );
    }

    /// <summary>The events of all nodes of a formation, and the rounds of the one that is ahead.</summary>
    private (long Events, long Rounds) Reported(CurrentFormation? formation)
    {
        (long events, long rounds) = (0, 0);
        foreach (ClusterSeat seat in formation?.Form.Seats ?? [])
        {
            if (state.Nodes.Find(seat.Name)?.Report is { } report)
            {
                (events, rounds) = (events + report.Events, Math.Max(rounds, report.Round));
            }
        }
        return (events, rounds);
    }

    public ClusterStatus OfCluster() =>
        new(
            [.. state.Cluster.Members.Select((member, age) => LineOf(member, isOldest: age == 0))],
            state.Cluster.Leader,
            state.Run is { IsOver: false, Formation: { } formation, Machine: { } cells } running
                ?
                [
                    .. cells.Cells.Select(
                        (cell, index) =>
                            new CellHome(
                                cell.Name,
                                formation.Form.Seats[formation.Form.Homes[index]].Name
                            )
                    ),
                ]
                : [],
            state.Run is { } known ? OfRun(known.Spec.Id) : null,
            state.Run is { Formation: { } formed, Machine: { } machine } run
                ? VitalsOf(run, formed, machine)
                : null
        );

    private RunVitals VitalsOf(ActiveRun run, CurrentFormation formation, MachineFacts machine) =>
        new(
            run.Spec.Backend,
            machine.Scenario,
            run.Spec.ScenarioFile,
            machine.Seed,
            machine.DurationNanoseconds,
            formation.LookaheadNanoseconds,
            formation.Link,
            run.Wishes.NanosecondsPerSecond,
            run.Checkpoints.Count,
            (long)(state.Elapsed - run.Checkpoints.Since).TotalMilliseconds,
            run.Checkpoints.ReachedNanoseconds,
            run.Checkpoints.FreezingMilliseconds,
            run.Checkpoints.WritingMilliseconds,
            run.FormationMilliseconds?.Shortest,
            run.FormationMilliseconds?.Longest
        );

    private MemberStatusLine LineOf(ClusterMember member, bool isOldest)
    {
        KnownNode? node = state.Nodes.FindAt(member.Address);
        return new MemberStatusLine(
            member.Address,
            member.Status,
            member.IsReachable,
            isOldest,
            node is { IsDraining: true },
            node?.Report,
            node is null ? 0 : (long)state.SilenceOf(node).TotalMilliseconds
        );
    }
}
