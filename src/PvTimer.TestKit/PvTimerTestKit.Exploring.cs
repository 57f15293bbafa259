using System;
using PvTimer.Model.Time;
using PvTimer.TestKit.Exploring;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit;

/// <content>One script, many schedules.</content>
public abstract partial class PvTimerTestKit
{
    private static readonly VirtualDuration DefaultWindow = VirtualDuration.FromMicroseconds(1);

    /// <summary>
    /// Runs a script under many schedules, and fails with the first one, among those with the fewest deviations,
    /// under which the script does. What can be different is where the script acts
    /// (<see cref="Clock.AdvanceInto"/>), and how long cache lines and interrupts travel.
    /// </summary>
    /// <param name="script">Describes its machine anew, acts and expects.</param>
    /// <param name="schedules">The most that are run; fewer if there are no more.</param>
    /// <param name="window">How much longer an interrupt may travel; zero: no longer; null: 1 us.</param>
    /// <param name="seed">For the schedules by chance, when there are too many.</param>
    /// <returns>How many were run, and whether they were all.</returns>
    /// <exception cref="ScriptException">The script fails; the message says under which schedule.</exception>
    protected Exploration Explore(
        Action script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1
    )
    {
        Exploration exploration = FindFailure(script, schedules, window, seed);
        return exploration.Failure is { } failure
            ? throw new ScriptException($"{failure}", failure.Cause)
            : exploration;
    }

    /// <summary>The same, for a script that is meant to fail under some schedule.</summary>
    /// <returns>With the failure, if one was found.</returns>
    /// <inheritdoc cref="Explore" path="/param"/>
    protected Exploration FindFailure(
        Action script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1
    )
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentOutOfRangeException.ThrowIfLessThan(schedules, 1);
        return ExplorerOf(script, schedules, window, seed).Explore();
    }

    /// <summary>Runs a script once, under a schedule that an exploration has reported.</summary>
    /// <param name="script">The same as then.</param>
    /// <param name="schedule">As it was reported: "3:1 7:2".</param>
    /// <param name="window">The same as then.</param>
    /// <exception cref="ScriptException">The script fails.</exception>
    protected void Replay(Action script, string schedule, VirtualDuration? window = null)
    {
        ArgumentNullException.ThrowIfNull(script);
        Exploration once = ExplorerOf(script, budget: 1, window, seed: 1)
            .Replay(Schedule.Parse(schedule));
        if (once.Failure is { } failure)
        {
            throw new ScriptException($"{failure}", failure.Cause);
        }
    }

    private Explorer ExplorerOf(Action script, int budget, VirtualDuration? window, ulong seed) =>
        new(chooser => Try(script, new Races(chooser, window ?? DefaultWindow)), budget, seed);

    /// <summary>Runs the script on a machine of its own; afterwards the test has a new one, too.</summary>
    private Exception? Try(Action script, Races races)
    {
        Begin(NewScript(races));
        try
        {
            script();
            return null;
        }
        // reason: whatever a test framework throws when an expectation fails is a failure of the script
        catch (Exception failure)
        {
            return failure;
        }
        finally
        {
            Anew();
        }
    }

    private void Begin(Script script)
    {
        _script.Dispose();
        _script = script;
    }
}
