using System;
using System.Globalization;
using PvTimer.Model.Time;

namespace PvTimer.Experiments;

/// <summary>Numbers for people: three or four significant digits and the unit that suits them.</summary>
public static class Quantities
{
    /// <summary>Stands where there is no value.</summary>
    public const string None = "none";

    /// <summary>See <see cref="Span(double)"/>; "none" if there is none.</summary>
    public static string Span(VirtualDuration? span) =>
        span is { } value ? Span((double)value.Nanoseconds) : None;

    /// <summary>"850 ns", "13.2 us", "1.50 s".</summary>
    public static string Span(double nanoseconds) =>
        Math.Abs(nanoseconds) switch
        {
            < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0} ns"),
            < 1e6 => Digits(nanoseconds / 1e3) + " us",
            < 1e9 => Digits(nanoseconds / 1e6) + " ms",
            _ => Digits(nanoseconds / 1e9) + " s",
        };

    /// <summary>"12 345", "3.20 M".</summary>
    public static string Count(double count) =>
        Math.Abs(count) switch
        {
            < 1e6 => count.ToString("#,0", Spaced),
            < 1e9 => Digits(count / 1e6) + " M",
            _ => Digits(count / 1e9) + " G",
        };

    /// <summary>"12.5 %".</summary>
    public static string Share(double share) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    /// <summary>"0.019", "1.629"; "none" if there is none.</summary>
    public static string Ratio(double? ratio) =>
        ratio?.ToString("0.000", CultureInfo.InvariantCulture) ?? None;

    private static NumberFormatInfo Spaced { get; } = new() { NumberGroupSeparator = " " };

    private static string Digits(double value) =>
        Math.Abs(value) switch
        {
            < 10 => value.ToString("0.00", CultureInfo.InvariantCulture),
            < 100 => value.ToString("0.0", CultureInfo.InvariantCulture),
            _ => value.ToString("0", CultureInfo.InvariantCulture),
        };
}
