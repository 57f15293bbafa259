using System;
using System.Collections.Generic;
using System.Threading;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Sweeps;

/// <summary>Carries runs out in this process, a core each.</summary>
/// <param name="threads">At least 1.</param>
public sealed class LocalRunner(int threads) : IPointRunner
{
    /// <inheritdoc/>
    public void Run(
        IEnumerable<PointOrder> orders,
        Action<PointOutcome> finished,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(finished);
        Lock gate = new();
        try
        {
            ComputingThreads.ForEach(
                orders,
                threads,
                order =>
                {
                    if (
                        PointExecution.Run(order, () => !stop.IsCancellationRequested) is
                        { } outcome
                    )
                    {
                        lock (gate)
                        {
                            finished(outcome);
                        }
                    }
                },
                stop
            );
        }
        catch (OperationCanceledException)
        {
            // What has been told of is finished, the rest is not.
        }
    }
}
