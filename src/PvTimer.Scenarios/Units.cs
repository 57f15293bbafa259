using System;
using System.Collections.Generic;
using System.Globalization;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;

namespace PvTimer.Scenarios;

/// <summary>Quantities as scenario files write them: a number with its unit, which is never optional.</summary>
public static class Units
{
    /// <summary>What a span may look like, for messages.</summary>
    public const string SpanForms = "a number with unit ns, us, ms or s";

    /// <summary>What a frequency may look like, for messages.</summary>
    public const string FrequencyForms = "a number with unit khz, mhz or ghz";

    /// <summary>What a count of TSC cycles may look like, for messages.</summary>
    public const string CyclesForms = "a whole number with unit cycles";

    /// <summary>What an amount of data may look like, for messages.</summary>
    public const string SizeForms = "a whole number of bytes with unit bytes, kib, mib or gib";

    /// <summary>What a rate of data may look like, for messages.</summary>
    public const string RateForms =
        "a number with unit kbit/s, mbit/s, gbit/s, kib/s, mib/s or gib/s";

    // Largest first: a span is written in the largest unit that it is a multiple of.
    private static readonly (string Name, long Nanoseconds)[] SpanUnits =
    [
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];

    private static readonly (string Name, long Bytes)[] SizeUnits =
    [
        ("gib", 1L << 30),
        ("mib", 1L << 20),
        ("kib", 1L << 10),
        ("bytes", 1),
    ];

    private static readonly (string Name, long BitsPerSecond)[] RateUnits =
    [
        ("gib/s", 8L << 30),
        ("gbit/s", 1_000_000_000),
        ("mib/s", 8L << 20),
        ("mbit/s", 1_000_000),
        ("kib/s", 8L << 10),
        ("kbit/s", 1_000),
        ("bit/s", 1),
    ];

    private static readonly (string Name, long Kilohertz)[] FrequencyUnits =
    [
        ("ghz", 1_000_000),
        ("mhz", 1_000),
        ("khz", 1),
    ];

    /// <summary>Reads "250us", "1.5 ms"; false if it is no such thing or no whole number of nanoseconds.</summary>
    public static bool TryParseSpan(string text, out VirtualDuration span)
    {
        bool read = TryScale(text, SpanUnits, out long nanoseconds);
        span = VirtualDuration.FromNanoseconds(nanoseconds);
        return read;
    }

    /// <summary>Reads "2500mhz", "2.1ghz": 1 kHz to 100 GHz, a whole number of kilohertz.</summary>
    public static bool TryParseFrequency(string text, out TscFrequency frequency)
    {
        bool read =
            TryScale(text, FrequencyUnits, out long kilohertz)
            && kilohertz is >= 1 and <= 100_000_000;
        frequency = read ? TscFrequency.FromKilohertz(kilohertz) : default;
        return read;
    }

    /// <summary>Reads "25000cycles" or "25000 cycles".</summary>
    public static bool TryParseCycles(string text, out long cycles) =>
        TryScale(text, [("cycles", 1)], out cycles);

    /// <summary>Reads "4gib", "512 mib": a whole number of bytes, none negative.</summary>
    public static bool TryParseSize(string text, out DataSize size)
    {
        bool read = TryScale(text, SizeUnits, out long bytes) && bytes >= 0;
        size = new DataSize(bytes);
        return read;
    }

    /// <summary>Reads "10gbit/s", "200mib/s": a whole number of bits per second, none negative.</summary>
    public static bool TryParseRate(string text, out DataRate rate)
    {
        bool read = TryScale(text, RateUnits, out long bitsPerSecond) && bitsPerSecond >= 0;
        rate = new DataRate(bitsPerSecond);
        return read;
    }

    /// <summary>
    /// Whether a text is a positive number with a unit whose quantity does not fit into 63 bits: it is refused
    /// as too great, not as no quantity.
    /// </summary>
    internal static bool IsBeyond(string text)
    {
        string written = text.Trim();
        int end = UnitAt(written);
        string number = written[..end].Trim();
        if (
            number.Length == 0
            || !Array.TrueForAll(number.ToCharArray(), c => char.IsAsciiDigit(c) || c == '.')
        )
        {
            return false;
        }
        long size = Array
            .Find(
                [.. SpanUnits, .. SizeUnits, .. RateUnits, .. FrequencyUnits, ("cycles", 1L)],
                unit =>
                    string.Equals(unit.Item1, written[end..], StringComparison.OrdinalIgnoreCase)
            )
            .Item2;
        return size > 0
            && (
                !decimal.TryParse(number, CultureInfo.InvariantCulture, out decimal value)
                || value > long.MaxValue / size
            );
    }

    /// <summary>An amount of data, exactly: "4gib".</summary>
    public static string Write(DataSize size) => Write(size.Bytes, SizeUnits);

    /// <summary>A rate of data, exactly: "10gbit/s".</summary>
    public static string Write(DataRate rate) => Write(rate.BitsPerSecond, RateUnits);

    /// <summary>A span, exactly, in the largest unit that it is a multiple of: "250us".</summary>
    public static string Write(VirtualDuration span) => Write(span.Nanoseconds, SpanUnits);

    /// <summary>A frequency, exactly: "2499998khz", "2500mhz".</summary>
    public static string Write(TscFrequency frequency) =>
        Write(frequency.Kilohertz, FrequencyUnits);

    private static string Write(long quantity, (string Name, long Size)[] units)
    {
        if (quantity == 0)
        {
            return "0" + units[^1].Name;
        }
        (string name, long size) = Array.Find(units, unit => quantity % unit.Size == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{quantity / size}{name}");
    }

    private static bool TryScale(
        string text,
        IReadOnlyList<(string Name, long Size)> units,
        out long quantity
    )
    {
        quantity = 0;
        string written = text.Trim();
        int end = UnitAt(written);
        string name = written[end..];
        foreach ((string unit, long size) in units)
        {
            if (string.Equals(unit, name, StringComparison.OrdinalIgnoreCase))
            {
                return TryMultiply(written[..end].Trim(), size, out quantity);
            }
        }
        return false;
    }

    /// <summary>Where the unit begins; the text's end if it has none.</summary>
    private static int UnitAt(string written)
    {
        int end = written.Length;
        while (end > 0 && (char.IsAsciiLetter(written[end - 1]) || written[end - 1] == '/'))
        {
            end--;
        }
        return end;
    }

    private static bool TryMultiply(string number, long size, out long quantity)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        quantity = 0;
        if (
            !decimal.TryParse(number, Style, CultureInfo.InvariantCulture, out decimal value)
            || Math.Abs(value) > long.MaxValue / size
            || decimal.Truncate(value * size) != value * size
        )
        {
            return false;
        }
        quantity = (long)(value * size);
        return true;
    }
}
