using System;
using System.Threading;
using Akka.Actor;

namespace PvTimer.ActorTime.Worlds;

/// <summary>This thread runs actors of a world, until it is disposed of.</summary>
internal readonly ref struct Entered
{
    [ThreadStatic]
    private static ActorWorld? s_driving;

    private static readonly AsyncLocal<ActorWorld?> s_origin = new();

    private readonly ActorWorld _world;
    private readonly ActorWorld? _driving;
    private readonly ActorWorld? _origin;
    private readonly SynchronizationContext? _context;
    private readonly ActorCell? _acting;
    private readonly bool _isDriven;

    /// <param name="world">Whose.</param>
    /// <param name="isStep">They take a step of virtual time; else what they do is the script's own.</param>
    public Entered(ActorWorld world, bool isStep)
    {
        _world = world;
        _driving = s_driving;
        _origin = s_origin.Value;
        _context = SynchronizationContext.Current;
        _acting = AkkaInternals.ActingAs;
        _isDriven = world.IsDriven;
        // What awaits in an actor goes on in its mailbox, or where the task is completed, which is here.
        SynchronizationContext.SetSynchronizationContext(null);
        AkkaInternals.ActingAs = null;
        if (isStep)
        {
            s_driving = world;
            s_origin.Value = world;
            world.IsDriven = true;
        }
    }

    /// <summary>The world of which this thread takes a step; null: of none.</summary>
    public static ActorWorld? Driving => s_driving;

    /// <summary>The world whose actors have begun what this thread does: it flows to tasks and timers.</summary>
    public static ActorWorld? Origin => s_origin.Value;

    public void Dispose()
    {
        s_driving = _driving;
        s_origin.Value = _origin;
        _world.IsDriven = _isDriven;
        AkkaInternals.ActingAs = _acting;
        SynchronizationContext.SetSynchronizationContext(_context);
    }
}
