using System;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Exploring;
using PvTimer.Model.Time;
using PvTimer.TestKit.Exploring;

namespace PvTimer.TestKit;

/// <content>One script, many schedules.</content>
public abstract partial class PvTimerTestKit
{
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
    /// <param name="saveTo">
    /// Where a schedule that fails is written to, for <see cref="ReplayFile(Action, string, CancellationToken)"/>; null: nowhere.
    /// </param>
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
        string? saveTo = null,
        CancellationToken cancel = default
    ) => ThrowIfFailed(FindFailure(script, schedules, window, seed, strategy, saveTo, cancel));

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="Explore(Action, int, VirtualDuration?, ulong, Strategy?, string?, CancellationToken)"/>
    protected async Task<Exploration> Explore(
        Func<Task> script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1,
        Strategy? strategy = null,
        string? saveTo = null,
        CancellationToken cancel = default
    ) =>
        ThrowIfFailed(
            await FindFailure(script, schedules, window, seed, strategy, saveTo, cancel)
                .ConfigureAwait(true)
        );

    /// <summary>The same, for a script that is meant to fail under some schedule.</summary>
    /// <returns>With the failure, if one was found.</returns>
    /// <exception cref="ScriptException">There was nothing to choose.</exception>
    /// <inheritdoc cref="Explore(Action, int, VirtualDuration?, ulong, Strategy?, string?, CancellationToken)" path="/param"/>
    protected Exploration FindFailure(
        Action script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1,
        Strategy? strategy = null,
        string? saveTo = null,
        CancellationToken cancel = default
    ) =>
        FindFailure(Awaited.Of(script), schedules, window, seed, strategy, saveTo, cancel)
            .GetAwaiter()
            .GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="FindFailure(Action, int, VirtualDuration?, ulong, Strategy?, string?, CancellationToken)"/>
    protected async Task<Exploration> FindFailure(
        Func<Task> script,
        int schedules = 1_000,
        VirtualDuration? window = null,
        ulong seed = 1,
        Strategy? strategy = null,
        string? saveTo = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentOutOfRangeException.ThrowIfLessThan(schedules, 1);
        return await Machines(script, cancel)
            .FindFailure(schedules, window, seed, strategy, saveTo)
            .ConfigureAwait(true);
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
        ThrowIfFailed(
            await Machines(script, cancel)
                .Replay(Schedule.Parse(schedule), window)
                .ConfigureAwait(true)
        );
    }

    /// <summary>Runs a script once, under a schedule that an exploration has written to a file.</summary>
    /// <param name="script">The same as then.</param>
    /// <param name="file">What was said as saveTo.</param>
    /// <param name="cancel">Asked before the script begins.</param>
    /// <exception cref="ScriptException">The script fails; or it has changed, and the schedule means something else.</exception>
    /// <exception cref="FormatException">The file is no schedule of a machine's script.</exception>
    protected void ReplayFile(Action script, string file, CancellationToken cancel = default) =>
        ReplayFile(Awaited.Of(script), file, cancel).GetAwaiter().GetResult();

    /// <summary>The same, for a script that awaits.</summary>
    /// <inheritdoc cref="ReplayFile(Action, string, CancellationToken)"/>
    protected async Task ReplayFile(
        Func<Task> script,
        string file,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(script);
        ThrowIfFailed(await Machines(script, cancel).Replay(file).ConfigureAwait(true));
    }

    private static Exploration ThrowIfFailed(Exploration exploration) =>
        exploration.Failure is { } failure
            ? throw new ScriptException($"{failure}", failure.Cause)
            : exploration;

    private MachineExplorer Machines(Func<Task> script, CancellationToken cancel) =>
        new(script, _world, Begin, () => Running, cancel);

    /// <summary>The test has a machine of its own.</summary>
    private void Begin(Races? races)
    {
        Running.Dispose();
        Running = NewScript(races);
    }
}
