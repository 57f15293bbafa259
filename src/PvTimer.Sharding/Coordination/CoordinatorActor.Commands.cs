using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Akka.Actor;
using Akka.Cluster;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Coordination;

/// <summary>What clients ask for and are told.</summary>
internal sealed partial class CoordinatorActor
{
    private void OnCommand(ClusterCommand command)
    {
        CommandAnswer answer;
        try
        {
            answer = Do(command);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            answer = new CommandAnswer(
                false,
                $"{e.Message}; accepted: a run directory in which commands can be written down"
            );
        }
        if (answer.Accepted && command.By is { } who)
        {
            _run?.Note($"{who}: {command.Verb} {command.Subject} {command.To}: {command.Reason}");
        }
        Sender.Tell(answer);
    }

    private CommandAnswer Do(ClusterCommand command) =>
        command.Verb switch
        {
            ClusterVerb.Move => Move(command.Subject, command.To ?? ""),
            ClusterVerb.Drain => Drain(command.Subject),
            ClusterVerb.Leave => Leave(command.Subject),
            ClusterVerb.Down => Down(command.Subject),
            ClusterVerb.Inject => Inject(command.Subject),
            ClusterVerb.Stop => Stop(command.Subject),
            ClusterVerb.Checkpoint => Checkpoint(),
            ClusterVerb.Hold => Hold(command.Subject, command.To),
            ClusterVerb.Travel => Travel(command.Subject, command.To ?? ""),
            ClusterVerb.Pace => Pace(command.Subject, command.To),
            _ => new CommandAnswer(false, $"'{command.Verb}' is not known"),
        };

    private CommandAnswer Move(string cell, string node)
    {
        if (_run is not { IsOver: false } run)
        {
            return NoRun();
        }
        if (!_cells.Any(known => known.Name == cell || known.HostName == cell))
        {
            return new CommandAnswer(
                false,
                $"there is no '{cell}'; accepted: {SomeOf(_cells.Select(known => known.Name))}"
            );
        }
        if (!_nodes.MayTakeCells(node))
        {
            return NoNode(node);
        }
        if (run.Pins.GetValueOrDefault(cell) == node)
        {
            return new CommandAnswer(true, $"{cell} was sent to {node} before");
        }
        Accept(run, new ClusterCommand(ClusterVerb.Move, cell, node));
        run.Pins = run.Pins.SetItem(cell, node);
        run.PauseWanted = $"{cell} moves to {node}";
        return new CommandAnswer(true, $"{cell} moves to {node} at the next barrier");
    }

    private CommandAnswer Drain(string node)
    {
        if (_nodes.Find(node) is null)
        {
            return NoNode(node);
        }
        bool isLast = _nodes.All.Count(other => _nodes.MayTakeCells(other.Seat.Name)) == 1;
        if (isLast && _nodes.MayTakeCells(node) && _run is { IsOver: false })
        {
            return new CommandAnswer(
                false,
                $"{node} is the last node, and there is a run; stop the run, or start another node first"
            );
        }
        _nodes.Drain(node);
        return new CommandAnswer(true, $"{node} gives its cells away at the next barrier");
    }

    /// <summary>The node leaves when it is empty.</summary>
    private CommandAnswer Leave(string node)
    {
        CommandAnswer drained = Drain(node);
        if (drained.Accepted)
        {
            _leaving.Add(node);
        }
        return drained.Accepted
            ? new CommandAnswer(true, $"{node} leaves as soon as its cells have moved")
            : drained;
    }

    private CommandAnswer Down(string node)
    {
        if (_nodes.Find(node) is not { } report)
        {
            return NoNode(node);
        }
        _nodes.MarkDowned(node);
        _cluster.Down(Address.Parse(report.Seat.Address));
        return new CommandAnswer(true, $"{node} is declared dead");
    }

    private CommandAnswer Inject(string happening)
    {
        if (_run is not { IsOver: false, Form: not null } run)
        {
            return NoRun();
        }
        if (!happening.TrimStart().StartsWith('{'))
        {
            return new CommandAnswer(
                false,
                $"'{happening}'; accepted: an event as in a scenario, such as {{ stall = h0, for = 1ms }}"
            );
        }
        try
        {
            ScenarioAmendment.WithEvent(
                run.Spec.ScenarioFile,
                happening,
                VirtualDuration.FromNanoseconds(ReachedBy(run))
            );
        }
        catch (ScenarioException e)
        {
            return new CommandAnswer(false, e.Message);
        }
        ClusterCommand command = new(ClusterVerb.Inject, happening);
        run.Commanded.Add(Accept(run, command));
        return new CommandAnswer(
            true,
            "it happens at the next barrier, or at its own time if that is later"
        );
    }

    private CommandAnswer Stop(string id)
    {
        if (_run is not { IsOver: false } run || run.Spec.Id != id)
        {
            return NoRun();
        }
        if (!run.StopWanted)
        {
            Accept(run, new ClusterCommand(ClusterVerb.Stop, id));
        }
        run.StopWanted = true;
        if (run.Phase == RunPhase.Waiting)
        {
            Enter(run, RunPhase.Stopped);
        }
        else if (run.Phase == RunPhase.Held)
        {
            KeepFrozen(run);
        }
        return new CommandAnswer(true, "it stops at the next barrier");
    }

    private CommandAnswer Checkpoint()
    {
        if (_run is not { IsOver: false } run)
        {
            return NoRun();
        }
        if (run.Phase != RunPhase.Running && run.HoldAtNanoseconds is not null)
        {
            run.KeepWanted = true;
            OnTick();
            return new CommandAnswer(true, "a checkpoint is taken where virtual time stands still");
        }
        if (run.Phase != RunPhase.Running)
        {
            return new CommandAnswer(
                false,
                "the run takes its seats; accepted: a checkpoint when it runs again"
            );
        }
        if (!run.IsCheckpointing)
        {
            BeginCheckpoint(run);
        }
        return new CommandAnswer(true, "a checkpoint is taken at the next barrier");
    }

    /// <summary>Those that were asked to leave do so when nothing lives there any more.</summary>
    private void LetGo()
    {
        foreach (string node in _leaving.ToArray())
        {
            bool isEmpty =
                _run is not { IsOver: false } run
                || (run.Phase == RunPhase.Running && !run.Has(node));
            if (isEmpty && _nodes.Find(node) is { } report)
            {
                _leaving.Remove(node);
                _cluster.Leave(Address.Parse(report.Seat.Address));
            }
        }
    }

    /// <summary>What was commanded becomes part of the scenario, from the barrier on.</summary>
    private string AmendScenario(ActiveRun run, long reached)
    {
        List<string> done = [];
        foreach (AcceptedCommand commanded in run.Commanded)
        {
            string happening = commanded.Command.Subject;
            try
            {
                Scenario amended = ScenarioAmendment.WithEvent(
                    run.Spec.ScenarioFile,
                    happening,
                    VirtualDuration.FromNanoseconds(reached)
                );
                string file = Path.Combine(
                    run.Spec.Directory,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"scenario-{_epoch}-{done.Count}.conf"
                    )
                );
                KeepScenario(run.Spec);
                File.WriteAllText(file, ScenarioWriter.Write(amended));
                run.Spec = run.Spec with { ScenarioFile = file };
                done.Add(happening);
            }
            catch (Exception e)
                when (e is ScenarioException or IOException or UnauthorizedAccessException)
            {
                // What was possible when it was commanded is not any more.
                run.Note($"not done: {happening}: {e.Message}");
            }
        }
        run.Commanded.Clear();
        if (done.Count > 0)
        {
            run.IsAmended = true;
            // After a journey back in time some lie ahead: of a run without these events.
            new CheckpointStore(run.Spec.Directory).ForgetBehind(run.Spec, reached);
        }
        LoadMachine(run.Spec);
        return string.Join(", ", done);
    }

    /// <summary>The checkpoints so far name the scenario as it is: it has to stay beside them.</summary>
    private static void KeepScenario(RunSpec run)
    {
        string beside = Path.Combine(run.Directory, run.ScenarioName);
        if (!File.Exists(beside))
        {
            File.Copy(run.ScenarioFile, beside);
        }
    }

    private RunStatus StatusOf(string id)
    {
        if (_run is not { } run || run.Spec.Id != id)
        {
            return new RunStatus(id, RunPhase.Unknown, 0, 0, 0, 0, 0, null, null, []);
        }
        long events = run.Result is null
            ? run.Seats.Sum(seat => _nodes.Find(seat.Name)?.Events ?? 0)
            : run.Halts.Values.Sum(halt => halt.Events);
        long rounds =
            run.Result?.Round
            ?? run.Seats.Select(seat => _nodes.Find(seat.Name)?.Round ?? 0).DefaultIfEmpty().Max();
        string? what = run.Phase switch
        {
            RunPhase.Waiting =>
                $"waits for {run.Spec.Nodes} nodes, {EligibleSeats().Count()} are there",
            _ => run.Failure,
        };
        return new RunStatus(
            id,
            run.Phase,
            run.Form?.Epoch ?? 0,
            run.Result?.ReachedNanoseconds
                ?? (run.Phase == RunPhase.Held ? run.HaltedAtNanoseconds : ReachedBy(run)),
            events,
            rounds,
            run.RunTime.TotalMilliseconds,
            what,
            run.Result,
            [.. run.History],
            run.HoldAtNanoseconds
        );
    }

    private ClusterStatus ClusterStatusNow()
    {
        Member[] members = [.. _cluster.State.Members];
        Array.Sort(members, static (left, right) => left.IsOlderThan(right) ? -1 : 1);
        return new ClusterStatus(
            [.. members.Select((member, age) => LineOf(member, isOldest: age == 0))],
            _cluster.State.Leader?.ToString(),
            _run?.Form is { } form && !_run.IsOver
                ?
                [
                    .. _cells.Select(
                        (cell, index) => new CellHome(cell.Name, form.Seats[form.Homes[index]].Name)
                    ),
                ]
                : [],
            _run is null ? null : StatusOf(_run.Spec.Id),
            _run is { Form: not null } formed ? VitalsOf(formed) : null
        );
    }

    private RunVitals VitalsOf(ActiveRun run) =>
        new(
            run.Spec.Backend,
            _scenario!.Name,
            run.Spec.ScenarioFile,
            _scenario.Seed,
            _scenario.Duration.Nanoseconds,
            run.LookaheadNanoseconds,
            run.Link,
            run.NanosecondsPerSecond,
            run.Checkpoints,
            (long)(MonotonicTime.Now - run.CheckpointedAt).TotalMilliseconds,
            run.CheckpointReached,
            run.FreezingMilliseconds,
            run.WritingMilliseconds
        );

    private MemberStatusLine LineOf(Member member, bool isOldest)
    {
        string address = member.Address.ToString();
        Nodes.NodeReport? report = _nodes.All.FirstOrDefault(node => node.Seat.Address == address);
        string? name = report?.Seat.Name;
        return new MemberStatusLine(
            address,
            member.Status.ToString(),
            !_cluster.State.Unreachable.Contains(member),
            isOldest,
            name is not null && _nodes.IsDraining(name),
            report,
            name is null ? 0 : (long)_nodes.SilenceOf(name).TotalMilliseconds
        );
    }

    private static CommandAnswer NoRun() => new(false, "there is no run");

    private CommandAnswer NoNode(string node) =>
        new(
            false,
            $"there is no node '{node}' that can take part; accepted: {SomeOf(_nodes.All.Select(known => known.Seat.Name))}"
        );

    private static string SomeOf(IEnumerable<string> names)
    {
        string[] all = [.. names];
        const int shown = 8;
        return string.Join(", ", all.Take(shown)) + (all.Length > shown ? " ..." : "");
    }
}
