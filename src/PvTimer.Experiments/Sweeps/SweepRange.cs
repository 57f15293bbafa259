using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Sweeps;

/// <summary>
/// Values that are not listed but computed: 1..4096:x2, 1..10:+1, 50us..1ms:x2. Exact: decimals, and whole
/// nanoseconds of a span. The first is always among them, the last only if a step meets it.
/// </summary>
internal static partial class SweepRange
{
    private const string Forms = "FROM..TO:xFACTOR or FROM..TO:+STEP, such as 50us..1ms:x2";

    /// <summary>The values of one item of a list; what is no range is itself.</summary>
    /// <exception cref="SweepException">It is half a range.</exception>
    public static ImmutableArray<string> Expand(string key, string item)
    {
        if (item.Length == 0)
        {
            throw new SweepException(
                $"--over: {key} has an empty value; accepted: {SweepAxis.Forms}"
            );
        }
        if (!Beginning().IsMatch(item))
        {
            return [item];
        }
        Match match = Form().Match(item);
        if (!match.Success)
        {
            throw new SweepException($"--over: {key}: '{item}' is no range; accepted: {Forms}");
        }
        string unit = match.Groups["unit"].Value;
        string lastUnit = match.Groups["lastUnit"].Value;
        string stepUnit = match.Groups["stepUnit"].Value;
        bool isFactor = match.Groups["sign"].Value == "x";
        bool isSpan = TrySpan("1" + unit, out _);
        bool fits = isSpan
            ? TrySpan("1" + lastUnit, out _) && (isFactor || TrySpan("1" + stepUnit, out _))
            : unit == lastUnit && (isFactor || unit == stepUnit);
        if (!fits || (isFactor && stepUnit.Length > 0))
        {
            throw new SweepException(
                $"--over: {key}: '{item}' has units that do not fit each other; accepted: {Forms}"
            );
        }
        decimal first = Number(key, item, match.Groups["from"].Value, unit, isSpan);
        decimal last = Number(key, item, match.Groups["to"].Value, lastUnit, isSpan);
        decimal step = Number(key, item, match.Groups["step"].Value, stepUnit, isSpan && !isFactor);
        if (last < first || (isFactor ? step <= 1 || first <= 0 : step <= 0))
        {
            throw new SweepException($"--over: {key}: '{item}' does not ascend; accepted: {Forms}");
        }
        return
        [
            .. Values(first, last, step, isFactor, isSpan ? Span : value => Plain(value, unit)),
        ];
    }

    private static IEnumerable<string> Values(
        decimal first,
        decimal last,
        decimal step,
        bool isFactor,
        Func<decimal, string> write
    )
    {
        int count = 0;
        for (decimal value = first; value <= last; value = isFactor ? value * step : value + step)
        {
            // One more than there may be is enough for the axis to refuse them.
            if (count++ > SweepAxis.MostValues)
            {
                yield break;
            }
            yield return write(value);
        }
    }

    private static decimal Number(string key, string item, string number, string unit, bool isSpan)
    {
        if (isSpan && TrySpan(number + unit, out decimal nanoseconds))
        {
            return nanoseconds;
        }
        return
            !isSpan
            && decimal.TryParse(number, CultureInfo.InvariantCulture, out decimal value)
            && value < MostNumber
            ? value
            : throw new SweepException(
                $"--over: {key}: '{item}': {number}{unit}; accepted: {Forms}"
            );
    }

    /// <summary>Beyond it products of decimals are no longer exact.</summary>
    private const decimal MostNumber = 1e15m;

    private static bool TrySpan(string text, out decimal nanoseconds)
    {
        bool isSpan = Units.TryParseSpan(text, out VirtualDuration span);
        nanoseconds = span.Nanoseconds;
        return isSpan;
    }

    /// <summary>A factor that is no whole number meets fractions of nanoseconds: they are cut off.</summary>
    private static string Span(decimal nanoseconds) =>
        Units.Write(VirtualDuration.FromNanoseconds((long)nanoseconds));

    private static string Plain(decimal value, string unit) =>
        value.ToString("0.############", CultureInfo.InvariantCulture) + unit;

    [GeneratedRegex(@"^[0-9.]*[0-9][a-z]*\.\.", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Beginning();

    [GeneratedRegex(
        @"^(?<from>[0-9]+(\.[0-9]+)?)(?<unit>[a-z]*)\.\.(?<to>[0-9]+(\.[0-9]+)?)(?<lastUnit>[a-z]*):(?<sign>[x+])(?<step>[0-9]+(\.[0-9]+)?)(?<stepUnit>[a-z]*)$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Form();
}
