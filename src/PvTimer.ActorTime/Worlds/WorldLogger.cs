using Akka.Actor;
using Akka.Event;

namespace PvTimer.ActorTime.Worlds;

/// <summary>Writes the actor system's log to where the script's log goes.</summary>
internal sealed class WorldLogger : ReceiveActor
{
    /// <summary>Made by an actor system, as its configuration says.</summary>
    public WorldLogger()
    {
        ActorWorld world = WorldScheduler.WorldOf(Context.System.Scheduler);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(logged =>
            world.Log?.Invoke($"{Journal.TimeText(world.Now)} {logged.LogLevel()} {logged}")
        );
    }
}
