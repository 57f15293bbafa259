using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments.Validation;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer validate prints: each row with its figures, and what they add up to.</summary>
internal static class ValidationTable
{
    private const int Width = 118;
    private const string Indent = "    ";

    private static readonly string[] Heading =
    [
        "",
        "figure",
        "published",
        "emulated",
        "ratio",
        "tolerance",
        "verdict",
    ];

    public static string Of(ValidationResult result)
    {
        string[][] cells = [Heading, .. result.Rows.SelectMany(row => row.Figures.Select(CellsOf))];
        TextColumns columns = new(cells, 2, 3, 4);
        StringBuilder text = new();
        text.Append(columns.Line(Heading));
        foreach (ValidatedRow row in result.Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{row.Published.Number, 2}  ")
                .Append(
                    CultureInfo.InvariantCulture,
                    $"{row.Published.Workload}: {row.Published.Policy}\n"
                )
                .Append(
                    CultureInfo.InvariantCulture,
                    $"{Indent}[{row.Published.Source}]  {Word(row.Verdict)}\n"
                );
            foreach (ValidatedFigure figure in row.Figures)
            {
                text.Append(columns.Line(CellsOf(figure)));
            }
            foreach (string reason in ReasonsOf(row))
            {
                text.Append(Wrapped(reason));
            }
        }
        return text.Append('\n').Append(Summary(result)).ToString();
    }

    /// <summary>"rows: 1 exact, ...", the same of figures, and what pvtimer's are.</summary>
    private static string Summary(ValidationResult result) =>
        $"rows: {Counts(result.CountRows)}\n"
        + $"figures: {Counts(result.CountFigures)}\n"
        + ValidationResult.Prediction
        + "\n";

    private static string Counts(Func<ValidationVerdict, int> count) =>
        string.Join(
            ", ",
            Enum.GetValues<ValidationVerdict>()
                .Select(verdict =>
                    string.Create(CultureInfo.InvariantCulture, $"{count(verdict)} {Word(verdict)}")
                )
        );

    private static string Word(ValidationVerdict verdict) =>
        ValidationDocument.NameOf(verdict).Replace('-', ' ');

    private static string[] CellsOf(ValidatedFigure figure)
    {
        PublishedFigure published = figure.Published;
        bool isCovered = figure.Verdict != ValidationVerdict.NotCovered;
        return
        [
            Indent + figure.Key,
            published.What,
            published.Value is { } value ? Number(value, published.Unit) : published.Text ?? "",
            isCovered ? Number(figure.Emulated, published.Unit) : "",
            figure.Ratio is { } ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "",
            isCovered ? published.Tolerance.ToString() : "",
            Word(figure.Verdict),
        ];
    }

    private static string Number(double? value, string unit) =>
        value is { } number
            ? number.ToString(FormatOf(unit), CultureInfo.InvariantCulture)
                + (unit.Length > 0 ? $" {unit}" : "")
            : "none";

    private static string FormatOf(string unit) =>
        unit switch
        {
            "" => "0.000",
            "cycles" or "ns" => "0",
            "%" => "0.0#",
            _ => "0.00",
        };

    private static IEnumerable<string> ReasonsOf(ValidatedRow row)
    {
        foreach (
            IGrouping<string, ValidatedFigure> same in row
                .Figures.Where(figure => figure.Published.FittedBy is not null)
                .GroupBy(figure => figure.Published.FittedBy!, StringComparer.Ordinal)
        )
        {
            yield return $"{Keys(same)}: the cost {same.Key} was taken from it";
        }
        foreach (
            IGrouping<string, ValidatedFigure> same in row
                .Figures.Where(figure => figure.Published.Lacks is not null)
                .GroupBy(figure => figure.Published.Lacks!, StringComparer.Ordinal)
        )
        {
            yield return $"{Keys(same)}: not modelled: {same.Key}";
        }
        if (row.Published.Remark is { } remark)
        {
            yield return remark;
        }
    }

    private static string Keys(IEnumerable<ValidatedFigure> figures) =>
        string.Join(", ", figures.Select(figure => figure.Key));

    /// <summary>A sentence below its row, in lines that fit.</summary>
    private static string Wrapped(string sentence)
    {
        StringBuilder text = new(Indent);
        int column = Indent.Length;
        foreach (string word in sentence.Split(' '))
        {
            if (column + word.Length > Width)
            {
                text.Append('\n').Append(Indent);
                column = Indent.Length;
            }
            text.Append(column > Indent.Length ? " " : "").Append(word);
            column += word.Length + 1;
        }
        return text.Append('\n').ToString();
    }
}
