using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Writers;

/// <summary>Exits that are printed under one name: on SVM reads and writes of MSRs are both "msr".</summary>
/// <param name="Name">As perf prints it.</param>
/// <param name="Exits">All of them, under the first of their reasons.</param>
public sealed record NamedExits(string Name, ExitStatistics Exits)
{
    /// <summary>One for each name, in the order of the reasons; reasons without exits are left out.</summary>
    public static ImmutableArray<NamedExits> Of(IEnumerable<ExitStatistics> exits) =>
        [
            .. exits
                .Where(exit => exit.Count > 0)
                .GroupBy(
                    exit => VmExitReasonNames.NameOf(exit.Reason, exit.Names),
                    StringComparer.Ordinal
                )
                .Select(same => new NamedExits(same.Key, same.Aggregate(Sum))),
        ];

    private static ExitStatistics Sum(ExitStatistics left, ExitStatistics right) =>
        left with
        {
            Count = left.Count + right.Count,
            Total = left.Total + right.Total,
            Shortest = VirtualDuration.Min(left.Shortest, right.Shortest),
            Longest = VirtualDuration.Max(left.Longest, right.Longest),
            SumOfSquares = left.SumOfSquares + right.SumOfSquares,
            ByMsr =
            [
                .. left
                    .ByMsr.Concat(right.ByMsr)
                    .GroupBy(each => each.Msr, each => each.Count)
                    .OrderBy(each => each.Key)
                    .Select(each => new MsrCount(each.Key, each.Sum())),
            ],
        };
}
