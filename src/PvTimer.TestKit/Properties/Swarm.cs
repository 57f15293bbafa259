using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.Experiments;
using PvTimer.Scenarios;
using PvTimer.TestKit.Results;

namespace PvTimer.TestKit.Properties;

/// <summary>Generated scripts, each asked for a property; one that fails is made small.</summary>
internal static class Swarm
{
    private static readonly Dictionary<string, Func<ScriptResult, bool>> Nothing = [];

    /// <inheritdoc cref="PvTimerTestKit.ForAll"/>
    public static void ForAll(
        Gen<Scenario> scripts,
        Action<Scenario, ScriptResult> property,
        int runs,
        ulong seed,
        IReadOnlyDictionary<string, Func<ScriptResult, bool>>? sometimes,
        string? saveTo,
        string? words,
        CancellationToken cancel
    )
    {
        PCG chance = new(0, seed);
        Reached reached = new();
        Action<Scenario, ScriptResult> asked = (script, result) =>
        {
            property(script, result);
            foreach ((string name, Func<ScriptResult, bool> holds) in sometimes ?? Nothing)
            {
                reached.Note(name, holds(result));
            }
        };
        for (int run = 1; run <= runs; run++)
        {
            cancel.ThrowIfCancellationRequested();
            Scenario script = scripts.Generate(chance, min: null, out _);
            if (FailureOf(script, asked) is { } failure)
            {
                throw Shrunk(
                    script,
                    failure,
                    property,
                    $"script {run} of seed {seed}",
                    words,
                    saveTo
                );
            }
        }
        reached.ThrowIfNever($"{runs} scripts of seed {seed}");
    }

    private static ScriptException Shrunk(
        Scenario script,
        Exception failure,
        Action<Scenario, ScriptResult> property,
        string which,
        string? words,
        string? saveTo
    )
    {
        // A smaller script that fails for another reason, such as a run that breaks, would lead astray.
        (Scenario smallest, int tries) = Shrinking.Shrink(
            script,
            smaller => SmallerScripts.Of(smaller).Concat(SimplerScripts.Of(smaller)),
            leap => SmallerScripts.Slightly(leap).Concat(SimplerScripts.DrawnTogether(leap)),
            smaller => FailureOf(smaller, property)?.GetType() == failure.GetType()
        );
        Exception left = FailureOf(smallest, property) ?? failure;
        string saved = "";
        if (saveTo is not null)
        {
            File.WriteAllText(saveTo, ScenarioWriter.Write(smallest));
            saved =
                $"; saved, for \"pvtimer run\" and {nameof(PvTimerTestKit.Replay)}, as {saveTo}";
        }
        return new ScriptException(
            $"""
            {left.Message}

            {which}, shrunk in {tries} tries{saved}
            from {ScriptSize.Of(script)}
            to   {ScriptSize.Of(smallest)}:

            {ScriptText.Write(smallest, HashOf(smallest), words)}
            """,
            left
        );
    }

    private static Exception? FailureOf(Scenario script, Action<Scenario, ScriptResult> property)
    {
        try
        {
            property(script, ScenarioRun.On(EngineKind.Sequential, script));
            return null;
        }
        // reason: whatever a property or a broken run throws is a failure
        catch (Exception failure)
        {
            return failure;
        }
    }

    /// <summary>Null if the run itself breaks.</summary>
    private static string? HashOf(Scenario script)
    {
        try
        {
            return ScenarioRun.On(EngineKind.Sequential, script).TraceHash;
        }
        catch (Engine.RunFailedException)
        {
            return null;
        }
    }
}
