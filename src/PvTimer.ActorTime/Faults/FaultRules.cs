using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Faults;

/// <summary>What becomes of messages on their way between actors: the first rule that concerns one decides.</summary>
internal sealed class FaultRules
{
    private static readonly TimeSpan[] AtOnce = [TimeSpan.Zero];

    private readonly List<ActorFault> _rules = [];

    public void Add(ActorFault rule) => _rules.Add(rule);

    /// <summary>How long each delivery of a message takes: none if it is lost, several if it is doubled.</summary>
    public IReadOnlyList<TimeSpan> Deliveries(in Envelope envelope, IActorRef target)
    {
        foreach (ActorFault rule in _rules)
        {
            if (rule.Decide(envelope, target) is { } deliveries)
            {
                return deliveries;
            }
        }
        return AtOnce;
    }

    /// <summary>What the end of the script has to say: faults that have met no message.</summary>
    public IReadOnlyList<string> Missed() =>
        [.. _rules.Select(rule => rule.Missed).OfType<string>()];

    /// <summary>"  (lost)": what a table of messages says of one.</summary>
    public static string Text(IReadOnlyList<TimeSpan> deliveries) =>
        deliveries.Count == 0 ? "  (lost)"
        : deliveries.Count > 1 ? "  (doubled)"
        : deliveries[0] > TimeSpan.Zero ? $"  (late: {Journal.TimeText(deliveries[0].Ticks * 100)})"
        : "";
}
