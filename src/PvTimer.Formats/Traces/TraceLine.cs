using System;
using System.Buffers;
using System.Globalization;

namespace PvTimer.Formats.Traces;

/// <summary>
/// One line of text, taken apart. Three writers agree on its shape but for details:
/// <code>
/// ftrace          task-pid  (tgid) [cpu] flags time: event: body            tgid is optional; 4 or 5 flags
/// trace-cmd       task-pid         [cpu] flags time: event: body            flags only with -l or by default
/// perf script     task  pid/tid    [cpu]       time: subsystem:event: body  pid/ is optional
/// </code>
/// A task's name may hold spaces, hyphens and brackets, so the line is read from `[cpu]` outwards.
/// </summary>
internal ref struct TraceLine
{
    /// <summary>No counter gets here: a larger time stamp is damaged. Keeps distances in 63 bits.</summary>
    private const ulong Latest = 1UL << 62;

    /// <summary>Linux numbers no more.</summary>
    private const int MostCpus = 8_192;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    private static ReadOnlySpan<byte> Blanks => " \t"u8;

    public ReadOnlySpan<byte> Task;
    public int Pid;
    public int Cpu;
    public ReadOnlySpan<byte> Flags;
    public ulong At;
    public TraceClock Clock;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Body;

    public static bool TryParse(ReadOnlySpan<byte> text, out TraceLine line)
    {
        line = default;
        int from = 0;
        while (true)
        {
            int open = text[from..].IndexOf((byte)'[');
            if (open < 0)
            {
                return false;
            }
            open += from;
            if (
                line.TryReadCpu(text[open..], out int after)
                && line.TryReadTask(text[..open])
                && line.TryReadRest(text[(open + after)..])
            )
            {
                return true;
            }
            from = open + 1;
        }
    }

    private bool TryReadCpu(scoped ReadOnlySpan<byte> text, out int length)
    {
        int digits = text[1..].IndexOfAnyExcept(Digits);
        length = digits + 2;
        return digits > 0
            && text[digits + 1] == ']'
            && TryParseDigits(text[1..(digits + 1)], out Cpu)
            && Cpu < MostCpus;
    }

    private bool TryReadTask(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd(Blanks);
        if (text.EndsWith(")"u8) && text.LastIndexOf((byte)'(') is > 0 and int at)
        {
            text = text[..at].TrimEnd(Blanks);
        }
        int before = text.LastIndexOfAnyExcept(Digits);
        if (before <= 0 || !TryParseDigits(text[(before + 1)..], out Pid))
        {
            return false;
        }
        if (text[before] == '/')
        {
            before = text[..before].LastIndexOfAnyExcept(Digits);
        }
        if (before <= 0 || text[before] is not ((byte)'-' or (byte)' '))
        {
            return false;
        }
        Task = text[..before].Trim(Blanks);
        return !Task.IsEmpty;
    }

    private bool TryReadRest(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(Blanks);
        ReadOnlySpan<byte> first = TakeWord(ref text);
        if (!TryReadTime(first))
        {
            if (first.Length is < 4 or > 8 || !TryReadTime(TakeWord(ref text)))
            {
                return false;
            }
            Flags = first;
        }
        int colon = text.IndexOf(": "u8);
        if (colon < 0)
        {
            colon = text.EndsWith(":"u8) ? text.Length - 1 : 0;
        }
        Name = text[..colon];
        Name = Name[(Name.LastIndexOf((byte)':') + 1)..];
        Body = colon + 1 >= text.Length ? [] : text[(colon + 1)..].Trim(Blanks);
        return !Name.IsEmpty && !Name.Contains((byte)' ');
    }

    private static ReadOnlySpan<byte> TakeWord(scoped ref ReadOnlySpan<byte> text)
    {
        int space = text.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = space < 0 ? text : text[..space];
        text = space < 0 ? [] : text[space..].TrimStart(Blanks);
        return word;
    }

    private bool TryReadTime(scoped ReadOnlySpan<byte> word)
    {
        const int NanosecondDigits = 9;
        if (word.Length < 2 || word[^1] != ':')
        {
            return false;
        }
        word = word[..^1];
        int point = word.IndexOf((byte)'.');
        if (point < 0)
        {
            Clock = TraceClock.TscCycles;
            return TryParseDigits(word, out At) && At < Latest;
        }
        ReadOnlySpan<byte> fraction = word[(point + 1)..];
        Clock = TraceClock.Seconds;
        if (
            fraction.Length > NanosecondDigits
            || !TryParseDigits(word[..point], out ulong seconds)
            || !TryParseDigits(fraction, out ulong nanoseconds)
            || seconds >= Latest / 1_000_000_000
        )
        {
            return false;
        }
        for (int digits = fraction.Length; digits < NanosecondDigits; digits++)
        {
            nanoseconds *= 10;
        }
        At = (seconds * 1_000_000_000) + nanoseconds;
        return true;
    }

    private static bool TryParseDigits<T>(ReadOnlySpan<byte> text, out T value)
        where T : struct, System.Numerics.IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
