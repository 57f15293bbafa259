namespace PvTimer.Formats.Traces;

/// <summary>What a trace lacks, or why a line of it could not be used.</summary>
public enum TraceDiagnosticKind
{
    /// <summary>
    /// Lines that are neither events nor anything else the formats know, and events whose time stamp lies far
    /// from those around them.
    /// </summary>
    DamagedLine,

    /// <summary>The tracer says that events of a CPU were lost here.</summary>
    LostEvents,

    /// <summary>The header says that fewer events are in the buffer than were written.</summary>
    OverwrittenEvents,

    /// <summary>Events older than the one before them; they are sorted in.</summary>
    OutOfOrder,

    /// <summary>Events that the file has a second time, as two readings of one buffer have; they are left out.</summary>
    Repeated,
}

/// <summary>One remark about a trace: nothing is dropped without one.</summary>
/// <param name="Line">The first line it is about, from 1.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Count">Lines or events; null if the tracer does not know how many it lost.</param>
/// <param name="Text">The beginning of the line.</param>
public sealed record TraceDiagnostic(long Line, TraceDiagnosticKind Kind, long? Count, string Text);

/// <summary>All remarks of one kind, those that are not listed included.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Places">How many remarks there are.</param>
/// <param name="Count">Lines or events in all, as far as they were counted; at most 2^63 - 1.</param>
/// <param name="Unlisted">How many of the remarks are not in the list.</param>
public sealed record TraceDiagnosticTotal(
    TraceDiagnosticKind Kind,
    long Places,
    long Count,
    long Unlisted
)
{
    /// <summary>A tracer can claim any number of lost events: a sum ends at 2^63 - 1.</summary>
    public static long Sum(long one, long other) =>
        one > long.MaxValue - other ? long.MaxValue : one + other;
}
