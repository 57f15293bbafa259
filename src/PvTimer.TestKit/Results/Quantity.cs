using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Reports;

namespace PvTimer.TestKit.Results;

/// <summary>A number of a result, or several of them.</summary>
[Flags]
public enum Quantity
{
    None = 0,

    /// <summary>Deadlines that guests programmed.</summary>
    Armed = 1 << 0,

    /// <summary>Deadlines that were delivered.</summary>
    Fired = 1 << 1,

    /// <summary>Deadlines that were replaced or cancelled before.</summary>
    Withdrawn = 1 << 2,

    /// <summary>Deadlines that nobody knows of any more, and interrupts that came before theirs.</summary>
    Mistakes = 1 << 3,

    /// <summary>VM-exits, by reason.</summary>
    Exits = 1 << 4,

    /// <summary>The whole distribution of lateness.</summary>
    Lateness = 1 << 5,

    /// <summary>IPIs, posted interrupts, stores to pages, scans.</summary>
    Traffic = 1 << 6,

    /// <summary>Where the pCPUs' time went.</summary>
    CpuTime = 1 << 7,

    /// <summary>The trace hash.</summary>
    TraceHash = 1 << 8,
}

/// <summary>How a quantity is read off a result.</summary>
internal sealed record QuantityReading(Quantity Of, Func<ScriptResult, string> Read)
{
    public static ImmutableArray<QuantityReading> All { get; } =
    [
        new(Quantity.Armed, result => Text(result.Report.Timers.Armed)),
        new(Quantity.Fired, result => Text(result.Report.Timers.Fired)),
        new(
            Quantity.Withdrawn,
            result => Text(result.Report.Timers.Replaced, result.Report.Timers.Cancelled)
        ),
        new(
            Quantity.Mistakes,
            result => Text(result.Report.Timers.Lost, result.Report.Timers.Early)
        ),
        new(
            Quantity.Exits,
            result =>
                string.Join(
                    ", ",
                    result
                        .Report.Exits.Where(exit => exit.Count > 0)
                        .Select(exit => $"{exit.Reason} {Text(exit.Count)}")
                )
        ),
        new(Quantity.Lateness, result => Distribution(result.Report.Lateness)),
        new(
            Quantity.Traffic,
            result =>
                Text(
                    result.Report.Ipis,
                    result.Report.PostedInterrupts,
                    result.Report.PageUpdates,
                    result.Report.Scans
                )
        ),
        new(Quantity.CpuTime, result => $"{result.Report.Cpu}"),
        new(Quantity.TraceHash, result => result.TraceHash),
    ];

    private static string Distribution(ExactDistribution spans) =>
        string.Join(" ", spans.Ascending().Select(entry => $"{entry.Span} x{Text(entry.Count)}"));

    private static string Text(params long[] numbers) =>
        string.Join('/', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));
}
