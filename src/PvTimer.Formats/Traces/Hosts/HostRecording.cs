using System.Collections.Immutable;
using PvTimer.Model.Reports;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>How a recording of a host was understood.</summary>
/// <param name="Threads">The VM's threads, by vCPU.</param>
/// <param name="Injection">Which event latenesses end at.</param>
/// <param name="TimerVector">The guest's timer interrupt.</param>
/// <param name="Clock">By what the host's stamps are tied to the guest's TSC.</param>
/// <param name="HeldToDeadline">
/// Timer interrupts injected up to 10 us before their deadline (lapic_timer_advance_ns): KVM holds the
/// guest until the deadline, so that is where they count.
/// </param>
/// <param name="CutExits">Exits whose end was not recorded: counted, without their time.</param>
/// <param name="Unreadable">Events of KVM that do not say what such events say; not used.</param>
/// <param name="Exits">All exits, by reason.</param>
/// <param name="Remark">What in the recording contradicts the rest of it; null: nothing does.</param>
public sealed record HostRecording(
    ImmutableArray<HostThread> Threads,
    InjectionSource Injection,
    byte TimerVector,
    HostClockSource Clock,
    long HeldToDeadline,
    long CutExits,
    long Unreadable,
    ImmutableArray<ExitStatistics> Exits,
    string? Remark
);
