using System;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace PvTimer.Sharding;

/// <summary>
/// The time in which a node or a client lives: by it members are missed, given up and asked again. That of the wall,
/// unless a test has another one.
/// </summary>
/// <param name="Clock">What time it is.</param>
/// <param name="Config">
/// Akka configuration that has an actor system's timers and failure detectors run on that clock; null: they run on the
/// wall's.
/// </param>
public sealed record ClusterTime(TimeProvider Clock, Config? Config = null)
{
    /// <summary>That of the machine.</summary>
    public static ClusterTime Wall { get; } = new(TimeProvider.System);

    /// <summary>The clock of an actor system.</summary>
    internal static TimeProvider ClockOf(ActorSystem system) =>
        system.Settings.Setup.Get<TimeSetup>() is { HasValue: true } given
            ? given.Value.Clock
            : TimeProvider.System;

    /// <summary>What an actor system is told of it.</summary>
    internal Setup Setup => new TimeSetup(Clock);

    private sealed class TimeSetup(TimeProvider clock) : Setup
    {
        public TimeProvider Clock => clock;
    }
}
