using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Experiments.Statistics;
using PvTimer.Scenarios;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Sweeps;

/// <summary>A combination of the axes' values.</summary>
/// <param name="Index">From 0; the last axis changes fastest.</param>
/// <param name="Positions">For each axis, which of its values.</param>
/// <param name="Values">The keys that are swept, with their values.</param>
public sealed record SweepPoint(
    int Index,
    ImmutableArray<int> Positions,
    ImmutableArray<KeyValuePair<string, string>> Values
)
{
    /// <summary>"host.cpus=4 host.halt-poll=0ns".</summary>
    public override string ToString() =>
        string.Join(' ', Values.Select(pair => $"{pair.Key}={pair.Value}"));
}

/// <summary>One run: a point, a repetition, a back-end.</summary>
/// <param name="Point">The point's <see cref="SweepPoint.Index"/>.</param>
/// <param name="Repetition">From 1, which is the scenario with its own seed.</param>
/// <param name="Seed">See <see cref="RepetitionSeed"/>.</param>
/// <param name="Backend">The back-end's name.</param>
/// <param name="Hash">
/// SHA-256 of the program's own code, the resolved scenario, the back-end and the recordings: runs of one hash have
/// one result.
/// </param>
public sealed record SweepRun(int Point, int Repetition, ulong Seed, string Backend, string Hash);

/// <summary>All points and runs of a sweep; every scenario in it has been read, and can be run.</summary>
public sealed class SweepPlan
{
    /// <summary>Each is a file, and a row of many in memory.</summary>
    public const int MostRuns = 200_000;

    private readonly ImmutableArray<PointText> _texts;

    /// <summary>A resolved scenario but for its seed.</summary>
    private sealed record PointText(
        string Before,
        string After,
        ImmutableArray<PointInput> Inputs,
        ImmutableArray<Threshold> Thresholds
    )
    {
        public string Of(ulong seed) =>
            string.Create(CultureInfo.InvariantCulture, $"{Before}{seed}{After}");
    }

    private SweepPlan(SweepRequest request, Scenario scenario, ImmutableArray<SweepPoint> points)
    {
        Request = request;
        Scenario = scenario;
        Points = points;
        Seeds =
        [
            .. Enumerable
                .Range(1, request.Repetitions)
                .Select(repetition => RepetitionSeed.Of(scenario.Seed, repetition - 1)),
        ];
        Backends = [.. scenario.Backends.Select(backend => backend.Name)];
        _texts = TextsOf(request, points);
        Runs = [.. points.SelectMany(RunsOf)];
    }

    /// <summary>What was asked for.</summary>
    public SweepRequest Request { get; }

    /// <summary>The scenario as it is without any axis, with the root seed.</summary>
    public Scenario Scenario { get; }

    /// <summary>In the order of their indices.</summary>
    public ImmutableArray<SweepPoint> Points { get; }

    /// <summary>Of the repetitions, the first one's first.</summary>
    public ImmutableArray<ulong> Seeds { get; }

    /// <summary>Names, in the scenario's order.</summary>
    public ImmutableArray<string> Backends { get; }

    /// <summary>By point, repetition, back-end.</summary>
    public ImmutableArray<SweepRun> Runs { get; }

    /// <summary>Reads every point's scenario, and refuses the whole if one of them cannot be used.</summary>
    /// <exception cref="SweepException">A point cannot be used; the line names it and the key.</exception>
    /// <exception cref="ScenarioException">The scenario itself cannot.</exception>
    public static SweepPlan Of(SweepRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string[] keys = [.. request.Axes.SelectMany(axis => axis.Keys)];
        if (
            keys.GroupBy(key => key, StringComparer.Ordinal)
                .FirstOrDefault(group => group.Count() > 1) is
            { } twice
        )
        {
            throw new SweepException($"--over: {twice.Key} is swept twice; accepted: once");
        }
        ImmutableArray<SweepPoint> points = PointsOf(request.Axes);
        Scenario scenario = Read(request, points[0]);
        decimal runs = (decimal)points.Length * request.Repetitions * scenario.Backends.Length;
        return runs <= MostRuns
            ? new SweepPlan(request, scenario, points)
            : throw new SweepException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--over: {points.Length} points, {request.Repetitions} times on {scenario.Backends.Length} back-ends are {runs} runs; accepted: at most {MostRuns}"
                )
            );
    }

    /// <summary>What a worker needs to know to run it.</summary>
    public PointOrder OrderOf(SweepRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        PointText text = _texts[run.Point];
        return new PointOrder(run.Hash, run.Backend, text.Of(run.Seed), text.Inputs);
    }

    /// <summary>The resolved scenario of a point with the root seed.</summary>
    public string ScenarioTextOf(SweepPoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        return _texts[point.Index].Of(Scenario.Seed);
    }

    /// <summary>What the scenario of a point promises of the back-ends that are swept.</summary>
    public ImmutableArray<Threshold> ThresholdsOf(SweepPoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        return _texts[point.Index].Thresholds;
    }

    /// <summary>Of all runs: two sweeps of one hash have the same results.</summary>
    public string Hash => FileDigest.OfText(string.Join('\n', Runs.Select(run => run.Hash)));

    private static ImmutableArray<SweepPoint> PointsOf(ImmutableArray<SweepAxis> axes)
    {
        decimal count = axes.Aggregate(1m, (product, axis) => product * axis.Values.Length);
        if (count > MostRuns)
        {
            throw new SweepException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--over: {count} points; accepted: at most {MostRuns}"
                )
            );
        }
        return [.. Enumerable.Range(0, (int)count).Select(index => PointAt(axes, index))];
    }

    private static SweepPoint PointAt(ImmutableArray<SweepAxis> axes, int index)
    {
        int[] positions = new int[axes.Length];
        int rest = index;
        for (int axis = axes.Length - 1; axis >= 0; axis--)
        {
            positions[axis] = rest % axes[axis].Values.Length;
            rest /= axes[axis].Values.Length;
        }
        return new SweepPoint(
            index,
            [.. positions],
            [
                .. axes.SelectMany(
                    (axis, number) =>
                        axis.Keys.Zip(axis.Values[positions[number]], KeyValuePair.Create)
                ),
            ]
        );
    }

    private static Scenario Read(SweepRequest request, SweepPoint point)
    {
        try
        {
            return ScenarioReader.ReadOverridden(
                request.File,
                [
                    .. request.Overrides,
                    .. point.Values.Select(pair => new ScenarioOverride(
                        "--over",
                        pair.Key,
                        pair.Value
                    )),
                ]
            );
        }
        catch (ScenarioException refused) when (!point.Values.IsEmpty)
        {
            throw new SweepException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"point {point.Index + 1} ({point}): {refused.Message}"
                )
            );
        }
    }

    /// <summary>Side by side: reading scenarios is what a sweep does before it has anything to run.</summary>
    private static ImmutableArray<PointText> TextsOf(
        SweepRequest request,
        ImmutableArray<SweepPoint> points
    )
    {
        RecordingHashes recordings = new();
        var texts = new PointText[points.Length];
        ComputingThreads.ForEach(
            Enumerable.Range(0, points.Length),
            Environment.ProcessorCount,
            index => texts[index] = TextOf(Read(request, points[index]), recordings)
        );
        return [.. texts];
    }

    /// <summary>Thresholds, like the question and the matrix, decide nothing in a run: they are looked at afterwards.</summary>
    private static PointText TextOf(Scenario scenario, RecordingHashes recordings)
    {
        const ulong Placeholder = 0;
        const string SeedLine = "\n  seed = 0\n";
        string text = ScenarioWriter.Write(
            scenario with
            {
                Seed = Placeholder,
                Thresholds = [],
                Question = null,
                Sweep = SweepSettings.None,
            }
        );
        int begin = text.IndexOf(SeedLine, StringComparison.Ordinal);
        int digit = begin + SeedLine.Length - 2;
        return new PointText(
            text[..digit],
            text[(digit + 1)..],
            recordings.Of(scenario),
            [.. scenario.Thresholds.Where(each => scenario.Backends.Contains(each.Backend))]
        );
    }

    private IEnumerable<SweepRun> RunsOf(SweepPoint point) =>
        from repetition in Enumerable.Range(1, Request.Repetitions)
        let seed = Seeds[repetition - 1]
        let text = _texts[point.Index]
        let inputs = PointCode.InputsOf(text.Inputs)
        let scenario = text.Of(seed)
        from backend in Backends
        select new SweepRun(
            point.Index,
            repetition,
            seed,
            backend,
            PointCode.HashOf(scenario, backend, inputs)
        );
}
