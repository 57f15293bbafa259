using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Experiments.Validation;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer ledger prints: a line for each flaw.</summary>
internal static class LedgerTable
{
    private static readonly string[] Heading =
    [
        "flaw",
        "as posted",
        "fixed",
        "early",
        "lost",
        "late",
        "unexpected",
        "extra exits",
        "what is seen",
    ];

    public static string Of(IReadOnlyList<FlawEntry> entries)
    {
        string[][] lines = [Heading, .. entries.Select(Cells)];
        TextColumns columns = new(lines, [.. Enumerable.Range(1, Heading.Length - 2)]);
        return "early to extra exits: per million timers of a scenario that is made to show the flaw, not of a usual guest\n\n"
            + string.Concat(lines.Select(columns.Line))
            + $"\nlate: later than any without the flaw; unexpected: the guest had given the timer up.\n"
            + $"Scenarios: {ShippedScenarios.PathOf("flaws/NUMBER-FLAW")}; each has one flaw only. {ValidationResult.Prediction}\n";
    }

    private static string[] Cells(FlawEntry entry) =>
        [
            $"{entry.Flaw.Number} {entry.Flaw.Key}",
            entry.Posted.Figure,
            entry.Fixed.Figure,
            Number(entry.Early),
            Number(entry.Lost),
            Number(entry.Late),
            Number(entry.Unexpected),
            Number(entry.ExtraExits),
            entry.Flaw.Seen,
        ];

    private static string Number(long? value) => value?.ToString("#,0", Spaced) ?? Quantities.None;

    private static NumberFormatInfo Spaced { get; } = new() { NumberGroupSeparator = " " };
}
