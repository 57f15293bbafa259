using System;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.ActorTime.Exploring;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime;

/// <content>One script, every order of messages.</content>
public abstract partial class VirtualTimeTestKit
{
    /// <summary>Actors that tell each other without any end, and without any time that passes, are left alone then.</summary>
    private const int MostStepsBehindTheEnd = 1_000;

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
    /// <param name="seed">For schedules by chance.</param>
    /// <param name="strategy">One of <see cref="Strategies"/>; null: <see cref="Strategies.PartialOrder"/>.</param>
    /// <param name="saveTo">Where a schedule that fails is written to, for <see cref="ReplayFile(Action, string)"/>; null: nowhere.</param>
    /// <param name="cancel">Asked before each schedule.</param>
    /// <returns>How many were run, how different they were, and whether they were all.</returns>
    /// <exception cref="ScriptException">
    /// The script fails, and the message says under which schedule; or there was nothing to choose.
    /// </exception>
    protected Exploration Explore(
        Action script,
        int schedules = 10_000,
        ulong seed = 1,
        Strategy? strategy = null,
        string? saveTo = null,
        CancellationToken cancel = default
    ) => ThrowIfFailed(FindFailure(script, schedules, seed, strategy, saveTo, cancel));

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="Explore(Action, int, ulong, Strategy?, string?, CancellationToken)"/>
    protected async Task<Exploration> Explore(
        Func<Task> script,
        int schedules = 10_000,
        ulong seed = 1,
        Strategy? strategy = null,
        string? saveTo = null,
        CancellationToken cancel = default
    ) =>
        ThrowIfFailed(
            await FindFailure(script, schedules, seed, strategy, saveTo, cancel)
                .ConfigureAwait(true)
        );

    /// <summary>The same, for a script that is meant to fail under some schedule.</summary>
    /// <returns>With the failure, if one was found: with as few deviations as possible.</returns>
    /// <exception cref="ScriptException">There was nothing to choose.</exception>
    /// <inheritdoc cref="Explore(Action, int, ulong, Strategy?, string?, CancellationToken)" path="/param"/>
    protected Exploration FindFailure(
        Action script,
        int schedules = 10_000,
        ulong seed = 1,
        Strategy? strategy = null,
        string? saveTo = null,
        CancellationToken cancel = default
    ) =>
        FindFailure(Awaited.Of(script), schedules, seed, strategy, saveTo, cancel)
            .GetAwaiter()
            .GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="FindFailure(Action, int, ulong, Strategy?, string?, CancellationToken)"/>
    protected async Task<Exploration> FindFailure(
        Func<Task> script,
        int schedules = 10_000,
        ulong seed = 1,
        Strategy? strategy = null,
        string? saveTo = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentOutOfRangeException.ThrowIfLessThan(schedules, 1);
        Strategy by = strategy ?? Strategies.PartialOrder;
        Explorer explorer = ExplorerOf(script, cancel, schedules, seed, by);
        Exploration found =
            by.Kind == StrategyKind.PartialOrder
                ? await explorer
                    .Smallest(await Reduced(script, schedules, cancel).ConfigureAwait(true))
                    .ConfigureAwait(true)
                : await explorer.Explore().ConfigureAwait(true);
        Enter(_current.Next());
        return SavedSchedule.Save(found, saveTo);
    }

    /// <summary>Runs a script once, under a schedule that an exploration has reported.</summary>
    /// <param name="script">The same as then.</param>
    /// <param name="schedule">As it was reported: "3:1 7:2".</param>
    /// <exception cref="ScriptException">The script fails; or it has no such choices.</exception>
    protected void Replay(Action script, string schedule) =>
        Replay(Awaited.Of(script), schedule).GetAwaiter().GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="Replay(Action, string)"/>
    protected Task Replay(Func<Task> script, string schedule)
    {
        Schedule wanted = Schedule.Parse(schedule);
        return Replay(script, explorer => explorer.Replay(wanted));
    }

    /// <summary>Runs a script once, under a schedule that an exploration has written to a file.</summary>
    /// <param name="script">The same as then.</param>
    /// <param name="file">What was said as saveTo.</param>
    /// <exception cref="ScriptException">The script fails; or it has changed, and the schedule means something else.</exception>
    /// <exception cref="FormatException">The file is no schedule.</exception>
    protected void ReplayFile(Action script, string file) =>
        ReplayFile(Awaited.Of(script), file).GetAwaiter().GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="ReplayFile(Action, string)"/>
    protected Task ReplayFile(Func<Task> script, string file) =>
        Replay(script, SavedSchedule.Read(file).Replay);

    private async Task Replay(Func<Task> script, Func<Explorer, Task<Exploration>> run)
    {
        ArgumentNullException.ThrowIfNull(script);
        try
        {
            ThrowIfFailed(
                await run(ExplorerOf(script, CancellationToken.None)).ConfigureAwait(true)
            );
        }
        finally
        {
            Enter(_current.Next());
        }
    }

    /// <summary>The first failure, or all orders, by dynamic partial-order reduction.</summary>
    private async Task<Exploration> Reduced(
        Func<Task> script,
        int schedules,
        CancellationToken cancel
    )
    {
        PartialOrder search = new(
            order =>
            {
                cancel.ThrowIfCancellationRequested();
                return Try(script, order, toTheEndOfItsInstant: true);
            },
            schedules
        );
        Exploration found = await search.Search().ConfigureAwait(true);
        return found.Failure is not null || found.Choices.Points > 0
            ? found
            : throw new ScriptException($"there was nothing to choose: {WhatToChoose}");
    }

    private static Exploration ThrowIfFailed(Exploration exploration) =>
        exploration.Failure is { } failure
            ? throw new ScriptException($"{failure}", failure.Cause)
            : exploration;

    /// <summary>What runs schedules one by one.</summary>
    private Explorer ExplorerOf(
        Func<Task> script,
        CancellationToken cancel,
        int budget = 1,
        ulong seed = 1,
        Strategy? strategy = null
    ) =>
        new(
            async chooser =>
            {
                cancel.ThrowIfCancellationRequested();
                ChosenOrder order = new(chooser);
                Exception? failure = await Try(script, order).ConfigureAwait(true);
                return (failure, order.Trace);
            },
            budget,
            seed,
            WhatToChoose
        )
        {
            Strategy = strategy ?? Strategies.FewDeviations,
        };

    /// <summary>Runs the script on a stage of its own, which is there until the next one is entered.</summary>
    /// <param name="script">Which.</param>
    /// <param name="order">That of steps.</param>
    /// <param name="toTheEndOfItsInstant">
    /// Its actors do what is left to do at the instant at which it ends: in another order that would have been in time for it.
    /// </param>
    private async Task<Exception?> Try(
        Func<Task> script,
        IOrder order,
        bool toTheEndOfItsInstant = false
    )
    {
        Enter(_current.Next());
        _current.Stage.World.Order = order;
        try
        {
            await script().ConfigureAwait(true);
            _current.Stage.ThrowIfNotAllWell();
            int left = toTheEndOfItsInstant ? MostStepsBehindTheEnd : 0;
            _current.Stage.World.Settle(() => left-- == 0);
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
