using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Numerics;

namespace PvTimer.ActorTime.Histories;

/// <summary>
/// Whether a history of concurrent calls looks as if each had had its effect at one instant between its beginning and its
/// end (Herlihy and Wing 1990).
/// </summary>
/// <remarks>
/// The search of Wing and Gong ("Testing and verifying concurrent objects", 1993): the next call is one that no other has
/// ended before; it fits if the model answers as it was answered. Lowe's memoization ("Testing for linearizability",
/// 2017): the same calls with the same state after them are tried once, in whatever order they came.
/// </remarks>
public static class Linearizability
{
    /// <summary>So many calls has a history at most.</summary>
    public const int MostCalls = 10_000;

    /// <summary>So many sets of calls, with the state after them, are tried at most.</summary>
    public const int MostStates = 1_000_000;

    /// <param name="history">The calls, in whatever order. One that ends at the instant at which another begins overlaps it.</param>
    /// <param name="model">What the object does without concurrency.</param>
    /// <returns>With an order that explains the history, or with the longest part of one.</returns>
    /// <exception cref="ArgumentException">A call ends before it begins.</exception>
    /// <exception cref="ScriptException">The history is too long, or too much of it overlaps, to be decided.</exception>
    public static Linearization<TInput, TOutput> Check<TState, TInput, TOutput>(
        IEnumerable<Call<TInput, TOutput>> history,
        SequentialModel<TState, TInput, TOutput> model
    )
        where TState : notnull
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(model);
        Call<TInput, TOutput>[] calls = [.. history.OrderBy(call => call.Began)];
        if (calls.Length > MostCalls)
        {
            throw new ScriptException(
                $"a history of {calls.Length} calls; accepted: {MostCalls} at most"
            );
        }
        int wrong = Array.FindIndex(calls, call => call.Ended < call.Began);
        return wrong >= 0
            ? throw new ArgumentException(
                $"{calls[wrong]} ends before it begins; accepted: an end that is not before the beginning",
                nameof(history)
            )
            : new Search<TState, TInput, TOutput>(calls, model).Run();
    }

    /// <summary>Depth first, with what was tried in a set.</summary>
    private sealed class Search<TState, TInput, TOutput>(
        Call<TInput, TOutput>[] calls,
        SequentialModel<TState, TInput, TOutput> model
    )
        where TState : notnull
    {
        private readonly HashSet<(BigInteger Done, TState State)> _tried = [];
        private readonly int _owed = calls.Count(call => call.Ended is not null);

        public Linearization<TInput, TOutput> Run()
        {
            Stack<(int Call, TState State, BigInteger Done)> way = new();
            int[] longest = [];
            TState state = model.Initial;
            BigInteger done = BigInteger.Zero;
            int ended = 0;
            int next = 0;
            while (ended < _owed)
            {
                int call = NextFitting(next, done, state, out TState after);
                if (call >= 0)
                {
                    way.Push((call, state, done));
                    (state, done) = (after, done | (BigInteger.One << call));
                    ended += calls[call].Ended is null ? 0 : 1;
                    next = 0;
                    if (way.Count > longest.Length)
                    {
                        longest = [.. way.Reverse().Select(step => step.Call)];
                    }
                    continue;
                }
                if (!way.TryPop(out (int Call, TState State, BigInteger Done) last))
                {
                    return Result(longest, isLinearizable: false);
                }
                (next, state, done) = (last.Call + 1, last.State, last.Done);
                ended -= calls[last.Call].Ended is null ? 0 : 1;
            }
            return Result([.. way.Reverse().Select(step => step.Call)], isLinearizable: true);
        }

        /// <summary>The first call from an index on that may come next, and leads to what was not tried yet; -1: none.</summary>
        private int NextFitting(int from, BigInteger done, TState state, out TState after)
        {
            long horizon = FirstEnd(done);
            for (int call = from; call < calls.Length && calls[call].Began <= horizon; call++)
            {
                if (IsDone(done, call))
                {
                    continue;
                }
                (after, TOutput output) = model.Apply(state, calls[call].Input);
                bool fits =
                    calls[call].Ended is null
                    || EqualityComparer<TOutput>.Default.Equals(output, calls[call].Output);
                if (fits && _tried.Add((done | (BigInteger.One << call), after)))
                {
                    return _tried.Count <= MostStates
                        ? call
                        : throw new ScriptException(
                            $"more than {MostStates} sets of calls were tried, and nothing is decided; accepted: fewer "
                                + "calls that overlap"
                        );
                }
            }
            after = state;
            return -1;
        }

        /// <summary>What begins behind the end of a call that is not done cannot come before it.</summary>
        private long FirstEnd(BigInteger done)
        {
            long first = long.MaxValue;
            for (int call = 0; call < calls.Length && calls[call].Began <= first; call++)
            {
                if (!IsDone(done, call) && calls[call].Ended is { } ended)
                {
                    first = Math.Min(first, ended);
                }
            }
            return first;
        }

        private static bool IsDone(BigInteger done, int call) =>
            !((done >> call) & BigInteger.One).IsZero;

        private Linearization<TInput, TOutput> Result(int[] order, bool isLinearizable) =>
            new(
                isLinearizable,
                [.. order.Select(call => calls[call])],
                [.. Enumerable.Range(0, calls.Length).Except(order).Select(call => calls[call])],
                _tried.Count
            );
    }
}

/// <summary>What came of a check.</summary>
/// <param name="IsLinearizable">An order explains the history.</param>
/// <param name="Order">That order; or the longest beginning of one.</param>
/// <param name="Left">The calls that are not in it.</param>
/// <param name="Tried">Sets of calls, with the state after them, that were tried.</param>
public sealed record Linearization<TInput, TOutput>(
    bool IsLinearizable,
    ImmutableArray<Call<TInput, TOutput>> Order,
    ImmutableArray<Call<TInput, TOutput>> Left,
    int Tried
)
{
    /// <exception cref="ScriptException">No order explains the history; the message shows how far one comes.</exception>
    public Linearization<TInput, TOutput> ShouldHold() =>
        IsLinearizable ? this : throw new ScriptException($"{this}");

    public override string ToString() =>
        IsLinearizable
            ? $"linearizable:\n  {string.Join("\n  ", Order)}"
            : $"not linearizable; the longest order:\n  {string.Join("\n  ", Order)}\nleft:\n  {string.Join("\n  ", Left)}";
}
