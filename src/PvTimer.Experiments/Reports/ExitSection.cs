using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Writers;
using PvTimer.Model.Reports;

namespace PvTimer.Experiments.Reports;

/// <summary>VM-exits of each back-end by reason: a picture and a table.</summary>
internal sealed class ExitSection
{
    private readonly ImmutableArray<BackendResult> _backends;
    private readonly ImmutableArray<ImmutableDictionary<string, ExitStatistics>> _exits;
    private readonly ImmutableArray<string> _reasons;
    private readonly double _seconds;

    private ExitSection(ExperimentResult result)
    {
        _seconds = result.Scenario.Duration.Nanoseconds / 1e9;
        _backends = result.Backends;
        _exits =
        [
            .. _backends.Select(each =>
                NamedExits
                    .Of(each.Report.Exits)
                    .ToImmutableDictionary(
                        exit => exit.Name,
                        exit => exit.Exits,
                        StringComparer.Ordinal
                    )
            ),
        ];
        _reasons =
        [
            .. _exits
                .SelectMany(each => each.Keys)
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(reason =>
                    _exits.Sum(each => each.GetValueOrDefault(reason)?.Count ?? 0)
                )
                .ThenBy(reason => reason, StringComparer.Ordinal),
        ];
    }

    public static ReportSection Of(ExperimentResult result)
    {
        ExitSection section = new(result);
        return new ReportSection("VM-exits by reason", [], [section.Chart()], [section.Table()]);
    }

    private double PerSecond(int backend, string reason) =>
        (_exits[backend].GetValueOrDefault(reason)?.Count ?? 0) / _seconds;

    private double PerSecond(int backend) =>
        _exits[backend].Values.Sum(exit => exit.Count) / _seconds;

    private BarChart Chart()
    {
        string spoken = string.Join(
            "; ",
            _backends.Select(
                (each, index) => $"{each.Backend.Name} {Quantities.Count(PerSecond(index))}"
            )
        );
        return new BarChart(
            "VM-exits per second, by reason",
            $"VM-exits per second: {spoken}",
            new ChartAxis("exits per second of virtual time", ChartUnit.Count),
            [.. _backends.Select(each => each.Backend.Name)],
            [
                .. _reasons.Select(reason => new BarPart(
                    reason,
                    [.. _backends.Select((_, index) => PerSecond(index, reason))]
                )),
            ]
        );
    }

    private ReportTable Table() =>
        new(
            "VM-exits per second",
            ["", .. _reasons, "all", "a timer's own, per fired timer"],
            [
                .. _backends.Select(
                    (each, index) =>
                        (ImmutableArray<string>)
                            [
                                each.Backend.Name,
                                .. _reasons.Select(reason =>
                                    Quantities.Count(PerSecond(index, reason))
                                ),
                                Quantities.Count(PerSecond(index)),
                                Quantities.Ratio(
                                    Figures.Ratio(each.Report.TimerExits, each.Report.Timers.Fired)
                                ),
                            ]
                ),
            ]
        );
}
