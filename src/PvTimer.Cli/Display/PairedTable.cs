using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments;
using PvTimer.Experiments.Comparisons;
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
            AppendLines(
                text,
                [
                    Heading,
                    .. pair.Figures.Select(figure => CellsOf("  ", figure)),
                    .. pair.Exits.Select(exit => CellsOf("  exits ", exit)),
                ],
                1,
                2,
                3,
                4,
                5,
                6
            );
            AppendParting(text, pair.Divergence);
        }
        text.Append(
            CultureInfo.InvariantCulture,
            $"\nIntervals of {100 * comparison.Level:0.##} % by Student's t over the differences; effect: mean difference in standard deviations of the differences.\n"
        );
        return text.ToString();
    }

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

    private static string[] CellsOf(string prefix, PairedFigure figure) =>
        [
            prefix + FigureWords.NameOf(figure),
            FigureWords.Value(figure.Left?.Mean, figure.Unit),
            FigureWords.Value(figure.Right?.Mean, figure.Unit),
            FigureWords.WithSign(figure.Difference?.Mean, figure.Unit),
            FigureWords.Change(figure),
            FigureWords.Interval(figure),
            FigureWords.Effect(figure),
            FigureWords.Verdict(figure.Verdict),
        ];

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
        $"    {side}: {parting?.ToString() ?? "the run is over"}\n";

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
