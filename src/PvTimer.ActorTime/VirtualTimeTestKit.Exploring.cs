using System;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.ActorTime.Exploring;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime;

/// <content>One script, every order of messages.</content>
public abstract partial class VirtualTimeTestKit
{
    private const string WhatToChoose =
        "there is no instant at which two actors have something to do; accepted: scripts that tell several";

    /// <summary>
    /// Runs a script under every order in which its actors can take their steps at one instant and that makes a difference
    /// to them, and fails with the first one under which the script does. The actors are those that the script makes.
    /// </summary>
    /// <remarks>
    /// Orders that no actor can tell apart are one (dynamic partial-order reduction). What actors share besides messages is
    /// not seen. Messages of different instants keep their order: delay them with <see cref="Faults"/>.
    /// </remarks>
    /// <param name="script">Makes its actors anew, acts and expects; the same each time.</param>
    /// <param name="schedules">The most that are run; fewer if there are no more.</param>
    /// <param name="cancel">Asked before each schedule.</param>
    /// <returns>How many were run, how different they were, and whether they were all.</returns>
    /// <exception cref="ScriptException">
    /// The script fails, and the message says under which schedule; or there was nothing to choose.
    /// </exception>
    protected Exploration Explore(
        Action script,
        int schedules = 10_000,
        CancellationToken cancel = default
    ) => ThrowIfFailed(FindFailure(script, schedules, cancel));

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="Explore(Action, int, CancellationToken)"/>
    protected async Task<Exploration> Explore(
        Func<Task> script,
        int schedules = 10_000,
        CancellationToken cancel = default
    ) => ThrowIfFailed(await FindFailure(script, schedules, cancel).ConfigureAwait(true));

    /// <summary>The same, for a script that is meant to fail under some schedule.</summary>
    /// <returns>With the failure, if one was found: with as few deviations as possible.</returns>
    /// <exception cref="ScriptException">There was nothing to choose.</exception>
    /// <inheritdoc cref="Explore(Action, int, CancellationToken)" path="/param"/>
    protected Exploration FindFailure(
        Action script,
        int schedules = 10_000,
        CancellationToken cancel = default
    ) => FindFailure(Awaited.Of(script), schedules, cancel).GetAwaiter().GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="FindFailure(Action, int, CancellationToken)"/>
    protected async Task<Exploration> FindFailure(
        Func<Task> script,
        int schedules = 10_000,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentOutOfRangeException.ThrowIfLessThan(schedules, 1);
        PartialOrder search = new(
            order =>
            {
                cancel.ThrowIfCancellationRequested();
                return Try(script, order);
            },
            schedules
        );
        Exploration found = await search.Search().ConfigureAwait(true);
        Enter(_current.Next());
        return found.Failure is { } failure
                ? found with
                {
                    Failure = await Shrink(script, failure, cancel).ConfigureAwait(true),
                }
            : found.Choices.Points > 0 ? found
            : throw new ScriptException($"there was nothing to choose: {WhatToChoose}");
    }

    /// <summary>Runs a script once, under a schedule that an exploration has reported.</summary>
    /// <param name="script">The same as then.</param>
    /// <param name="schedule">As it was reported: "3:1 7:2".</param>
    /// <exception cref="ScriptException">The script fails.</exception>
    protected void Replay(Action script, string schedule) =>
        Replay(Awaited.Of(script), schedule).GetAwaiter().GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="Replay(Action, string)"/>
    protected async Task Replay(Func<Task> script, string schedule)
    {
        ArgumentNullException.ThrowIfNull(script);
        Explorer explorer = ExplorerOf(script, CancellationToken.None);
        Exploration replayed = await explorer.Replay(Schedule.Parse(schedule)).ConfigureAwait(true);
        Enter(_current.Next());
        ThrowIfFailed(replayed);
    }

    private async Task<FailingSchedule> Shrink(
        Func<Task> script,
        FailingSchedule failure,
        CancellationToken cancel
    )
    {
        FailingSchedule least = await ExplorerOf(script, cancel)
            .Shrink(failure)
            .ConfigureAwait(true);
        Enter(_current.Next());
        return least;
    }

    private static Exploration ThrowIfFailed(Exploration exploration) =>
        exploration.Failure is { } failure
            ? throw new ScriptException($"{failure}", failure.Cause)
            : exploration;

    /// <summary>Without any reduction, for tests of the reduction.</summary>
    private protected Exploration ExploreEveryOrder(Action script, int budget)
    {
        Exploration all = ExplorerOf(Awaited.Of(script), CancellationToken.None, budget)
            .Explore()
            .GetAwaiter()
            .GetResult();
        Enter(_current.Next());
        return all;
    }

    /// <summary>What runs schedules one by one.</summary>
    private Explorer ExplorerOf(Func<Task> script, CancellationToken cancel, int budget = 1) =>
        new(
            async chooser =>
            {
                cancel.ThrowIfCancellationRequested();
                ChosenOrder order = new(chooser);
                Exception? failure = await Try(script, order).ConfigureAwait(true);
                return (failure, order.Trace);
            },
            budget,
            seed: 1,
            WhatToChoose
        );

    /// <summary>Runs the script on a stage of its own, which is there until the next one is entered.</summary>
    private async Task<Exception?> Try(Func<Task> script, IOrder order)
    {
        Enter(_current.Next());
        _current.Stage.World.Order = order;
        try
        {
            await script().ConfigureAwait(true);
            _current.Stage.ThrowIfNotAllWell();
            return null;
        }
        // reason: whatever a test framework throws when an expectation fails is a failure of the script
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return failure;
        }
        finally
        {
            _current.Stage.World.Order = null;
        }
    }

    private void Enter(Stage stage)
    {
        // A host has entered its own as soon as it was there.
        if (_current.Stage != stage)
        {
            _current.Stage.Dispose();
            _current.Stage = stage;
            Inner = stage.Kit;
        }
    }
}
