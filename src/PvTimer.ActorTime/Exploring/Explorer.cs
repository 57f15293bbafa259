using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using CsCheck;

namespace PvTimer.ActorTime.Exploring;

/// <summary>
/// Runs a script under many schedules: first those that deviate from the usual one at no point, then at one,
/// at two and so on, as long as the budget lasts, or until there are no more. If there are more than half of
/// the budget, the other half goes to schedules by chance.
/// </summary>
/// <remarks>
/// Few deviations are enough for most races, and the first schedule found to fail is then one with the
/// fewest. See Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling" (POPL 2011).
/// </remarks>
/// <param name="run">Runs the script once, with these choices; how it failed, and the hash of its trace.</param>
/// <param name="budget">The most schedules.</param>
/// <param name="seed">For the schedules by chance.</param>
/// <param name="choices">Said if there was nothing to choose: what there could have been.</param>
internal sealed class Explorer(
    Func<Chooser, Task<(Exception? Failure, string? Trace)>> run,
    int budget,
    ulong seed,
    string choices
)
{
    private const uint ChanceOfDeviation = 4;
    private const int FurthestOption = 8;

    private readonly Coverage _coverage = new();
    private int _runs;

    /// <summary>In the usual schedule, the points with at least two options, and how many beside the usual one are drawn.</summary>
    private ImmutableArray<(int Point, int Options)> _open = [];

    /// <summary>In the usual schedule, the processes that were ready where others were, too.</summary>
    private int _processes;

    /// <summary>Which schedules are tried, and in which order.</summary>
    public Strategy Strategy { get; init; } = Strategies.FewDeviations;

    /// <summary>Runs until a schedule fails, or nothing is left to run.</summary>
    /// <exception cref="ScriptException">
    /// There was nothing to choose, or no choice made a difference: nothing was explored.
    /// </exception>
    public async Task<Exploration> Explore()
    {
        Exploration whole = await Search().ConfigureAwait(true);
        if (whole.Failure is null && whole.Choices.Points == 0)
        {
            throw new ScriptException($"there was nothing to choose: {choices}");
        }
        return whole.Failure is null && whole.Schedules > 1 && whole.Traces <= 1
            ? throw new ScriptException(
                $"there was nothing to choose that makes a difference: {whole}"
            )
            : whole;
    }

    private async Task<Exploration> Search()
    {
        var waiting = new Queue<Schedule>([Schedule.Usual]);
        while (waiting.TryDequeue(out Schedule? schedule))
        {
            if (_runs >= (budget + 1) / 2 && waiting.Count > budget - _runs)
            {
                return await ByChance().ConfigureAwait(true);
            }
            if (_runs == budget)
            {
                return Result(isComplete: false, failure: null);
            }
            Chooser chooser = new(schedule);
            if (await Try(chooser).ConfigureAwait(true) is { } failure)
            {
                return Result(isComplete: false, failure);
            }
            if (Strategy.Kind != StrategyKind.FewDeviations)
            {
                _open =
                [
                    .. Enumerable
                        .Range(0, chooser.Points.Count)
                        .Where(point => chooser.Points[point].HasNext)
                        .Select(point => (point, Furthest(chooser.Points[point].Last))),
                ];
                _processes = chooser.Processes;
                return await ByChance().ConfigureAwait(true);
            }
            foreach (Schedule next in Successors(schedule, chooser.Points))
            {
                waiting.Enqueue(next);
            }
        }
        return Result(isComplete: true, failure: null);
    }

    /// <summary>Runs one schedule.</summary>
    /// <param name="schedule">Which.</param>
    /// <param name="meaning">What its deviations were when it was found, a line each; null: nothing says.</param>
    /// <exception cref="ScriptException">The script does not fail, and does not go that way either.</exception>
    public async Task<Exploration> Replay(Schedule schedule, ImmutableArray<string>? meaning = null)
    {
        Chooser chooser = new(schedule);
        FailingSchedule? failure = await Try(chooser).ConfigureAwait(true);
        bool isOnItsWay =
            chooser.ToSchedule().Equals(schedule)
            && (meaning is null || meaning.Value.SequenceEqual(chooser.Deviations));
        return failure is not null || isOnItsWay
            ? Result(isComplete: false, failure)
            : throw new ScriptException(
                $"the script does not fail, and does not go the way of schedule \"{schedule}\" any more: it went \"{chooser.ToSchedule()}\""
                    + $"{string.Concat(chooser.Deviations.Select(line => $"\n  {line}"))}\naccepted: the script that the schedule was found with; explore again"
            );
    }

    /// <summary>
    /// Each schedule has one parent, so none comes twice: the next option of its last deviation, and a first
    /// deviation at each later point.
    /// </summary>
    private static IEnumerable<Schedule> Successors(
        Schedule schedule,
        IReadOnlyList<ChoicePoint> points
    )
    {
        int last = schedule.Deviations.IsEmpty ? -1 : schedule.Deviations.Keys.Last();
        if (last >= 0 && last < points.Count && points[last].HasNext)
        {
            yield return new Schedule(
                schedule.Deviations.SetItem(last, schedule.Deviations[last] + 1)
            );
        }
        for (int point = last + 1; point < points.Count; point++)
        {
            if (points[point].HasNext)
            {
                yield return new Schedule(schedule.Deviations.Add(point, 1));
            }
        }
    }

    private async Task<Exploration> ByChance()
    {
        for (int draw = 0; _runs < budget; draw++)
        {
            PCG chance = new((uint)draw, seed);
            Chooser chooser = Strategy.Kind switch
            {
                StrategyKind.Pct => new(Draw(chance)),
                StrategyKind.Priorities => new(
                    new Priorities(chance, Strategy.Depth - 1, _open.Length).At
                ),
                _ => new((_, ready) => Deviating(chance, ready.Count)),
            };
            if (await Try(chooser).ConfigureAwait(true) is { } failure)
            {
                return await Smallest(Result(isComplete: false, failure)).ConfigureAwait(true);
            }
        }
        return Result(isComplete: false, failure: null);
    }

    /// <param name="chance">Draws.</param>
    /// <param name="options">How many there are; 0: nothing says.</param>
    private static int Deviating(PCG chance, int options) =>
        chance.Next(ChanceOfDeviation) == 0
            ? 1 + (int)chance.Next((uint)Furthest(options == 0 ? null : options - 1))
            : 0;

    /// <summary>So many deviations as the depth asks for, at points of the usual schedule.</summary>
    private Schedule Draw(PCG chance)
    {
        var deviations = ImmutableSortedDictionary.CreateBuilder<int, int>();
        int most = Math.Min(Strategy.Depth - 1, _open.Length);
        while (deviations.Count < most)
        {
            (int point, int options) = _open[(int)chance.Next((uint)_open.Length)];
            deviations[point] = 1 + (int)chance.Next((uint)options);
        }
        return new Schedule(deviations.ToImmutable());
    }

    /// <summary>How many options beside the usual one are drawn.</summary>
    private static int Furthest(int? last) => last ?? FurthestOption;

    /// <summary>What was found, with a failure of as few deviations as possible.</summary>
    public async Task<Exploration> Smallest(Exploration found)
    {
        int before = _runs;
        return found.Failure is null
            ? found
            : found with
            {
                Failure = await Shrink(found.Failure).ConfigureAwait(true),
                ShrinkingRuns = _runs - before,
            };
    }

    /// <summary>Takes back deviation after deviation as long as the script still fails.</summary>
    private async Task<FailingSchedule> Shrink(FailingSchedule failing)
    {
        bool shrunk = true;
        while (shrunk)
        {
            shrunk = false;
            foreach ((int point, int option) in failing.Schedule.Deviations)
            {
                foreach (int smaller in new[] { 0, option / 2, option - 1 }.Distinct())
                {
                    ImmutableSortedDictionary<int, int> fewer =
                        smaller == 0
                            ? failing.Schedule.Deviations.Remove(point)
                            : failing.Schedule.Deviations.SetItem(point, smaller);
                    FailingSchedule? again = await Try(new Chooser(new Schedule(fewer)))
                        .ConfigureAwait(true);
                    if (again is not null)
                    {
                        failing = again;
                        shrunk = true;
                        break;
                    }
                }
                if (shrunk)
                {
                    break;
                }
            }
        }
        return failing;
    }

    private Exploration Result(bool isComplete, FailingSchedule? failure) =>
        new(_runs, _coverage.Traces, _coverage.Choices, isComplete, failure)
        {
            Guarantee = Strategy.Kind switch
            {
                StrategyKind.Pct => Guarantee.Of(
                    Strategy,
                    _open.Length,
                    _open.Select(each => each.Options).DefaultIfEmpty(FurthestOption).Max(),
                    Math.Max(_runs - 1, 0)
                ),
                StrategyKind.Priorities => Guarantee.Of(
                    Strategy,
                    _open.Length,
                    _processes,
                    Math.Max(_runs - 1, 0)
                ),
                _ => null,
            },
        };

    private async Task<FailingSchedule?> Try(Chooser chooser)
    {
        _runs++;
        (Exception? cause, string? trace) = await run(chooser).ConfigureAwait(true);
        _coverage.Add(chooser.Points, trace);
        return cause is null
            ? null
            : new FailingSchedule(chooser.ToSchedule(), chooser.Deviations, cause);
    }
}
