using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using PvTimer.Actors.Dispatch;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// The scheduler of a script's actor system: an actor of the machine that is handling an event gets the machine's time,
/// actors of the test's own get the script's, which is the same.
/// </summary>
internal sealed class ScriptScheduler : WorldScheduler
{
    private readonly HybridScheduler _machine;

    /// <summary>Made by an actor system, as its configuration says.</summary>
    public ScriptScheduler(Config config, ILoggingAdapter log)
        : base(config, log) => _machine = new HybridScheduler(config, log);

    /// <inheritdoc/>
    protected override SchedulerBase? Other =>
        RegionDriver.Current is { IsInVirtualTime: true } ? _machine : base.Other;
}
