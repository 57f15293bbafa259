using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments;
using PvTimer.Experiments.Comparison;
using PvTimer.Experiments.Statistics;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer compare prints.</summary>
internal static class PairedTable
{
    private static readonly string[] Heading =
    [
        "",
        "A",
        "B",
        "B - A",
        "",
        "interval of B - A",
        "effect",
        "verdict",
    ];

    public static string Of(PairedComparison comparison)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"A: {comparison.Left.Name}\n")
            .Append(CultureInfo.InvariantCulture, $"B: {comparison.Right.Name}\n")
            .Append(SeedsOf(comparison));
        AppendParameters(text, comparison.Parameters);
        foreach (ComparedPair pair in comparison.Pairs)
        {
            string name =
                pair.Left == pair.Right ? pair.Left.Name : $"{pair.Left} (A), {pair.Right} (B)";
            text.Append(CultureInfo.InvariantCulture, $"\n{name}\n");
            AppendFigures(text, [.. pair.Figures.Select(Spelled), .. pair.Exits.Select(Exit)]);
            AppendParting(text, pair.Divergence);
        }
        text.Append(
            CultureInfo.InvariantCulture,
            $"\nIntervals of {100 * comparison.Level:0.##} % by Student's t over the differences; effect: mean difference in standard deviations of the differences.\n"
        );
        return text.ToString();
    }

    private static PairedFigure Spelled(PairedFigure figure) =>
        figure with
        {
            Metric = figure
                .Metric.Replace("p99_9", "p99.9", StringComparison.Ordinal)
                .Replace('_', ' '),
        };

    private static PairedFigure Exit(PairedFigure exit) =>
        exit with
        {
            Metric = $"exits {exit.Metric}",
        };

    private static string SeedsOf(PairedComparison comparison)
    {
        string seeds = string.Join(
            ", ",
            comparison.Seeds.Take(3).Select(seed => seed.ToString(CultureInfo.InvariantCulture))
        );
        string more = comparison.Seeds.Length > 3 ? ", ..." : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{comparison.Seeds.Length} repetitions of each, with the same seeds: {seeds}{more}\n"
        );
    }

    private static void AppendParameters(
        StringBuilder text,
        ImmutableArray<DifferingParameter> parameters
    )
    {
        if (parameters.IsEmpty)
        {
            text.Append("Their scenarios do not differ.\n");
            return;
        }
        text.Append("\nWhat differs in their scenarios\n");
        AppendLines(
            text,
            [
                ["", "A", "B"],
                .. parameters.Select(each =>
                    new[] { "  " + each.Key, each.Left ?? "none", each.Right ?? "none" }
                ),
            ]
        );
    }

    private static void AppendFigures(StringBuilder text, IEnumerable<PairedFigure> figures) =>
        AppendLines(text, [Heading, .. figures.Select(CellsOf)], 1, 2, 3, 4, 5, 6);

    private static string[] CellsOf(PairedFigure figure) =>
        [
            "  " + figure.Metric,
            Shown(figure.Left?.Mean, figure.Unit),
            Shown(figure.Right?.Mean, figure.Unit),
            Signed(figure.Difference?.Mean, figure.Unit),
            figure.Change is { } change and not 0
                ? string.Create(CultureInfo.InvariantCulture, $"{100 * change:+0.0;-0.0} %")
                : "",
            figure.Verdict is PairedVerdict.Equal or PairedVerdict.Absent ? "" : Interval(figure),
            figure.EffectSize is { } effect
                ? effect.ToString("+0.0;-0.0", CultureInfo.InvariantCulture)
                : "",
            Word(figure.Verdict),
        ];

    private static string Interval(PairedFigure figure)
    {
        ConfidenceInterval difference = figure.Difference!;
        return difference.HalfWidth is null
            ? "one repetition"
            : $"{Signed(difference.Low, figure.Unit)} .. {Signed(difference.High, figure.Unit)}";
    }

    private static string Word(PairedVerdict verdict) =>
        verdict switch
        {
            PairedVerdict.Lower => "B is lower",
            PairedVerdict.Higher => "B is higher",
            _ => ComparisonDocument.NameOf(verdict),
        };

    private static string Shown(double? value, FigureUnit unit) =>
        (value, unit) switch
        {
            (null, _) => Quantities.None,
            ({ } span, FigureUnit.Span) => Quantities.Span(span),
            ({ } span, FigureUnit.SpanPerSecond) => Quantities.Span(span) + "/s",
            ({ } count, FigureUnit.PerSecond) => Quantities.Count(count) + "/s",
            ({ } ratio, _) => Quantities.Ratio(ratio),
        };

    private static string Signed(double? value, FigureUnit unit) =>
        value is > 0 ? "+" + Shown(value, unit) : Shown(value, unit);

    private static void AppendParting(StringBuilder text, Divergence? parting)
    {
        if (parting is null)
        {
            text.Append("  All events of the first repetition are alike.\n");
            return;
        }
        text.Append(
                CultureInfo.InvariantCulture,
                $"  With the first seed they part after {Quantities.Count(parting.Alike)} events that are alike:\n"
            )
            .Append(EventLine("A", parting.Left))
            .Append(EventLine("B", parting.Right));
        foreach (PartingState state in parting.States)
        {
            PartingField[] differing = [.. state.Fields.Where(field => field.Left != field.Right)];
            if (differing.Length == 0)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"    {state.Entity}: its {state.Fields.Length} fields are alike before that\n"
                );
                continue;
            }
            AppendLines(
                text,
                [
                    [$"    {state.Entity} before that", "A", "B"],
                    .. differing.Select(field =>
                        new[] { $"      {field.Path}", field.Left ?? "none", field.Right ?? "none" }
                    ),
                ]
            );
        }
    }

    private static string EventLine(string side, PartingEvent? parting) =>
        parting is null
            ? $"    {side}: the run is over\n"
            : $"    {side}: at {parting.At}, {(parting.Source == parting.Target ? parting.Target : $"{parting.Source} to {parting.Target}")}: {parting.Message}\n";

    private static void AppendLines(
        StringBuilder text,
        IReadOnlyCollection<string[]> lines,
        params int[] rightAligned
    )
    {
        TextColumns columns = new(lines, rightAligned);
        foreach (string[] line in lines)
        {
            text.Append(columns.Line(line));
        }
    }
}
