using System;

namespace PvTimer.ActorTime.Histories;

/// <summary>What an object does when its operations come one after the other.</summary>
/// <typeparam name="TState">Its state, with an equality by value; it is never changed.</typeparam>
/// <typeparam name="TInput">What is asked of it.</typeparam>
/// <typeparam name="TOutput">What it answers.</typeparam>
/// <param name="Initial">The state that it begins with.</param>
/// <param name="Apply">The state after an operation, and the answer to it.</param>
public sealed record SequentialModel<TState, TInput, TOutput>(
    TState Initial,
    Func<TState, TInput, (TState State, TOutput Output)> Apply
)
    where TState : notnull;

/// <summary>An operation of a history, with the time that it took.</summary>
/// <param name="By">Who asked.</param>
/// <param name="Input">What was asked.</param>
/// <param name="Output">What came back; of a call that has not ended it does not matter.</param>
/// <param name="Began">It had no effect before. On any clock that all calls share.</param>
/// <param name="Ended">It has had its effect by then; null: it has not ended, and may have had it or not.</param>
public readonly record struct Call<TInput, TOutput>(
    string By,
    TInput Input,
    TOutput Output,
    long Began,
    long? Ended
)
{
    /// <summary>"guest: Write 5 -> 0, 100 to 150".</summary>
    public override string ToString() =>
        Ended is { } ended
            ? $"{By}: {Input} -> {Output}, {Began} to {ended}"
            : $"{By}: {Input}, from {Began}";
}
