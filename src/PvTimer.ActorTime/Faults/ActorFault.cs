using System;
using System.Collections.Generic;
using Akka.Actor;

namespace PvTimer.ActorTime.Faults;

/// <summary>A fault that a script has injected between actors. One that has met no message fails the script.</summary>
public sealed class ActorFault
{
    private readonly string _what;
    private readonly bool _isOptional;
    private readonly Func<object, IActorRef, IActorRef, bool> _concerns;
    private readonly Func<IReadOnlyList<TimeSpan>> _deliveries;
    private int _left;
    private bool _isLifted;

    /// <param name="what">"Drop of Ack to /user/sender".</param>
    /// <param name="times">So many messages, at least 1.</param>
    /// <param name="isOptional">It need not meet any.</param>
    /// <param name="concerns">Whether it is about a message, its sender and its target.</param>
    /// <param name="deliveries">When the message arrives.</param>
    internal ActorFault(
        string what,
        int times,
        bool isOptional,
        Func<object, IActorRef, IActorRef, bool> concerns,
        Func<IReadOnlyList<TimeSpan>> deliveries
    )
    {
        _what = what;
        _left = times;
        _isOptional = isOptional;
        _concerns = concerns;
        _deliveries = deliveries;
    }

    /// <summary>How many messages it has met.</summary>
    public int Hits { get; private set; }

    /// <summary>Ends it: messages that are still to be told are left alone.</summary>
    public void Lift() => _isLifted = true;

    /// <summary>What the end of the script has to say about it; null: nothing.</summary>
    internal string? Missed => Hits == 0 && !_isOptional ? $"{_what} has met none" : null;

    /// <summary>When a message arrives; null: it is none of this fault's.</summary>
    internal IReadOnlyList<TimeSpan>? Decide(in Envelope envelope, IActorRef target)
    {
        if (_left == 0 || _isLifted || !_concerns(envelope.Message, envelope.Sender, target))
        {
            return null;
        }
        _left--;
        Hits++;
        return _deliveries();
    }
}
