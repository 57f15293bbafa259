namespace PvTimer.Formats.Traces;

/// <summary>What the lines of a trace are: every line is counted once.</summary>
/// <param name="Events">Events, whether their names mean anything to a timer or not.</param>
/// <param name="Comments">Lines that begin with #.</param>
/// <param name="Preamble">Empty lines, and what writers say about themselves.</param>
/// <param name="Stacks">Lines of the call stacks between events.</param>
/// <param name="PerfRecords">Tasks, mappings and the like of `perf script`: they have no time to go by.</param>
/// <param name="KernelLog">Other messages of a kernel's log.</param>
/// <param name="Markup">What surrounds the trace in a page of HTML.</param>
/// <param name="Losses">The tracer says that it lost events.</param>
/// <param name="Repeated">Events that are there already.</param>
/// <param name="Damaged">None of these, or an event whose time stamp cannot be.</param>
public sealed record TraceLineCounts(
    long Events,
    long Comments,
    long Preamble,
    long Stacks,
    long PerfRecords,
    long KernelLog,
    long Markup,
    long Losses,
    long Repeated,
    long Damaged
)
{
    /// <summary>All lines.</summary>
    public long Sum =>
        Events
        + Comments
        + Preamble
        + Stacks
        + PerfRecords
        + KernelLog
        + Markup
        + Losses
        + Repeated
        + Damaged;
}
