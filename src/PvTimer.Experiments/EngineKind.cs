namespace PvTimer.Experiments;

/// <summary>What runs the machine; none changes its numbers.</summary>
public enum EngineKind
{
    /// <summary>Every CPU is an Akka actor.</summary>
    Actors,

    /// <summary>The plain state machines, in one loop.</summary>
    Sequential,
}
