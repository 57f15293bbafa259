using System;
using PvTimer.Simulation.Tests.World;

namespace PvTimer.Simulation.Tests.Plans;

/// <summary>What makes a node sick, and does not end it.</summary>
internal static class SickDeeds
{
    /// <summary>The failure detector hears its process, and its node does nothing any more.</summary>
    public static Deed Mute(TimeSpan at, string node) =>
        new(
            at,
            $"the node actor of {node} is dead",
            TimeSpan.Zero,
            (cluster, _) =>
            {
                if (cluster.Named(node) is { } mute)
                {
                    cluster.Hits.Count(Fault.NodeMute);
                    mute.IsMute = true;
                }
            }
        );
}
