using System;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Experiments.Validation;

/// <summary>How an emulated figure comes out of runs.</summary>
/// <param name="Runs">Which.</param>
/// <param name="Of">From them, in their order; null: there is no such value.</param>
internal sealed record Measurement(
    ImmutableArray<ValidationRunKey> Runs,
    Func<ImmutableArray<ValidationRun>, double?> Of
)
{
    public double? In(ValidationRuns runs) => Of([.. Runs.Select(runs.Of)]);

    public static Measurement Plain(ValidationRunKey run, Func<ValidationRun, double?> value) =>
        new([run], runs => value(runs[0]));

    /// <summary>From one run to another, in per cent of the first.</summary>
    public static Measurement Change(
        ValidationRunKey from,
        ValidationRunKey to,
        Func<ValidationRun, double?> value
    ) =>
        new(
            [from, to],
            runs =>
                value(runs[0]) is { } before && before != 0
                    ? 100 * ((value(runs[1]) / before) - 1)
                    : null
        );

    /// <summary>One run's figure by another's.</summary>
    public static Measurement Ratio(
        ValidationRunKey whole,
        ValidationRunKey part,
        Func<ValidationRun, double?> value
    ) =>
        new(
            [whole, part],
            runs => value(runs[0]) is { } all && all != 0 ? value(runs[1]) / all : null
        );

    /// <summary>From one run to another.</summary>
    public static Measurement Difference(
        ValidationRunKey from,
        ValidationRunKey to,
        Func<ValidationRun, double?> value
    ) => new([from, to], runs => value(runs[1]) - value(runs[0]));

    /// <summary>
    /// Exits that program a timer for each deadline after those of a shorter run: the first deadline of a vCPU, of
    /// which no scan has heard, is in both.
    /// </summary>
    public static Measurement FurtherExits(ValidationRunKey shorter, ValidationRunKey longer) =>
        new(
            [shorter, longer],
            runs =>
                runs[1].DeadlineWrites > runs[0].DeadlineWrites
                    ? (double)(runs[1].DeadlineExits - runs[0].DeadlineExits)
                        / (runs[1].DeadlineWrites - runs[0].DeadlineWrites)
                    : null
        );
}
