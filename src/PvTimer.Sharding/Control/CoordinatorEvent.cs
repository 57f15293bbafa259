using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>What can happen to the coordinator: one of these, and nothing else, goes into a step.</summary>
internal abstract record CoordinatorEvent
{
    /// <summary>A message of a node or of a client.</summary>
    /// <param name="Message">What it says.</param>
    /// <param name="Asker">By which an answer finds its way back; 0: none is expected.</param>
    public sealed record Heard(IWireMessage Message, long Asker = 0) : CoordinatorEvent;

    /// <summary>The members, or what is known of them, are others than before.</summary>
    public sealed record ClusterChanged(ClusterView View) : CoordinatorEvent;

    /// <summary>A member was declared dead, or has left.</summary>
    /// <param name="Address">Its Akka address.</param>
    /// <param name="IsSelf">It is the coordinator's own node: what the view shows may be a moment behind.</param>
    public sealed record MemberGone(string Address, bool IsSelf) : CoordinatorEvent;

    /// <summary>Some time has passed: is everything as it should be?</summary>
    public sealed record TimePassed : CoordinatorEvent
    {
        public static TimePassed Instance { get; } = new();
    }

    /// <summary>The disk has done what it was asked for, or could not.</summary>
    /// <param name="Number">Of the request.</param>
    /// <param name="Answer">What came of it.</param>
    public sealed record DiskAnswered(long Number, DiskAnswer Answer) : CoordinatorEvent;
}
