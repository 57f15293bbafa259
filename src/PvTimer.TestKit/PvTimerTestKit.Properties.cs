using System;
using CsCheck;
using PvTimer.Scenarios;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;

namespace PvTimer.TestKit;

/// <content>Properties: what holds for every script that a generator can think of.</content>
public abstract partial class PvTimerTestKit
{
    /// <summary>
    /// Runs generated scripts and asks for a property of each. One that fails is made as small as it can be,
    /// and comes back as a script in C# that can be pasted into a test.
    /// </summary>
    /// <param name="scripts">See <see cref="Scripts.Of"/>.</param>
    /// <param name="property">Throws if it does not hold.</param>
    /// <param name="runs">How many scripts, at least 1.</param>
    /// <param name="seed">The same seed gives the same scripts.</param>
    /// <exception cref="ScriptException">The property does not hold; the message says for which script.</exception>
    public static void ForAll(
        Gen<Scenario> scripts,
        Action<Scenario, ScriptResult> property,
        int runs = 100,
        uint seed = 1
    )
    {
        ArgumentNullException.ThrowIfNull(scripts);
        ArgumentNullException.ThrowIfNull(property);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        var chance = new PCG(seed);
        for (int run = 1; run <= runs; run++)
        {
            Scenario script = scripts.Generate(chance, min: null, out _);
            if (FailureOf(script, property) is null)
            {
                continue;
            }
            (Scenario smallest, int tried) = Shrinking.Shrink(
                script,
                smaller => FailureOf(smaller, property) is not null
            );
            Exception failure = FailureOf(smallest, property)!; // reason: it fails, or it would not be here
            throw new ScriptException(
                $"script {run} of seed {seed} fails, and so does the smallest of {tried} that came of it: {failure.Message}\n\n"
                    + ScriptText.Write(smallest, HashOf(smallest)),
                failure
            );
        }
    }

    private static Exception? FailureOf(Scenario script, Action<Scenario, ScriptResult> property)
    {
        try
        {
            property(script, Run(script));
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
            return Run(script).TraceHash;
        }
        catch (Engine.RunFailedException)
        {
            return null;
        }
    }
}
