using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Experiments.Optimisation;

/// <summary>What a search has found.</summary>
/// <param name="Plan">The matrix that was searched.</param>
/// <param name="Objectives">What was to be small.</param>
/// <param name="Constraints">What had to hold.</param>
/// <param name="Front">The best candidate, or the Pareto front; empty: none that was tried is feasible.</param>
/// <param name="Rated">All candidates that had all their repetitions.</param>
/// <param name="Runs">Runs that it took.</param>
/// <param name="FullRuns">Runs of the whole matrix.</param>
/// <param name="Remarks">What was assumed and how it was checked, a line each.</param>
/// <param name="IsInterrupted">It was stopped: the front is of what had been tried.</param>
public sealed record OptimisationResult(
    SweepPlan Plan,
    ImmutableArray<Objective> Objectives,
    ImmutableArray<Constraint> Constraints,
    ImmutableArray<RatedCandidate> Front,
    ImmutableArray<RatedCandidate> Rated,
    int Runs,
    int FullRuns,
    ImmutableArray<string> Remarks,
    bool IsInterrupted
);

/// <summary>
/// Finds the best points of a matrix with fewer runs than it has: by bisection along its longest axis where all
/// numbers are monotone along it, and by giving up early what others beat under every seed.
/// </summary>
public sealed class Optimiser
{
    private readonly SweepRuns _runs;
    private readonly SearchSpace _space;
    private readonly Race _race;
    private readonly Action<SweepProgress> _report;
    private readonly CancellationToken _stop;
    private readonly HashSet<SweepRun> _wanted = [];
    private readonly List<string> _remarks = [];
    private bool _isInterrupted;

    private Optimiser(
        SweepRuns runs,
        SearchSpace space,
        Action<SweepProgress> report,
        CancellationToken stop
    )
    {
        _runs = runs;
        _space = space;
        _race = new Race(space);
        _report = report;
        _stop = stop;
    }

    /// <summary>Searches a matrix.</summary>
    /// <param name="runs">Of the matrix.</param>
    /// <param name="objectives">At least one; of several the Pareto front is found.</param>
    /// <param name="constraints">Any number.</param>
    /// <param name="report">Told of the runs of each step.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="SweepException">The objectives do not go together.</exception>
    public static OptimisationResult Run(
        SweepRuns runs,
        ImmutableArray<Objective> objectives,
        ImmutableArray<Constraint> constraints,
        Action<SweepProgress> report,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (objectives.IsEmpty)
        {
            throw new SweepException("--objective is missing; accepted: at least one");
        }
        SearchSpace space = new(runs, objectives, constraints);
        return new Optimiser(runs, space, report, stop).Search();
    }

    private OptimisationResult Search()
    {
        List<LineSearch> lines = [.. Lines()];
        Bisect(lines);
        List<Candidate> kept =
        [
            .. lines.SelectMany(line => line.Kept().Select(at => line.Candidates[at])),
        ];
        List<Candidate> finalists = HoldRace(kept);
        ImmutableArray<RatedCandidate> rated = Rate(finalists);
        HashSet<Candidate> tried = [.. kept];
        // The best one at the end of what was tried: the next one may be better.
        while (!_isInterrupted && Beyond(lines, tried, Front.Of(rated)) is { Count: > 0 } beyond)
        {
            tried.UnionWith(beyond);
            Ensure(beyond, _space.Repetitions);
            finalists.AddRange(beyond);
            rated = Rate(finalists);
        }
        int fullRuns = _space.Plan.Points.Length * _space.Backends.Length * _space.Repetitions;
        int failed = _wanted.Count(run => _runs.FailureOf(run) is not null);
        if (failed > 0)
        {
            Remark($"{failed} runs have failed; their candidates are left out");
        }
        return new OptimisationResult(
            _space.Plan,
            _space.Objectives,
            _space.Constraints,
            Front.Of(rated),
            rated,
            _wanted.Count,
            fullRuns,
            [.. _remarks],
            _isInterrupted
        );
    }

    /// <summary>Along the longest axis; a matrix without a long one is a line for each candidate.</summary>
    private IEnumerable<LineSearch> Lines()
    {
        ImmutableArray<SweepAxis> axes = _space.Plan.Request.Axes;
        int longest = axes.IsEmpty ? 0 : axes.Max(axis => axis.Values.Length);
        int along = axes.TakeWhile(axis => axis.Values.Length < longest).Count();
        IEnumerable<SweepPoint[]> lines =
            longest < LineSearch.ShortestLine
                ? _space.Plan.Points.Select(point => new[] { point })
                : _space
                    .Plan.Points.GroupBy(
                        point => string.Join(' ', point.Positions.RemoveAt(along)),
                        StringComparer.Ordinal
                    )
                    .Select(line => line.ToArray());
        return from line in lines
            from backend in _space.Backends
            select new LineSearch(_space, [.. line.Select(point => new Candidate(point, backend))]);
    }

    private void Bisect(List<LineSearch> lines)
    {
        LineSearch[] long_ = [.. lines.Where(line => IsLong(line))];
        for (; !_isInterrupted; )
        {
            (LineSearch Line, ImmutableArray<int> Next)[] steps =
            [
                .. long_.Select(line => (line, line.Next())).Where(step => !step.Item2.IsEmpty),
            ];
            if (steps.Length == 0)
            {
                break;
            }
            Ensure(
                [.. steps.SelectMany(step => step.Next.Select(at => step.Line.Candidates[at]))],
                LineSearch.Repetition
            );
            if (_isInterrupted)
            {
                break;
            }
            foreach ((LineSearch line, ImmutableArray<int> next) in steps)
            {
                line.Look(next);
            }
        }
        RemarkOn(long_);
    }

    private static bool IsLong(LineSearch line) =>
        line.Candidates.Length >= LineSearch.ShortestLine;

    private void RemarkOn(LineSearch[] lines)
    {
        foreach (
            IGrouping<string, LineSearch> group in lines
                .Where(line => line.Obstacle is null && line.Looked > 0)
                .GroupBy(line => string.Join(", ", line.Directions), StringComparer.Ordinal)
        )
        {
            Remark(
                $"monotone on {group.Count()} of {lines.Length} lines at all {group.Sum(line => line.Looked)} samples of {group.Sum(line => line.Candidates.Length)} positions: {group.Key}; between samples it is assumed"
            );
        }
        foreach (
            IGrouping<string, LineSearch> group in lines
                .Where(line => line.Obstacle is not null)
                .GroupBy(line => line.Obstacle!, StringComparer.Ordinal)
        )
        {
            Remark(
                $"{group.Key} on {group.Count()} of {lines.Length} lines: all their positions take part in the race"
            );
        }
    }

    private List<Candidate> HoldRace(List<Candidate> alive)
    {
        int began = alive.Count;
        for (int repetition = 1; repetition <= _space.Repetitions; repetition++)
        {
            Ensure(alive, repetition);
            if (_isInterrupted)
            {
                return alive;
            }
            if (repetition >= Race.FewestRepetitions && repetition < _space.Repetitions)
            {
                alive = _race.Survivors(alive, repetition);
            }
        }
        if (alive.Count < began)
        {
            Remark(
                $"{began - alive.Count} of {began} candidates were given up before repetition {_space.Repetitions}: another one had beaten them, paired by seed, at a level of {Race.Level}"
            );
        }
        return alive;
    }

    /// <summary>Untried neighbours of candidates on the front, along their lines.</summary>
    private static List<Candidate> Beyond(
        List<LineSearch> lines,
        HashSet<Candidate> tried,
        ImmutableArray<RatedCandidate> front
    )
    {
        List<Candidate> beyond = [];
        foreach (LineSearch line in lines)
        {
            foreach (RatedCandidate best in front)
            {
                int at = line.Candidates.IndexOf(best.Candidate);
                if (at >= 0)
                {
                    beyond.AddRange(
                        new[] { at - 1, at + 1 }
                            .Where(next => next >= 0 && next < line.Candidates.Length)
                            .Select(next => line.Candidates[next])
                            .Where(next => !tried.Contains(next))
                    );
                }
            }
        }
        return [.. beyond.Distinct()];
    }

    private ImmutableArray<RatedCandidate> Rate(IEnumerable<Candidate> candidates) =>
        [.. candidates.Select(_space.Rate).OfType<RatedCandidate>()];

    private void Ensure(IReadOnlyCollection<Candidate> candidates, int repetitions)
    {
        SweepRun[] wanted =
        [
            .. candidates.SelectMany(each =>
                Enumerable
                    .Range(1, repetitions)
                    .Select(repetition => _space.RunOf(each, repetition))
            ),
        ];
        _wanted.UnionWith(wanted);
        _isInterrupted |= _runs.Ensure(wanted, _report, _stop).Left > 0;
    }

    private void Remark(FormattableString line) =>
        _remarks.Add(line.ToString(CultureInfo.InvariantCulture));
}
