using System;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Exploring;
using PvTimer.Model.Time;
using PvTimer.TestKit.Exploring;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Properties;

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
    /// <param name="strategy">One of <see cref="Strategies"/>; null: those with the fewest deviations first.</param>
    /// <param name="cancel">Asked before each schedule.</param>
    /// <returns>How many were run, how different they were, and whether they were all.</returns>
    /// <exception cref="ScriptException">
    /// The script fails, and the message says under which schedule; or there was nothing to choose.
    /// </exception>
    protected Exploration Explore(
        Action script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1,
        Strategy? strategy = null,
        CancellationToken cancel = default
    ) => ThrowIfFailed(FindFailure(script, schedules, window, seed, strategy, cancel));

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="Explore(Action, int, VirtualDuration?, ulong, Strategy?, CancellationToken)"/>
    protected async Task<Exploration> Explore(
        Func<Task> script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1,
        Strategy? strategy = null,
        CancellationToken cancel = default
    ) =>
        ThrowIfFailed(
            await FindFailure(script, schedules, window, seed, strategy, cancel)
                .ConfigureAwait(true)
        );

    /// <summary>The same, for a script that is meant to fail under some schedule.</summary>
    /// <returns>With the failure, if one was found.</returns>
    /// <exception cref="ScriptException">There was nothing to choose.</exception>
    /// <inheritdoc cref="Explore(Action, int, VirtualDuration?, ulong, Strategy?, CancellationToken)" path="/param"/>
    protected Exploration FindFailure(
        Action script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1,
        Strategy? strategy = null,
        CancellationToken cancel = default
    ) =>
        FindFailure(Awaited.Of(script), schedules, window, seed, strategy, cancel)
            .GetAwaiter()
            .GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="FindFailure(Action, int, VirtualDuration?, ulong, Strategy?, CancellationToken)"/>
    protected async Task<Exploration> FindFailure(
        Func<Task> script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1,
        Strategy? strategy = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentOutOfRangeException.ThrowIfLessThan(schedules, 1);
        Reached reached = new();
        Exploration whole = await ExplorerOf(
                script,
                schedules,
                window,
                seed,
                reached,
                strategy ?? Strategies.FewDeviations,
                cancel
            )
            .Explore()
            .ConfigureAwait(true);
        if (whole.Failure is null)
        {
            reached.ThrowIfNever($"{whole.Schedules} schedules");
        }
        return whole;
    }

    /// <summary>Runs a script once, under a schedule that an exploration has reported.</summary>
    /// <param name="script">The same as then.</param>
    /// <param name="schedule">As it was reported: "3:1 7:2".</param>
    /// <param name="window">The same as then.</param>
    /// <param name="cancel">Asked before the script begins.</param>
    /// <exception cref="ScriptException">The script fails.</exception>
    protected void Replay(
        Action script,
        string schedule,
        VirtualDuration? window = null,
        CancellationToken cancel = default
    ) => Replay(Awaited.Of(script), schedule, window, cancel).GetAwaiter().GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="Replay(Action, string, VirtualDuration?, CancellationToken)"/>
    protected async Task Replay(
        Func<Task> script,
        string schedule,
        VirtualDuration? window = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(script);
        Explorer explorer = ExplorerOf(
            script,
            budget: 1,
            window,
            seed: 1,
            new Reached(),
            Strategies.FewDeviations,
            cancel
        );
        ThrowIfFailed(await explorer.Replay(Schedule.Parse(schedule)).ConfigureAwait(true));
    }

    private static Exploration ThrowIfFailed(Exploration exploration) =>
        exploration.Failure is { } failure
            ? throw new ScriptException($"{failure}", failure.Cause)
            : exploration;

    private Explorer ExplorerOf(
        Func<Task> script,
        int budget,
        VirtualDuration? window,
        ulong seed,
        Reached reached,
        Strategy strategy,
        CancellationToken cancel
    )
    {
        VirtualDuration longer = window ?? DefaultWindow;
        ArgumentOutOfRangeException.ThrowIfLessThan(longer, VirtualDuration.Zero, nameof(window));
        return new Explorer(
            chooser =>
            {
                cancel.ThrowIfCancellationRequested();
                return Try(script, new Races(chooser, longer, reached));
            },
            budget,
            seed,
            "the script describes no machine whose cache lines or interrupts travel, and acts at no instant of "
                + $"several; accepted: {nameof(Clock)}.{nameof(Clock.AdvanceInto)}, or a window"
        )
        {
            Strategy = strategy,
        };
    }

    /// <summary>Runs the script on a machine of its own; afterwards the test has a new one, too.</summary>
    private async Task<(Exception? Failure, string? Trace)> Try(Func<Task> script, Races races)
    {
        Begin(NewScript(races));
        _world.Order = new ChosenOrder(races.Chooser);
        try
        {
            await script().ConfigureAwait(true);
            Running.ThrowIfNotAllHappened();
            return (null, Running.TraceHash);
        }
        // reason: whatever a test framework throws when an expectation fails is a failure of the script
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return (failure, Running.TraceHash);
        }
        finally
        {
            Begin(NewScript(races: null));
        }
    }

    private void Begin(Script script)
    {
        Running.Dispose();
        Running = script;
    }
}
