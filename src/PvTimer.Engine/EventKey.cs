using System;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// The place of an event in the total order of a run: never arrival, node or thread. Two events with
/// equal keys cannot be ordered; whoever meets them stops the run.
/// </summary>
/// <param name="Time">When it happens.</param>
/// <param name="Source">Who sent it; for a scripted message the target.</param>
/// <param name="Sequence">
/// The source's own count of what it sent, its timers included; what it sent lazily counts apart, from 2^60, scripted
/// messages from 2^61.
/// </param>
public readonly record struct EventKey(VirtualTime Time, EntityId Source, long Sequence)
    : IComparable<EventKey>
{
    /// <summary>What is sent lazily is numbered from here: at one instant it comes behind what else its sender sent.</summary>
    internal const long FirstLazy = 1L << 60;

    /// <summary>Scripted messages are numbered from here.</summary>
    internal const long FirstScripted = 1L << 61;

    /// <summary>Errands are numbered from here, so that they take no numbers from the machine's events.</summary>
    internal const long FirstErrand = 1L << 62;

    /// <summary>
    /// It was sent lazily: no part of the trace, and not counted, because a run may do without it.
    /// </summary>
    public bool IsLazy => Sequence is >= FirstLazy and < FirstScripted;

    /// <summary>The machine's script sent it, not an entity.</summary>
    public bool IsFromOutside => Sequence is >= FirstScripted and < FirstErrand;

    public static bool operator <(EventKey left, EventKey right) => left.CompareTo(right) < 0;

    public static bool operator >(EventKey left, EventKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(EventKey left, EventKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(EventKey left, EventKey right) => left.CompareTo(right) >= 0;

    public int CompareTo(EventKey other)
    {
        int byTime = Time.CompareTo(other.Time);
        if (byTime != 0)
        {
            return byTime;
        }
        int bySource = Source.Index.CompareTo(other.Source.Index);
        return bySource != 0 ? bySource : Sequence.CompareTo(other.Sequence);
    }

    public override string ToString() => $"({Time}, source {Source}, number {Sequence})";
}

/// <summary>An event that has not happened yet.</summary>
/// <param name="Key">Its place in the order.</param>
/// <param name="Target">Whom it reaches.</param>
/// <param name="Message">What reaches it.</param>
public readonly record struct PendingEvent(EventKey Key, EntityId Target, Message Message);
