using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Validation;

/// <summary>Runs what figures are read from, each scenario once with all of its back-ends.</summary>
internal sealed class ValidationRuns(CancellationToken stop)
{
    private readonly Dictionary<string, (Scenario Scenario, ExperimentResult Result)> _done = new(
        StringComparer.Ordinal
    );

    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public ValidationRun Of(ValidationRunKey key)
    {
        string name = string.Join(' ', [key.Scenario, .. key.Sets]);
        if (!_done.TryGetValue(name, out (Scenario Scenario, ExperimentResult Result) run))
        {
            Scenario scenario = ShippedScenarios.Read(key.Scenario, key.Sets);
            ExperimentResult result = Experiment.Run(
                scenario,
                EngineKind.Sequential,
                1,
                (_, _) => !stop.IsCancellationRequested
            );
            stop.ThrowIfCancellationRequested();
            run = _done[name] = (scenario, result);
        }
        return new ValidationRun(
            run.Scenario,
            run.Result.Backends.Single(each => each.Backend.Name == key.Backend)
        );
    }
}
