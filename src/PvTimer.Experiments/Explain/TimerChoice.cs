using System;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>Which timers are to be explained one by one.</summary>
public abstract record TimerChoice
{
    /// <summary>None: the run as a whole.</summary>
    public sealed record None : TimerChoice;

    /// <param name="Vcpu">Its name.</param>
    /// <param name="Number">As <see cref="ExplainedTimer.Number"/>.</param>
    public sealed record One(string Vcpu, long Number) : TimerChoice;

    /// <summary>Those that are the latest.</summary>
    /// <param name="Count">1 to <see cref="Most"/>.</param>
    public sealed record Latest(int Count) : TimerChoice;

    /// <summary>The first of a vCPU that was entered at or after an instant.</summary>
    public sealed record At(string Vcpu, VirtualTime Time) : TimerChoice;

    /// <summary>All, as they fire; none is kept.</summary>
    /// <param name="Fired">Called on the thread of the engine.</param>
    public sealed record Every(Action<ExplainedTimer> Fired) : TimerChoice;

    /// <summary>So many at most.</summary>
    public const int Most = 1_000;
}
