using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.Experiments;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;

namespace PvTimer.TestKit;

/// <content>Properties: what holds for every script that a generator can think of.</content>
public abstract partial class PvTimerTestKit
{
    private static readonly Dictionary<string, Func<ScriptResult, bool>> Nothing = [];

    /// <summary>
    /// Runs generated scripts and asks for a property of each. One that fails is made as small as it can be,
    /// and comes back as a script in C# that can be pasted into a test. They run on the sequential engine, which
    /// has every other engine's hash and starts nothing.
    /// </summary>
    /// <param name="scripts">See <see cref="Scripts.Of"/>.</param>
    /// <param name="property">Throws if it does not hold.</param>
    /// <param name="runs">How many scripts, at least 1.</param>
    /// <param name="seed">The same seed gives the same scripts.</param>
    /// <param name="saveTo">
    /// A file that a script that fails is written to, as small as it became; null: none is. <see cref="Replay(string)"/> and
    /// "pvtimer run" run it again.
    /// </param>
    /// <param name="sometimes">What is to hold of some script at least, by name; null: nothing.</param>
    /// <param name="cancel">Asked before each script.</param>
    /// <param name="words">The property as the test says it; the compiler fills it in.</param>
    /// <exception cref="ScriptException">
    /// The property does not hold, and the message says for which script; or what holds sometimes never did.
    /// </exception>
    public static void ForAll(
        Gen<Scenario> scripts,
        Action<Scenario, ScriptResult> property,
        int runs = 100,
        ulong seed = 1,
        IReadOnlyDictionary<string, Func<ScriptResult, bool>>? sometimes = null,
        string? saveTo = null,
        CancellationToken cancel = default,
        [CallerArgumentExpression(nameof(property))] string? words = null
    )
    {
        ArgumentNullException.ThrowIfNull(scripts);
        ArgumentNullException.ThrowIfNull(property);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        Awaited.ThrowIfAsyncVoid(property, nameof(property));
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

    /// <summary>
    /// Runs a scenario file again, such as <see cref="ForAll"/> writes one for a script that fails, or <see cref="Save"/>: to
    /// its end, on the sequential engine.
    /// </summary>
    /// <param name="file">Its path, relative to the current folder or to one above the test's assembly.</param>
    /// <returns>What came of it: a property is asked of it as in the test that failed.</returns>
    public static ScriptResult Replay(string file) =>
        RunOn(EngineKind.Sequential, ScenarioReader.Read(ScenarioFile.Find(file), []));

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
            saved = $"; saved, for \"pvtimer run\" and {nameof(Replay)}, as {saveTo}";
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
            property(script, RunOn(EngineKind.Sequential, script));
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
            return RunOn(EngineKind.Sequential, script).TraceHash;
        }
        catch (Engine.RunFailedException)
        {
            return null;
        }
    }
}
