namespace PvTimer.Formats.Writers.Events;

/// <summary>One event of a run.</summary>
/// <param name="TimeNs">When, in nanoseconds of virtual time.</param>
/// <param name="Entity">Who takes the step: "h0/pcpu-1".</param>
/// <param name="Event">The message that it takes, or what became of a timer: "VmExit", "timer_fired".</param>
/// <param name="Subject">
/// Which entity it is about besides its place, or how a guest or userspace touched a register: "RDMSR 0x6e0: 0x2633c9"; null: neither.
/// </param>
/// <param name="Number">A timer's number, counted from 1 for each vCPU; null: it is about none in particular.</param>
/// <param name="Value">Guest TSC of a deadline, or the lateness in nanoseconds of one that fired; null: none.</param>
public readonly record struct EventRow(
    long TimeNs,
    string Entity,
    string Event,
    string? Subject,
    long? Number,
    long? Value
);
