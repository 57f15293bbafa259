using System;
using System.Linq;
using PvTimer.Sharding.Commands;
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

    /// <summary>Before there is any formation; what was acknowledged is known to no node then.</summary>
    public static Deed HoldAndKill(Chance chance, TimeSpan at)
    {
        string instant = string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{chance.Below(ToyMachine.Rounds)}ms"
        );
        return new(
            at / 3,
            $"hold at {instant}, and kill the coordinator as soon as it has acknowledged that",
            TimeSpan.Zero,
            (cluster, client) =>
                client.Command(
                    new HoldCommand(client.Run, instant),
                    () =>
                        cluster.Living.FirstOrDefault(node => node.Coordinator is not null)?.Kill()
                )
        );
    }
}
