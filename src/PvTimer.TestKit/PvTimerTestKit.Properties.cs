using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.Scenarios;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;

namespace PvTimer.TestKit;

/// <content>Properties: what holds for every script that a generator can think of.</content>
public abstract partial class PvTimerTestKit
{
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
    /// Where one that fails is written to, for <see cref="Replay(string, CancellationToken)"/> and "pvtimer run"; null: nowhere.
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
        Awaited.ThrowIfAsyncVoid(property, nameof(property));
        new Swarm(
            (sample, result) => property(sample.Script, result),
            sometimes,
            words,
            saveTo
        ).ForAll(scripts.Select(script => new Sample(script, Faults: null)), runs, seed, cancel);
    }

    /// <summary>
    /// The same, with messages that are lost, late or doubled: each script is run with a schedule of them. What comes back is
    /// a script in C# with as few of them as it needs; no scenario file could say them.
    /// </summary>
    /// <param name="scripts">See <see cref="Scripts.Of"/>.</param>
    /// <param name="faults">For a script, what may happen: see <see cref="MessageSchedule.Of"/>.</param>
    /// <param name="property">Throws if it does not hold; what is lost may allow what would be a fault otherwise.</param>
    /// <param name="runs">How many scripts, at least 1.</param>
    /// <param name="seed">The same seed gives the same scripts.</param>
    /// <param name="sometimes">What is to hold of some script at least, by name; null: nothing.</param>
    /// <param name="cancel">Asked before each script.</param>
    /// <param name="words">The property as the test says it; the compiler fills it in.</param>
    /// <exception cref="ScriptException">As above; or a fault that was in some schedule has met no message in any.</exception>
    public static void ForAll(
        Gen<Scenario> scripts,
        Func<Scenario, Gen<MessageSchedule>> faults,
        Action<MessageSchedule, ScriptResult> property,
        int runs = 100,
        ulong seed = 1,
        IReadOnlyDictionary<string, Func<ScriptResult, bool>>? sometimes = null,
        CancellationToken cancel = default,
        [CallerArgumentExpression(nameof(property))] string? words = null
    )
    {
        ArgumentNullException.ThrowIfNull(scripts);
        ArgumentNullException.ThrowIfNull(faults);
        ArgumentNullException.ThrowIfNull(property);
        Awaited.ThrowIfAsyncVoid(property, nameof(property));
        new Swarm(
            (sample, result) => property(sample.Faults!, result), // reason: each has them
            sometimes,
            words,
            saveTo: null
        ).ForAll(
            scripts.SelectMany(script => faults(script).Select(each => new Sample(script, each))),
            runs,
            seed,
            cancel
        );
    }

    /// <summary>
    /// Runs a scenario file again, such as ForAll writes one for a script that fails, or <see cref="Save"/>: to
    /// its end, on the sequential engine.
    /// </summary>
    /// <param name="file">Its path, relative to the current folder or to one above the test's assembly.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="OperationCanceledException">The token says so.</exception>
    /// <returns>What came of it: a property is asked of it as in the test that failed.</returns>
    public static ScriptResult Replay(string file, CancellationToken cancel = default) =>
        ScenarioRun.Of(file, cancel);
}
