using System;
using System.Text;

namespace PvTimer.Formats.Traces;

/// <summary>What the time stamps of a trace count.</summary>
public enum TraceClock
{
    /// <summary>No event was read yet.</summary>
    Unknown,

    /// <summary>Cycles of the TSC (`x86-tsc`): whole numbers.</summary>
    TscCycles,

    /// <summary>Seconds with a decimal point (`local`, `global`, `mono`, `boot`); kept as nanoseconds.</summary>
    Seconds,
}

/// <summary>One event of a trace, whatever wrote the text.</summary>
/// <param name="Line">Its line in the file, from 1.</param>
/// <param name="Cpu">The CPU that recorded it.</param>
/// <param name="Task">The task's name; `&lt;idle&gt;` is the idle task.</param>
/// <param name="Pid">The task's number; 0 is the idle task.</param>
/// <param name="Flags">The columns before the time (irqs-off and so on); empty if there are none.</param>
/// <param name="At">Cycles or nanoseconds, see <see cref="TraceClock"/>.</param>
/// <param name="Name">Without its subsystem: `write_msr`, not `msr:write_msr`.</param>
/// <param name="Utf8Body">What the event says; empty for events that <see cref="SaysWhatIsRead"/> leaves out.</param>
public readonly record struct TraceEvent(
    long Line,
    int Cpu,
    string Task,
    int Pid,
    string Flags,
    ulong At,
    string Name,
    ReadOnlyMemory<byte> Utf8Body
)
{
    /// <summary>`state` of cpu_idle when the CPU has left idle: (u32)-1.</summary>
    public const ulong LeftIdle = uint.MaxValue;

    /// <summary>`state` of cpu_idle when the CPU polls (Linux's polling idle loop): it does not halt.</summary>
    public const ulong PollingIdle = 0;

    public bool InIdleTask => Pid == 0;

    /// <summary>What the event says, as a string of its own.</summary>
    public string Body => Encoding.UTF8.GetString(Utf8Body.Span);

    /// <summary>
    /// Whether anything reads what such an event says. Of the others their name and time are kept: they count,
    /// and say when their CPU was at work.
    /// </summary>
    public static bool SaysWhatIsRead(ReadOnlySpan<byte> name) =>
        name.EndsWith("_entry"u8)
        || name.EndsWith("_exit"u8)
        || name.EndsWith("_msr"u8)
        || name.SequenceEqual("cpu_idle"u8)
        || name.StartsWith("kvm_"u8)
        || name.StartsWith("hrtimer_"u8);

    /// <summary>A field of the form name=value, decimal; false if it is not there.</summary>
    public bool TryGetField(string field, out ulong value) =>
        TraceFields.TryGet(Utf8Body.Span, field, out value);

    /// <summary>What a field of the form name=text says, up to the next space; false if it is not there.</summary>
    public bool TryGetText(string field, out ReadOnlySpan<byte> text) =>
        TraceFields.TryFind(Utf8Body.Span, field, out text);

    /// <summary>The body of `write_msr`: "6e0, value 7552bd41596", and " #GP" if the write failed.</summary>
    public bool TryGetMsrWrite(out MsrWriteEvent write) =>
        TraceFields.TryGetMsrWrite(Utf8Body.Span, out write);
}

/// <summary>A guest's WRMSR.</summary>
/// <param name="Msr">The register's index.</param>
/// <param name="Value">What was written.</param>
/// <param name="Failed">The write raised #GP: it had no effect.</param>
public readonly record struct MsrWriteEvent(uint Msr, ulong Value, bool Failed);
