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

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    public ReadOnlySpan<char> Task;
    public int Pid;
    public int Cpu;
    public ReadOnlySpan<char> Flags;
    public ulong At;
    public TraceClock Clock;
    public ReadOnlySpan<char> Name;
    public ReadOnlySpan<char> Body;

    public static bool TryParse(ReadOnlySpan<char> text, out TraceLine line)
    {
        line = default;
        int from = 0;
        while (true)
        {
            int open = text[from..].IndexOf('[');
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

    private bool TryReadCpu(scoped ReadOnlySpan<char> text, out int length)
    {
        int close = text.IndexOf(']');
        length = close + 1;
        return close > 1 && TryParseDigits(text[1..close], out Cpu);
    }

    private bool TryReadTask(ReadOnlySpan<char> text)
    {
        text = text.TrimEnd();
        if (text.EndsWith(")", StringComparison.Ordinal) && text.LastIndexOf('(') is > 0 and int at)
        {
            text = text[..at].TrimEnd();
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
        if (before <= 0 || text[before] is not ('-' or ' '))
        {
            return false;
        }
        Task = text[..before].Trim();
        return !Task.IsEmpty;
    }

    private bool TryReadRest(ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        ReadOnlySpan<char> first = TakeWord(ref text);
        if (!TryReadTime(first))
        {
            if (first.Length is < 4 or > 8 || !TryReadTime(TakeWord(ref text)))
            {
                return false;
            }
            Flags = first;
        }
        int colon = text.IndexOf(": ", StringComparison.Ordinal);
        if (colon < 0)
        {
            colon = text.EndsWith(":", StringComparison.Ordinal) ? text.Length - 1 : 0;
        }
        Name = text[..colon];
        Name = Name[(Name.LastIndexOf(':') + 1)..];
        Body = colon + 1 >= text.Length ? [] : text[(colon + 1)..].Trim();
        return !Name.IsEmpty && !Name.Contains(' ');
    }

    private static ReadOnlySpan<char> TakeWord(scoped ref ReadOnlySpan<char> text)
    {
        int space = text.IndexOf(' ');
        ReadOnlySpan<char> word = space < 0 ? text : text[..space];
        text = space < 0 ? [] : text[space..].TrimStart();
        return word;
    }

    private bool TryReadTime(scoped ReadOnlySpan<char> word)
    {
        const int NanosecondDigits = 9;
        if (word.Length < 2 || word[^1] != ':')
        {
            return false;
        }
        word = word[..^1];
        int point = word.IndexOf('.');
        if (point < 0)
        {
            Clock = TraceClock.TscCycles;
            return TryParseDigits(word, out At) && At < Latest;
        }
        ReadOnlySpan<char> fraction = word[(point + 1)..];
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

    private static bool TryParseDigits<T>(ReadOnlySpan<char> text, out T value)
        where T : struct, System.Numerics.IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
