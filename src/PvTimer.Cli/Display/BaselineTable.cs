using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments;
using PvTimer.Experiments.Repetition;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer baseline check prints: a line for each run, and the figures that moved.</summary>
internal static class BaselineTable
{
    private static readonly IReadOnlyDictionary<string, bool> IsSpan = Threshold.MetricsOf([
        ExitNames.Vmx,
        ExitNames.Svm,
    ]);

    public static string Of(BaselineCheck check)
    {
        string[][] runs =
        [
            ["scenario", "back-end", "events", "figures"],
            .. check.Backends.Select(RunLine),
        ];
        StringBuilder text = new();
        Append(text, runs);
        string[][] moved =
        [
            .. check.Backends.SelectMany(run =>
                run.Moved.Select(figure =>
                    new[]
                    {
                        run.Scenario,
                        run.Backend,
                        figure.Metric,
                        Shown(figure.Metric, figure.Then),
                        Shown(figure.Metric, figure.Now),
                        Change(figure.Change),
                    }
                )
            ),
        ];
        if (moved.Length > 0)
        {
            text.Append('\n');
            Append(
                text,
                [
                    ["scenario", "back-end", "figure", "then", "now", "change"],
                    .. moved,
                ]
            );
        }
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n{(check.Holds ? "Nothing has moved" : "Moved")} by more than {Quantities.Share((double)check.Within)} since {check.Baseline.Build}.\n"
        );
        return text.ToString();
    }

    private static string[] RunLine(CheckedBackend run) =>
        [
            run.Scenario,
            run.Backend,
            run.IsMissing ? "not in both"
            : run.HasSameEvents ? "the same"
            : "others",
            run.IsMissing ? ""
            : run.Moved.IsEmpty
                ? string.Create(CultureInfo.InvariantCulture, $"{run.Figures} as they were")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{run.Moved.Length} of {run.Figures} moved"
            ),
        ];

    private static string Shown(string metric, decimal? value) =>
        value switch
        {
            null => Quantities.None,
            { } span when IsSpan.GetValueOrDefault(metric) => Quantities.Span((double)span),
            { } number => number.ToString(CultureInfo.InvariantCulture),
        };

    private static string Change(decimal? share) =>
        share is { } known
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * known:+0.00;-0.00} %")
            : "";

    private static void Append(StringBuilder text, string[][] lines)
    {
        TextColumns columns = new(lines);
        foreach (string[] line in lines)
        {
            text.Append(columns.Line(line));
        }
    }
}
