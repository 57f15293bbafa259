using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments;
using PvTimer.Experiments.Optimisation;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer optimise prints: the best points, what was assumed, what was saved.</summary>
internal static class OptimisationReport
{
    public static string Of(OptimisationResult result)
    {
        StringBuilder text = new("\n");
        if (result.Front.IsEmpty)
        {
            text.Append(
                result.IsInterrupted
                    ? "nothing was tried to its end\n"
                    : "no point that was tried meets all conditions\n"
            );
        }
        else
        {
            AppendFront(text, result);
        }
        if (!result.Constraints.IsEmpty)
        {
            string conditions = string.Join(", ", result.Constraints.Select(each => each.Text));
            text.Append(
                CultureInfo.InvariantCulture,
                $"subject to {conditions}, for the means over the repetitions\n"
            );
        }
        foreach (string remark in result.Remarks)
        {
            text.Append(remark).Append('\n');
        }
        double saved = 1 - ((double)result.Runs / result.FullRuns);
        text.Append(
            CultureInfo.InvariantCulture,
            $"{result.Runs} runs in the place of the {result.FullRuns} of the whole matrix: {Quantities.Share(saved)} saved\n"
        );
        return text.ToString();
    }

    private static void AppendFront(StringBuilder text, OptimisationResult result)
    {
        string[] keys = [.. result.Plan.Request.Axes.SelectMany(axis => axis.Keys)];
        string[][] rows =
        [
            [
                .. keys,
                "back-end",
                .. result.Objectives.SelectMany(each => new[] { each.Text, "± at 95 %" }),
            ],
            .. result.Front.Select(each => Row(result, each)),
        ];
        TextColumns columns = new(
            rows,
            [.. Enumerable.Range(keys.Length + 1, 2 * result.Objectives.Length)]
        );
        foreach (string[] row in rows)
        {
            text.Append(columns.Line(row));
        }
        if (result.Objectives.Length > 1)
        {
            text.Append(
                "Of these none is better than another by every objective: the Pareto front.\n"
            );
        }
    }

    private static string[] Row(OptimisationResult result, RatedCandidate rated) =>
        [
            .. rated.Candidate.Point.Values.Select(pair => pair.Value),
            rated.Candidate.Backend,
            .. rated.Objectives.SelectMany(
                (interval, at) =>
                    new[]
                    {
                        Number(result.Objectives[at], interval.Mean),
                        Number(result.Objectives[at], interval.HalfWidth),
                    }
            ),
        ];

    private static string Number(Objective objective, double? value) =>
        value is not { } known ? Quantities.None
        : objective.Metric.IsSpan ? Quantities.Span(known)
        : known < 1000 ? Quantities.Ratio(known)
        : Quantities.Count(known);
}
