using System;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>How to run a machine; none of it may change the result.</summary>
/// <param name="Regions">Kernels that run side by side, each with a thread of its own; at least 1.</param>
/// <param name="Continue">
/// Asked now and then (every few thousand events, and at the end), with how far the run has come; false
/// stops the run there. Called on a thread of the engine, never on two at once.
/// </param>
public sealed record RunOptions(int Regions = 1, Func<RunProgress, bool>? Continue = null)
{
    /// <summary>
    /// Called once when the run stands still, at the machine's end or where it was stopped, with what freezes
    /// the whole machine there, so that another run can go on from it. Null: nothing is frozen. A run that
    /// broke does not call it.
    /// </summary>
    public Action<Func<Resumption>>? AtEnd { get; init; }
}

/// <param name="Now">Everything before this instant has happened.</param>
/// <param name="Events">Events handled so far.</param>
public readonly record struct RunProgress(VirtualTime Now, long Events);

/// <summary>What a run left behind, beside the machine's own state.</summary>
/// <param name="TraceHash">Lower-case hexadecimal; equal for every engine and number of regions.</param>
/// <param name="Events">Events handled.</param>
/// <param name="Reached">The machine's end, or where <see cref="RunOptions.Continue"/> stopped it.</param>
/// <param name="Interrupted">It was stopped before its end.</param>
public sealed record RunOutcome(
    string TraceHash,
    long Events,
    VirtualTime Reached,
    bool Interrupted
);
