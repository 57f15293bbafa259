using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using PvTimer.Engine;
using PvTimer.Experiments.Statistics;
using PvTimer.Model.Description;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Comparisons;

/// <summary>Two scenarios, or two back-ends of one, repetition by repetition with the same seed.</summary>
/// <param name="Left">The first.</param>
/// <param name="Right">The second.</param>
/// <param name="Seeds">One for each repetition; both sides run with it.</param>
/// <param name="Level">Of the confidence intervals.</param>
/// <param name="Parameters">The keys in which the scenarios differ.</param>
/// <param name="Pairs">Back-ends of one name, or the one of each side.</param>
public sealed record PairedComparison(
    ComparisonSide Left,
    ComparisonSide Right,
    ImmutableArray<ulong> Seeds,
    double Level,
    ImmutableArray<DifferingParameter> Parameters,
    ImmutableArray<ComparedPair> Pairs
)
{
    /// <summary>Of the first side's scenario, from which all seeds follow.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <param name="repetitions">At least 1; an interval needs 2.</param>
    /// <param name="level">Of the intervals, such as 0.95.</param>
    /// <param name="done">Told how many of how many runs are done; on any thread, one at a time.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="InvalidDataException">The sides have no back-end in common.</exception>
    /// <exception cref="RunFailedException">A run broke.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static PairedComparison Of(
        ComparisonSide left,
        ComparisonSide right,
        int repetitions,
        double level,
        Action<int, int> done,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(done);
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        ImmutableArray<(TimerBackend Left, TimerBackend Right)> pairs = PairsOf(left, right);
        ImmutableArray<ulong> seeds =
        [
            .. Enumerable
                .Range(0, repetitions)
                .Select(repetition => RepetitionSeed.Of(left.Scenario.Seed, repetition)),
        ];
        Samples samples = new(left, right, seeds, pairs, done);
        samples.RunAll(stop);
        return new PairedComparison(
            left,
            right,
            seeds,
            level,
            ScenarioParameters.Differences(left.Scenario, right.Scenario),
            [
                .. pairs.Select(
                    (pair, index) =>
                        ComparedPair.Of(
                            samples.Of(index),
                            level,
                            Divergence.Find(
                                Machine(left.Scenario, pair.Left, seeds[0]),
                                Machine(right.Scenario, pair.Right, seeds[0])
                            )
                        )
                ),
            ]
        );
    }

    private static EmulatedMachine Machine(Scenario scenario, TimerBackend backend, ulong seed) =>
        EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario with { Seed = seed }, backend)
        );

    private static ImmutableArray<(TimerBackend, TimerBackend)> PairsOf(
        ComparisonSide left,
        ComparisonSide right
    )
    {
        if (left.Backends is [var one] && right.Backends is [var other])
        {
            return [(one, other)];
        }
        ImmutableArray<TimerBackend> common = [.. left.Backends.Where(right.Backends.Contains)];
        return common.IsEmpty
            ? throw new InvalidDataException(
                $"{left.Name} has {string.Join(", ", left.Backends)}, {right.Name} {string.Join(", ", right.Backends)}: no back-end in common; accepted: one of each, as DIR/BACKEND"
            )
            : [.. common.Select(backend => (backend, backend))];
    }

    /// <summary>The runs: repetition by repetition, on as many cores as there are.</summary>
    private sealed class Samples(
        ComparisonSide left,
        ComparisonSide right,
        ImmutableArray<ulong> seeds,
        ImmutableArray<(TimerBackend Left, TimerBackend Right)> pairs,
        Action<int, int> done
    )
    {
        private readonly ComparedPair.Sample[,,] _runs = new ComparedPair.Sample[
            pairs.Length,
            seeds.Length,
            2
        ];
        private readonly Lock _counting = new();
        private int _done;

        public ImmutableArray<(ComparedPair.Sample, ComparedPair.Sample)> Of(int pair) =>
            [
                .. Enumerable
                    .Range(0, seeds.Length)
                    .Select(repetition => (_runs[pair, repetition, 0], _runs[pair, repetition, 1])),
            ];

        /// <exception cref="RunFailedException">The first that broke.</exception>
        public void RunAll(CancellationToken stop) =>
            ComputingThreads.ForEach(
                Enumerable.Range(0, _runs.Length),
                Environment.ProcessorCount,
                number => Run(number, stop),
                stop
            );

        private void Run(int number, CancellationToken stop)
        {
            int side = number % 2;
            int repetition = number / 2 % seeds.Length;
            int pair = number / 2 / seeds.Length;
            TimerBackend backend = side == 0 ? pairs[pair].Left : pairs[pair].Right;
            Scenario scenario = (side == 0 ? left : right).Scenario with
            {
                Seed = seeds[repetition],
                Backends = [backend],
                Thresholds = [],
            };
            ExperimentResult result = Experiment.Run(
                scenario,
                EngineKind.Sequential,
                1,
                (_, _) => !stop.IsCancellationRequested
            );
            stop.ThrowIfCancellationRequested();
            _runs[pair, repetition, side] = ComparedPair.Sample.Of(result.Backends[0], scenario);
            lock (_counting)
            {
                done(++_done, _runs.Length);
            }
        }
    }
}
