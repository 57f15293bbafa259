using System;
using System.Collections.Generic;

namespace PvTimer.Simulation.Tests.World;

/// <summary>What happens when, in virtual time: one thing after the other, ties in the order in which they were noted.</summary>
internal sealed class Agenda
{
    private readonly record struct Due(TimeSpan At, long Order);

    private readonly PriorityQueue<Action, Due> _due = new(Comparer<Due>.Create(Compare));
    private long _noted;

    public TimeSpan Now { get; private set; }

    public long Steps { get; private set; }

    public void At(TimeSpan at, Action then) =>
        _due.Enqueue(then, new Due(at < Now ? Now : at, _noted++));

    public void After(TimeSpan delay, Action then) => At(Now + delay, then);

    private static int Compare(Due left, Due right) =>
        left.At == right.At ? left.Order.CompareTo(right.Order) : left.At.CompareTo(right.At);

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
