using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments;
using PvTimer.Experiments.Predictions;
using PvTimer.Experiments.Statistics;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer predict prints: the answer, all back-ends, the tail, what it assumes.</summary>
internal static class PredictionText
{
    public static string Of(Prediction prediction)
    {
        StringBuilder text = new();
        foreach (string line in PredictionWords.Of(prediction))
        {
            text.Append(line).Append('\n');
        }
        text.Append('\n').Append(SurveyTable.Of([prediction.Survey])).Append('\n');
        string[][] rows =
        [
            ["", "p50", "p99", "p99.9", "p99 by the costs of"],
            .. prediction.Tails.Select(tail =>
                new[]
                {
                    tail.Backend,
                    Shown(tail.Median),
                    Shown(tail.Tail),
                    Shown(tail.Extreme),
                    string.Join(
                        ", ",
                        tail.ByProfile.Select(each =>
                            $"{each.Profile} {Quantities.Span(each.Tail)}"
                        )
                    ),
                }
            ),
        ];
        TextColumns columns = new(rows, 1, 2, 3);
        text.Append(
            CultureInfo.InvariantCulture,
            $"Lateness over {prediction.Request.Repetitions} seeds, with half of the 95 % interval\n\n"
        );
        foreach (string[] row in rows)
        {
            text.Append(columns.Line(row));
        }
        text.Append("\nThis assumes that\n");
        foreach (string line in PredictionWords.Assumptions(prediction))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {line}\n");
        }
        return text.ToString();
    }

    private static string Shown(ConfidenceInterval? interval) =>
        interval is null ? Quantities.None
        : interval.HalfWidth is { } half
            ? $"{Quantities.Span(interval.Mean)} ± {Quantities.Span(half)}"
        : Quantities.Span(interval.Mean);
}
