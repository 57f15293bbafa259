using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments.Repetition;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Explain;

/// <summary>Which back-ends of a finished run are run again, and what their hashes have to be.</summary>
/// <param name="Backend">Which.</param>
/// <param name="Hash">In the manifest.</param>
public sealed record RecordedBackends(TimerBackend Backend, string Hash)
{
    /// <param name="run">Has been written.</param>
    /// <param name="scenario">Its scenario.</param>
    /// <param name="backends">Which; empty: all.</param>
    /// <exception cref="DifferentRunException">One was not finished, or is not in the scenario any more.</exception>
    public static ImmutableArray<RecordedBackends> Of(
        FinishedRun run,
        Scenario scenario,
        ImmutableArray<TimerBackend> backends
    )
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(scenario);
        ImmutableArray<RecordedBackends> all =
        [
            .. scenario.Backends.SelectMany(backend =>
                run.TraceHashes.Where(hash => hash.Backend == backend.Name)
                    .Select(hash => new RecordedBackends(backend, hash.Hash))
            ),
        ];
        foreach (TimerBackend backend in backends)
        {
            if (all.All(each => each.Backend != backend))
            {
                throw new DifferentRunException(
                    $"{run.Directory}: {backend} was not run, or not finished; accepted: {string.Join(", ", all.Select(each => each.Backend))}"
                );
            }
        }
        return backends.IsEmpty ? all : [.. all.Where(each => backends.Contains(each.Backend))];
    }

    /// <exception cref="DifferentRunException">It is another one.</exception>
    public void Check(FinishedRun run, string hash)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (hash != Hash)
        {
            string why = string.Join("; ", run.Differences());
            throw new DifferentRunException(
                $"{run.Directory}: run again {Backend} has trace hash {hash}, its manifest says {Hash}"
                    + $" ({(why.Length == 0 ? "version, scenario and inputs are as they were" : why)})"
            );
        }
    }
}

/// <summary>A run that was run again is not the run that was recorded.</summary>
public sealed class DifferentRunException(string message) : Exception(message);
