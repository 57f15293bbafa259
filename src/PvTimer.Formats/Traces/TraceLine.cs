using System;

namespace PvTimer.Formats.Traces;

/// <summary>
/// One event's line, taken apart. The writers agree on its shape but for details:
/// <code>
/// ftrace          task-pid  (tgid) [cpu] flags time: event: body            tgid is optional; 4 to 7 flags
/// trace-cmd       task-pid         [cpu] flags time: event: body            flags only where they were recorded
/// perf script     task  pid/tid    [cpu]       time: subsystem:event: body  all but [cpu] and time optional
/// latency format  task-pid          cpu flags  time: event: body            see <see cref="LatencyShape"/>
/// function_graph  time |  cpu)  |  /* event: body */                        see <see cref="GraphShape"/>
/// </code>
/// </summary>
internal ref struct TraceLine
{
    /// <summary>`Pid` of a line that names no task.</summary>
    public const int UnknownPid = -1;

    /// <summary>Linux numbers no more.</summary>
    public const int MostCpus = 8_192;

    public ReadOnlySpan<byte> Task;
    public int Pid;
    public int Cpu;
    public ReadOnlySpan<byte> Flags;
    public ulong At;
    public TraceClock Clock;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Body;

    /// <summary>
    /// What stands before the task where `trace-cmd report` merged recordings ("guest.dat"); else empty.
    /// </summary>
    public ReadOnlySpan<byte> Recording;

    public static bool TryParse(ReadOnlySpan<byte> text, out TraceLine line)
    {
        if (
            BracketShape.TryParse(text, out line)
            || LatencyShape.TryParse(text, out line)
            || GraphShape.TryParse(text, out line)
        )
        {
            line.TakeRecording();
            return true;
        }
        return false;
    }

    /// <summary>Reads what stands behind the time: what happened, and what is said about it.</summary>
    public bool TryReadEvent(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(Words.Blanks);
        SkipDifference(ref text);
        SkipPeriod(ref text);
        int end = text.IndexOfAny(" (\t"u8);
        ReadOnlySpan<byte> word = end < 0 ? text : text[..end];
        ReadOnlySpan<byte> rest = text[word.Length..].Trim(Words.Blanks);
        if (word.EndsWith(":"u8))
        {
            Name = word[..^1];
            // A system call: "sys_futex(uaddr: 7f, ...)" has no colon, "msr:write_msr:" has two.
            Name = Name[(Name.LastIndexOf((byte)':') + 1)..];
            Body = rest;
        }
        else if (rest.StartsWith("<-"u8))
        {
            Name = "function"u8;
            Body = text;
        }
        else if (rest.StartsWith("("u8) || rest.StartsWith("-> "u8))
        {
            Name = word;
            Body = rest;
        }
        else
        {
            return false;
        }
        return !Name.IsEmpty && (char.IsAsciiLetter((char)Name[0]) || Name[0] == '_');
    }

    /// <summary>An event that will have to be understood must say what such events say.</summary>
    public readonly bool HasItsFields()
    {
        if (Name.SequenceEqual("write_msr"u8))
        {
            return TraceFields.TryGetMsrWrite(Body, out _);
        }
        if (Name.SequenceEqual("cpu_idle"u8))
        {
            return TraceFields.TryGet(Body, "state", out _);
        }
        bool interrupt =
            Name.SequenceEqual("local_timer_entry"u8)
            || Name.SequenceEqual("reschedule_entry"u8)
            || Name.SequenceEqual("call_function_entry"u8)
            || Name.SequenceEqual("call_function_single_entry"u8);
        return !interrupt || TraceFields.TryGet(Body, "vector", out _);
    }

    /// <summary>"(+298)": `trace-cmd report --ts-diff` says the time since the line before.</summary>
    private static void SkipDifference(ref ReadOnlySpan<byte> text)
    {
        if (text.Length > 1 && text[0] == '(' && text[1] is (byte)'+' or (byte)'-')
        {
            text = text[(text.IndexOf((byte)')') + 1)..].TrimStart(Words.Blanks);
        }
    }

    /// <summary>"1 msr:write_msr:": `perf script -F +period` says for how many events a line stands.</summary>
    private static void SkipPeriod(ref ReadOnlySpan<byte> text)
    {
        int digits = text.IndexOfAnyExcept(Words.Digits);
        if (digits > 0 && text[digits] == ' ')
        {
            text = text[digits..].TrimStart(Words.Blanks);
        }
    }

    private void TakeRecording()
    {
        int end = Task.IndexOf(".dat: "u8);
        if (end > 0 && !Task[..end].Contains((byte)' '))
        {
            Recording = Task[..(end + 4)];
            Task = Task[(end + 5)..].TrimStart(Words.Blanks);
        }
    }
}
