using System;
using System.Globalization;

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
/// <param name="Body">What the event says.</param>
public readonly record struct TraceEvent(
    long Line,
    int Cpu,
    string Task,
    int Pid,
    string Flags,
    ulong At,
    string Name,
    string Body
)
{
    /// <summary>`state` of cpu_idle when the CPU has left idle: (u32)-1.</summary>
    public const ulong LeftIdle = uint.MaxValue;

    public bool InIdleTask => Pid == 0;

    /// <summary>A field of the form name=value, decimal; false if it is not there.</summary>
    public bool TryGetField(string field, out ulong value)
    {
        ReadOnlySpan<char> rest = Body;
        while (!rest.IsEmpty)
        {
            int space = rest.IndexOf(' ');
            ReadOnlySpan<char> word = space < 0 ? rest : rest[..space];
            rest = space < 0 ? [] : rest[(space + 1)..];
            bool named =
                word.Length > field.Length + 1
                && word[field.Length] == '='
                && word.StartsWith(field, StringComparison.Ordinal);
            if (named)
            {
                return ulong.TryParse(
                    word[(field.Length + 1)..],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out value
                );
            }
        }
        value = 0;
        return false;
    }

    /// <summary>The body of `write_msr`: "6e0, value 7552bd41596", and " #GP" if the write failed.</summary>
    public bool TryGetMsrWrite(out MsrWriteEvent write)
    {
        const string Separator = ", value ";
        const string Fault = " #GP";
        write = default;
        ReadOnlySpan<char> body = Body;
        bool failed = body.EndsWith(Fault, StringComparison.Ordinal);
        if (failed)
        {
            body = body[..^Fault.Length];
        }
        int separator = body.IndexOf(Separator, StringComparison.Ordinal);
        if (
            separator < 0
            || !TryParseHex(body[..separator], out ulong msr)
            || !TryParseHex(body[(separator + Separator.Length)..], out ulong value)
            || msr > uint.MaxValue
        )
        {
            return false;
        }
        write = new MsrWriteEvent((uint)msr, value, failed);
        return true;
    }

    private static bool TryParseHex(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(
            text,
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out value
        );
}

/// <summary>A guest's WRMSR.</summary>
/// <param name="Msr">The register's index.</param>
/// <param name="Value">What was written.</param>
/// <param name="Failed">The write raised #GP: it had no effect.</param>
public readonly record struct MsrWriteEvent(uint Msr, ulong Value, bool Failed);
