using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using PvTimer.Engine;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Repetition;

/// <summary>A finished run that was run again.</summary>
/// <param name="Run">What was repeated.</param>
/// <param name="Backends">Its finished back-ends, in the order of the run.</param>
/// <param name="Differences">What is not as it was, see <see cref="FinishedRun.Differences"/>.</param>
public sealed record Rerun(
    FinishedRun Run,
    ImmutableArray<RepeatedBackend> Backends,
    ImmutableArray<string> Differences
)
{
    /// <summary>Every back-end has the hash that it had.</summary>
    public bool IsSame => Backends.All(each => each.IsSame);

    /// <summary>Runs it on the engine that ran it, in this process.</summary>
    /// <param name="run">What to repeat.</param>
    /// <param name="scenario">Its scenario.</param>
    /// <param name="goOn">Asked now and then, with how far a run has come; false stops it.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="InvalidDataException">Nothing of it was finished.</exception>
    /// <exception cref="RunFailedException">It broke.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Rerun Of(
        FinishedRun run,
        Scenario scenario,
        Func<TimerBackend, RunProgress, bool> goOn,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.TraceHashes.IsEmpty)
        {
            throw new InvalidDataException(
                $"{run.Directory}: none of its back-ends was finished; accepted: a run with a result"
            );
        }
        ImmutableArray<string> differences = run.Differences();
        ExperimentResult result = Experiment.Run(scenario, run.Engine, run.Regions, goOn);
        stop.ThrowIfCancellationRequested();
        return new Rerun(
            run,
            [
                .. run.TraceHashes.Select(then => new RepeatedBackend(
                    then.Backend,
                    then.Hash,
                    result
                        .Backends.FirstOrDefault(each => each.Backend.Name == then.Backend)
                        ?.Outcome.TraceHash
                )),
            ],
            differences
        );
    }
}

/// <param name="Backend">Its name.</param>
/// <param name="Then">The trace hash in the manifest.</param>
/// <param name="Now">The hash of the repetition; null: the scenario has no such back-end any more.</param>
public sealed record RepeatedBackend(string Backend, string Then, string? Now)
{
    public bool IsSame => Then == Now;
}
