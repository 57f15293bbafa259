using System;
using System.Collections.Generic;

namespace PvTimer.Simulation.Tests.World;

/// <summary>What happens when, in virtual time: one thing after the other, ties in the order in which they were noted.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action, Due> _due = new();
    private long _noted;

    /// <summary>Compared without a comparer of its parts: that is most of what a queue does.</summary>
    private readonly record struct Due(TimeSpan At, long Order) : IComparable<Due>
    {
        public int CompareTo(Due other) =>
            At == other.At ? Order.CompareTo(other.Order) : At.CompareTo(other.At);
    }

    public TimeSpan Now { get; private set; }

    public long Steps { get; private set; }

    public void At(TimeSpan at, Action then) =>
        _due.Enqueue(then, new Due(at < Now ? Now : at, _noted++));

    public void After(TimeSpan delay, Action then) => At(Now + delay, then);

    /// <summary>Runs until there is nothing more to do, it is told to stop, or an instant has come.</summary>
    public void Run(TimeSpan until, Func<bool> isOver)
    {
        while (!isOver() && _due.TryPeek(out _, out Due next) && next.At <= until)
        {
            Action then = _due.Dequeue();
            Now = next.At;
            Steps++;
            then();
        }
    }
}
