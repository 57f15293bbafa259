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
        string saved = "";
        if (saveTo is not null)
        {
            File.WriteAllText(saveTo, ScenarioWriter.Write(smallest.Script));
            saved =
                $"; saved, for \"pvtimer run\" and {nameof(PvTimerTestKit.Replay)}, as {saveTo}";
        }
        return new ScriptException(
            $"""
            {left.Message}

            {which}, shrunk in {tries} tries{saved}
            from {sample}
            to   {smallest}:

            {ScriptText.Write(smallest.Script, HashOf(smallest), words, smallest.Faults)}
            """,
            left
        );
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
