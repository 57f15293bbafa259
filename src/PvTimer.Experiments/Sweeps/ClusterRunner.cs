using System;
using System.Collections.Generic;
using System.Threading;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Sweeps;

/// <summary>Has the nodes of a cluster carry runs out.</summary>
/// <param name="door">The way to them.</param>
/// <param name="note">Takes a line about nodes that come and go.</param>
public sealed class ClusterRunner(ClusterDoor door, Action<string> note) : IPointRunner
{
    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answers any more.</exception>
    /// <exception cref="OrderRefusedException">The nodes have another token.</exception>
    public void Run(
        IEnumerable<PointOrder> orders,
        Action<PointOutcome> finished,
        CancellationToken stop
    )
    {
        try
        {
            new PointDispatch(door, note).Run(orders, finished, stop).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What has been told of is finished, the rest is not.
        }
    }
}
