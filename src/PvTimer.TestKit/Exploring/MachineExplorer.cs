using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.ActorTime.Exploring;
using PvTimer.ActorTime.Worlds;
using PvTimer.Model.Time;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Properties;

namespace PvTimer.TestKit.Exploring;

/// <summary>Runs one script of a machine under many schedules.</summary>
/// <param name="script">Describes its machine anew, acts and expects.</param>
/// <param name="world">In which the test's own actors are.</param>
/// <param name="begin">Gives the test a machine of its own, with what is explored of it.</param>
/// <param name="running">What the test is at: a script may begin another one.</param>
/// <param name="cancel">Asked before each schedule.</param>
internal sealed class MachineExplorer(
    Func<Task> script,
    ActorWorld world,
    Action<Races?> begin,
    Func<Script> running,
    CancellationToken cancel
)
{
    private const string WindowKey = "window, ns: ";

    private static readonly VirtualDuration DefaultWindow = VirtualDuration.FromMicroseconds(1);

    /// <inheritdoc cref="PvTimerTestKit.FindFailure(Func{Task}, int, VirtualDuration?, ulong, Strategy?, string?, CancellationToken)"/>
    public async Task<Exploration> FindFailure(
        int schedules,
        VirtualDuration? window,
        ulong seed,
        Strategy? strategy,
        string? saveTo
    )
    {
        VirtualDuration longer = window ?? DefaultWindow;
        Reached reached = new();
        Exploration whole = await ExplorerOf(
                longer,
                reached,
                schedules,
                seed,
                strategy ?? Strategies.FewDeviations
            )
            .Explore()
            .ConfigureAwait(true);
        if (whole.Failure is null)
        {
            reached.ThrowIfNever($"{whole.Schedules} schedules");
        }
        return SavedSchedule.Save(
            whole,
            saveTo,
            string.Create(CultureInfo.InvariantCulture, $"{WindowKey}{longer.Nanoseconds}")
        );
    }

    /// <summary>Runs it once.</summary>
    public Task<Exploration> Replay(Schedule schedule, VirtualDuration? window) =>
        ExplorerOf(window ?? DefaultWindow, new Reached()).Replay(schedule);

    /// <summary>Runs it once, under a schedule that was saved.</summary>
    /// <exception cref="FormatException">The file is no schedule of a machine's script.</exception>
    public Task<Exploration> Replay(string file)
    {
        SavedSchedule saved = SavedSchedule.Read(file);
        return
            saved.Kit?.StartsWith(WindowKey, StringComparison.Ordinal) == true
            && long.TryParse(
                saved.Kit.AsSpan(WindowKey.Length),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out long window
            )
            ? saved.Replay(ExplorerOf(VirtualDuration.FromNanoseconds(window), new Reached()))
            : throw new FormatException(
                $"{file} says no window for the travel of interrupts; accepted: what an exploration of a machine's script has written"
            );
    }

    private Explorer ExplorerOf(
        VirtualDuration window,
        Reached reached,
        int budget = 1,
        ulong seed = 1,
        Strategy? strategy = null
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, VirtualDuration.Zero);
        if (strategy?.Kind is StrategyKind.PartialOrder or StrategyKind.Priorities)
        {
            throw new ArgumentException(
                "the choices of a machine's script are no order of actors' steps; accepted: the other strategies",
                nameof(strategy)
            );
        }
        return new Explorer(
            chooser => Try(new Races(chooser, window, reached)),
            budget,
            seed,
            "the script describes no machine whose cache lines or interrupts travel, and acts at no instant of "
                + $"several; accepted: {nameof(Clock)}.{nameof(Clock.AdvanceInto)}, or a window"
        )
        {
            Strategy = strategy ?? Strategies.FewDeviations,
        };
    }

    /// <summary>Runs the script on a machine of its own; afterwards the test has a new one, too.</summary>
    private async Task<(Exception? Failure, string? Trace)> Try(Races races)
    {
        cancel.ThrowIfCancellationRequested();
        begin(races);
        world.Order = new ChosenOrder(races.Chooser);
        try
        {
            await script().ConfigureAwait(true);
            running().ThrowIfNotAllHappened();
            return (null, running().TraceHash);
        }
        // reason: whatever a test framework throws when an expectation fails is a failure of the script
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return (failure, running().TraceHash);
        }
        finally
        {
            begin(null);
        }
    }
}
