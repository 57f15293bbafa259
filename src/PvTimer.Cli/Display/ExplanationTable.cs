using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments;
using PvTimer.Experiments.Explain;
using PvTimer.Model.Time;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer explain prints.</summary>
internal static class ExplanationTable
{
    public static string Of(RunExplanation explanation, TimerChoice choice)
    {
        StringBuilder text = new($"{explanation.Run.ScenarioName}, {explanation.Run.Directory}\n");
        foreach (BackendExplanation backend in explanation.Backends)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n{backend.Backend.Name}: {Quantities.Count(backend.Breakdown.Timers)} timers fired\n"
            );
            if (choice is TimerChoice.None)
            {
                Append(text, backend.Breakdown);
            }
            foreach (ExplainedTimer timer in backend.Timers)
            {
                Append(text, timer);
            }
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, LatenessBreakdown breakdown)
    {
        if (breakdown.Mean is not { } mean)
        {
            return;
        }
        QuantileBreakdown[] columns = [mean, .. breakdown.Quantiles];
        string[][] lines =
        [
            ["  mean of each cause", .. columns.Select(column => column.Name)],
            .. CauseNames
                .All.Where(cause =>
                    columns.Any(column => column.Causes.Any(each => each.Cause == cause))
                )
                .Select(cause => Line(cause, columns)),
            ["  lateness", .. columns.Select(column => Quantities.Span(column.Lateness))],
            ["  timers there", .. columns.Select(column => Quantities.Count(column.Timers))],
        ];
        Append(text, lines, Enumerable.Range(1, columns.Length));
        text.Append(
            "\n  at a quantile: of the timers that are within 3 % of it; their causes sum to their lateness exactly\n"
        );
    }

    private static string[] Line(LatenessCause cause, QuantileBreakdown[] columns) =>
        [
            $"  {CauseNames.WordsOf(cause)}",
            .. columns.Select(column =>
                column.Causes.FirstOrDefault(each => each.Cause == cause) is { } sum
                    ? Quantities.Span(sum.MeanNanoseconds)
                    : ""
            ),
        ];

    private static void Append(StringBuilder text, ExplainedTimer timer)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n  {timer.Id}: {Quantities.Span(timer.Lateness)} late, deadline at {At(timer.Due)}\n\n"
        );
        string[][] steps =
        [
            .. timer.Steps.Select(step =>
                new[] { $"  {Offset(step.At - timer.Due)}", step.What, step.Where }
            ),
        ];
        Append(text, steps, [0]);
        text.Append('\n');
        string[][] parts =
        [
            .. timer.Parts.Select(part =>
                new[]
                {
                    $"  {Nanoseconds(part.Length)}",
                    CauseNames.WordsOf(part.Cause),
                    part.Where,
                }
            ),
            [$"  {Nanoseconds(timer.Lateness)}", "lateness", ""],
        ];
        Append(text, parts, [0]);
    }

    private static void Append(StringBuilder text, string[][] lines, IEnumerable<int> rightAligned)
    {
        TextColumns columns = new(lines, [.. rightAligned]);
        foreach (string[] line in lines)
        {
            text.Append(columns.Line(line));
        }
    }

    private static string At(VirtualTime time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.Nanoseconds / 1e6:0.000000} ms");

    private static string Offset(VirtualDuration span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.Nanoseconds:+#,0;-#,0;0} ns");

    private static string Nanoseconds(VirtualDuration span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.Nanoseconds:#,0} ns");
}
