using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.Scenarios;
using PvTimer.TestKit.Results;

namespace PvTimer.TestKit.Properties;

/// <summary>Generated scripts, each asked for a property; one that fails is made small.</summary>
/// <param name="property">Throws if it does not hold.</param>
/// <param name="sometimes">What is to hold of some script at least, by name; null: nothing.</param>
/// <param name="words">The property as the test says it.</param>
/// <param name="saveTo">Where one that fails is written to; null: nowhere.</param>
internal sealed class Swarm(
    Action<Sample, ScriptResult> property,
    IReadOnlyDictionary<string, Func<ScriptResult, bool>>? sometimes,
    string? words,
    string? saveTo
)
{
    private static readonly Dictionary<string, Func<ScriptResult, bool>> Nothing = [];

    private readonly Reached _reached = new();

    /// <inheritdoc cref="PvTimerTestKit.ForAll(Gen{Scenario}, Action{Scenario, ScriptResult}, int, ulong, IReadOnlyDictionary{string, Func{ScriptResult, bool}}?, string?, CancellationToken, string?)"/>
    public void ForAll(Gen<Sample> samples, int runs, ulong seed, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        PCG chance = new(0, seed);
        for (int run = 1; run <= runs; run++)
        {
            cancel.ThrowIfCancellationRequested();
            Sample sample = samples.Generate(chance, min: null, out _);
            if (FailureOf(sample, _reached) is { } failure)
            {
                throw Shrunk(sample, failure, $"script {run} of seed {seed}");
            }
        }
        _reached.ThrowIfNever($"{runs} scripts of seed {seed}");
    }

    private ScriptException Shrunk(Sample sample, Exception failure, string which)
    {
        // A smaller script that fails for another reason, such as a run that breaks, would lead astray.
        (Sample smallest, int tries) = Shrinking.Shrink(
            sample,
            each => each.Smaller(),
            each => each.Leaps(),
            smaller => FailureOf(smaller, reached: null)?.GetType() == failure.GetType()
        );
        Exception left = FailureOf(smallest, reached: null) ?? failure;
        return new ScriptException(
            $"""
            {left.Message}

            {which}, shrunk in {tries} tries{Saved(smallest)}
            from {sample}
            to   {smallest}:

            {Text(smallest)}
            """,
            left
        );
    }

    /// <summary>What cannot be written does not hide what failed.</summary>
    private string Saved(Sample sample)
    {
        if (saveTo is null)
        {
            return "";
        }
        try
        {
            File.WriteAllText(saveTo, ScenarioWriter.Write(sample.Script));
            return $"; saved, for \"pvtimer run\" and {nameof(PvTimerTestKit.Replay)}, as {saveTo}";
        }
        catch (Exception refused)
            when (refused is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return $"; not saved as {saveTo}: {refused.Message}";
        }
    }

    private string Text(Sample sample)
    {
        try
        {
            return ScriptText.Write(sample.Script, HashOf(sample), words, sample.Faults);
        }
        catch (NotSupportedException unsaid)
        {
            return $"It is not written as C#: {unsaid.Message}.";
        }
    }

    private Exception? FailureOf(Sample sample, Reached? reached)
    {
        try
        {
            ScriptResult result = sample.Run(reached);
            property(sample, result);
            foreach ((string name, Func<ScriptResult, bool> holds) in sometimes ?? Nothing)
            {
                reached?.Note(name, holds(result));
            }
            return null;
        }
        // reason: whatever a property or a broken run throws is a failure
        catch (Exception failure)
        {
            return failure;
        }
    }

    /// <summary>Null if the run itself breaks.</summary>
    private static string? HashOf(Sample sample)
    {
        try
        {
            return sample.Run(reached: null).TraceHash;
        }
        catch (Engine.RunFailedException)
        {
            return null;
        }
    }
}
