using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Recording;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vcpus;

namespace PvTimer.Experiments.Explain;

/// <summary>Runs a machine, watched, and explains each timer as it fires.</summary>
internal sealed class TimerExplainer
{
    private readonly EmulatedMachine _machine;
    private readonly TimerChoice _choice;
    private readonly LatenessTally _tally = new();
    private readonly HeatMapFiller _heat;
    private readonly int[] _rows;
    private readonly PriorityQueue<ExplainedTimer, (long Lateness, long Order)> _chosen = new();
    private readonly long[] _causes = new long[CauseNames.All.Length];
    private FiredCauses? _latest;
    private long _order;

    private TimerExplainer(EmulatedMachine machine, VirtualDuration duration, TimerChoice choice)
    {
        _machine = machine;
        _choice = choice;
        _rows = new int[machine.Entities.Length];
        List<string> vcpus = [];
        foreach (IEntity entity in machine.Entities)
        {
            if (entity is Vcpu)
            {
                _rows[entity.Id.Index] = vcpus.Count;
                vcpus.Add(entity.Name);
            }
        }
        _heat = new HeatMapFiller([.. vcpus], duration);
    }

    /// <summary>Runs it once, and explains its timers.</summary>
    /// <param name="backend">What it is described with.</param>
    /// <param name="description">What is run.</param>
    /// <param name="choice">Which timers to explain one by one.</param>
    /// <param name="goOn">Asked now and then; false stops it.</param>
    /// <param name="report">The numbers of the run, which are those of one that is not watched.</param>
    /// <exception cref="RunFailedException">It broke.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static BackendExplanation Run(
        TimerBackend backend,
        MachineDescription description,
        TimerChoice choice,
        Func<RunProgress, bool> goOn,
        out MachineReport report
    )
    {
        ArgumentNullException.ThrowIfNull(description);
        EmulatedMachine machine = EmulatedMachine.Build(description);
        TimerExplainer explainer = new(machine, description.Duration, choice);
        TimerRecorder recorder = new(
            machine,
            [.. description.Hosts.Select(host => host.Costs.GuestInterruptEntry)],
            explainer.Explain
        );
        RunOutcome outcome = SequentialEngine.Run(
            new ObservedMachine(machine, recorder),
            new RunOptions(1, goOn)
        );
        if (outcome.Interrupted)
        {
            throw new OperationCanceledException();
        }
        report = machine.Report(outcome.Reached);
        return new BackendExplanation(
            backend,
            outcome.TraceHash,
            LatenessBreakdown.Of(explainer._tally, report.Lateness, explainer._latest),
            explainer._heat.Fill(),
            explainer.Chosen()
        );
    }

    private ImmutableArray<ExplainedTimer> Chosen() =>
        [
            .. _chosen
                .UnorderedItems.OrderByDescending(item => item.Priority.Lateness)
                .ThenBy(item => -item.Priority.Order)
                .Select(item => item.Element),
        ];

    private void Explain(FiredTimer fired)
    {
        IReadOnlyList<(
            LatenessCause Cause,
            VirtualTime From,
            VirtualDuration Length,
            EntityId Where
        )> parts = Decomposition.Of(fired);
        Array.Clear(_causes);
        foreach (var part in parts)
        {
            _causes[(int)part.Cause] += part.Length.Nanoseconds;
        }
        _tally.Add(fired.Lateness, _causes);
        _heat.Add(_rows[fired.Vcpu.Id.Index], fired.Entered, fired.Lateness);
        if (_latest is null || fired.Lateness > _latest.Lateness)
        {
            _latest = new FiredCauses(fired.Lateness, [.. _causes]);
        }
        if (_choice is TimerChoice.Every every)
        {
            every.Fired(Detail(fired, parts));
        }
        else if (IsChosen(fired))
        {
            _order++;
            _chosen.Enqueue(Detail(fired, parts), (fired.Lateness.Nanoseconds, -_order));
            if (_choice is TimerChoice.Latest latest && _chosen.Count > latest.Count)
            {
                _chosen.Dequeue();
            }
        }
    }

    private bool IsChosen(FiredTimer fired) =>
        _choice switch
        {
            TimerChoice.One one => fired.Timer.Number == one.Number && fired.VcpuName == one.Vcpu,
            TimerChoice.At at => _chosen.Count == 0
                && fired.Entered >= at.Time
                && fired.VcpuName == at.Vcpu,
            TimerChoice.Latest latest => _chosen.Count < latest.Count
                || (
                    _chosen.TryPeek(out _, out (long Lateness, long Order) least)
                    && fired.Lateness.Nanoseconds > least.Lateness
                ),
            _ => false,
        };

    private ExplainedTimer Detail(
        FiredTimer fired,
        IReadOnlyList<(
            LatenessCause Cause,
            VirtualTime From,
            VirtualDuration Length,
            EntityId Where
        )> parts
    ) =>
        new(
            fired.VcpuName,
            fired.Timer.Number,
            fired.Timer.Deadline,
            fired.Due,
            fired.Timer.ProgrammedAt,
            fired.Timer.How ?? TimerProgramming.NoExit,
            fired.Entered,
            [.. TimerSteps.Of(fired)],
            [
                .. parts.Select(part => new LatenessPart(
                    part.Cause,
                    part.From,
                    part.Length,
                    _machine.Entities[part.Where.Index].Name
                )),
            ]
        );
}
