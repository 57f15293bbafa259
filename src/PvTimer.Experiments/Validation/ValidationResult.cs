using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;

namespace PvTimer.Experiments.Validation;

/// <summary>A published figure beside the emulated one.</summary>
/// <param name="Key">"4b": the row, and which of its figures.</param>
/// <param name="Published">What was published.</param>
/// <param name="Emulated">In the same unit; null: it is not covered, or nothing of that kind happened.</param>
/// <param name="Verdict">What becomes of it.</param>
public sealed record ValidatedFigure(
    string Key,
    PublishedFigure Published,
    double? Emulated,
    ValidationVerdict Verdict
)
{
    /// <summary>Emulated by published; null: there is no value, or zero was published.</summary>
    public double? Ratio =>
        // Adding zero makes a negative zero a plain one.
        Published.Value
            is { } value
        && value != 0
            ? (Emulated / value) + 0.0
            : null;
}

/// <summary>A row with its figures.</summary>
public sealed record ValidatedRow(PublishedRow Published, ImmutableArray<ValidatedFigure> Figures)
{
    /// <summary>
    /// Off if one of its figures is. Otherwise the most that can be said for those that are covered: exact if all are,
    /// fitted if all are, within its tolerances else.
    /// </summary>
    public ValidationVerdict Verdict
    {
        get
        {
            ImmutableArray<ValidationVerdict> covered =
            [
                .. Figures
                    .Select(figure => figure.Verdict)
                    .Where(verdict => verdict != ValidationVerdict.NotCovered)
                    .Distinct(),
            ];
            return covered switch
            {
                [] => ValidationVerdict.NotCovered,
                [var only] => only,
                _ when covered.Contains(ValidationVerdict.Off) => ValidationVerdict.Off,
                _ => ValidationVerdict.Within,
            };
        }
    }
}

/// <summary>Published figures beside emulated ones.</summary>
public sealed record ValidationResult(ImmutableArray<ValidatedRow> Rows)
{
    /// <summary>What its figures do not say.</summary>
    public const string Prediction =
        "Nobody published a measurement of pvtimer: closed forms hold for its rules, what else is said of it is a prediction.";

    /// <summary>Runs in virtual time what the rows are read from, on the shipped profiles.</summary>
    /// <param name="rows">Which, of <see cref="PublishedRows.All"/>.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ValidationResult Of(ImmutableArray<PublishedRow> rows, CancellationToken stop)
    {
        ValidationRuns runs = new(stop);
        return new ValidationResult([
            .. rows.Select(row => new ValidatedRow(
                row,
                [.. row.Figures.Select((figure, index) => Of(row, figure, index, runs))]
            )),
        ]);
    }

    public int CountRows(ValidationVerdict verdict) => Rows.Count(row => row.Verdict == verdict);

    public int CountFigures(ValidationVerdict verdict) =>
        Rows.Sum(row => row.Figures.Count(figure => figure.Verdict == verdict));

    private static ValidatedFigure Of(
        PublishedRow row,
        PublishedFigure figure,
        int index,
        ValidationRuns runs
    )
    {
        double? emulated = figure.Measured?.In(runs);
        return new ValidatedFigure(
            $"{row.Number}{(char)('a' + index)}",
            figure,
            emulated,
            VerdictOf(figure, emulated)
        );
    }

    private static ValidationVerdict VerdictOf(PublishedFigure figure, double? emulated)
    {
        if (figure.Measured is null)
        {
            return ValidationVerdict.NotCovered;
        }
        if (emulated is not { } value || !figure.Tolerance.Holds(figure.Value!.Value, value))
        {
            return ValidationVerdict.Off;
        }
        return figure switch
        {
            { FittedBy: not null } => ValidationVerdict.Fitted,
            { Tolerance.Kind: ToleranceKind.Exact } => ValidationVerdict.Exact,
            _ => ValidationVerdict.Within,
        };
    }
}
