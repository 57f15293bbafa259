using System;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Lines with the CPU in brackets: ftrace, `trace-cmd report`, `perf script`. A task's name may hold spaces,
/// hyphens and brackets, so a line is read from `[cpu]` outwards.
/// </summary>
internal static class BracketShape
{
    /// <summary>`[8191]`: no more characters are looked at where a CPU may stand.</summary>
    private const int LongestCpu = 6;

    /// <summary>Columns of flags: four in old kernels, seven with PREEMPT_RT, and a few to spare.</summary>
    private const int MostFlags = 10;

    /// <summary>"(  12345)": the thread group.</summary>
    private const int LongestGroup = 16;

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
                TryReadCpu(text[open..], out line.Cpu, out int length)
                && TryReadRest(ref line, text[(open + length)..])
                && TryReadTask(ref line, text[..open])
            )
            {
                return true;
            }
            from = open + 1;
        }
    }

    private static bool TryReadCpu(ReadOnlySpan<byte> text, out int cpu, out int length)
    {
        ReadOnlySpan<byte> near = text.Length > LongestCpu ? text[..LongestCpu] : text;
        int close = near.IndexOf((byte)']');
        length = close + 1;
        cpu = 0;
        return close > 1 && Words.TryParse(text[1..close], out cpu) && cpu < TraceLine.MostCpus;
    }

    private static bool TryReadRest(ref TraceLine line, ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(Words.Blanks);
        ReadOnlySpan<byte> first = Words.Take(ref text);
        line.Flags = [];
        if (!TryReadTime(ref line, first))
        {
            if (
                first.IsEmpty
                || first.Length > MostFlags
                || !TryReadTime(ref line, Words.Take(ref text))
            )
            {
                return false;
            }
            line.Flags = first;
        }
        return line.TryReadEvent(text);
    }

    private static bool TryReadTime(ref TraceLine line, ReadOnlySpan<byte> word) =>
        word.EndsWith(":"u8) && Words.TryParseStamp(word[..^1], out line.At, out line.Clock);

    /// <summary>
    /// "task-pid", "task-pid (tgid)", "task pid/tid", "task pid"; perf can also be told to print a part of
    /// that only.
    /// </summary>
    private static bool TryReadTask(ref TraceLine line, ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd(Words.Blanks);
        if (text.EndsWith(")"u8))
        {
            ReadOnlySpan<byte> near = text.Length > LongestGroup ? text[^LongestGroup..] : text;
            int group = near.LastIndexOf((byte)'(');
            text = group < 0 ? text : text[..^(near.Length - group)].TrimEnd(Words.Blanks);
        }
        int before = text.LastIndexOfAnyExcept(Words.Digits);
        ReadOnlySpan<byte> digits = text[(before + 1)..];
        if (before >= 0 && text[before] == '/' && !digits.IsEmpty)
        {
            before = text[..before].LastIndexOfAnyExcept(Words.Digits);
        }
        bool separated = before >= 0 && text[before] is (byte)'-' or (byte)' ' or (byte)'\t';
        if (separated && Words.TryParse(digits, out line.Pid))
        {
            line.Task = text[..before].Trim(Words.Blanks);
            return !line.Task.IsEmpty || line.Flags.IsEmpty;
        }
        return line.Flags.IsEmpty && TryReadPartOfTask(ref line, text.TrimStart(Words.Blanks));
    }

    /// <summary>`perf script -F` leaves out the number, the name, or both.</summary>
    private static bool TryReadPartOfTask(ref TraceLine line, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            line.Task = [];
            line.Pid = TraceLine.UnknownPid;
            return true;
        }
        if (Words.TryParse(text, out line.Pid))
        {
            line.Task = [];
            return true;
        }
        bool idle = text.SequenceEqual("swapper"u8);
        line.Task = text;
        line.Pid = idle ? 0 : TraceLine.UnknownPid;
        return idle || !text.Contains((byte)'-');
    }
}
