using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Lateness;

/// <summary>One recorded timer interrupt whose write is recorded too.</summary>
/// <param name="Vcpu">Which vCPU.</param>
/// <param name="Deadline">The deadline that the guest wrote.</param>
/// <param name="Lateness">From the deadline to the entry of the interrupt.</param>
/// <param name="Idle">From the halt to the entry; null if the vCPU was not halted.</param>
public sealed record LatenessSample(
    int Vcpu,
    TscTicks Deadline,
    VirtualDuration Lateness,
    VirtualDuration? Idle
);

/// <summary>How late a guest's timer interrupts really were: what an emulation is compared with.</summary>
public static class RecordedLateness
{
    /// <summary>Every paired timer interrupt, vCPU after vCPU, each in the order of time.</summary>
    public static ImmutableArray<LatenessSample> Of(RecordedGuest guest) => [.. Samples(guest)];

    /// <summary>All latenesses of a guest as one distribution; its samples are not kept.</summary>
    public static ExactDistribution Distribution(RecordedGuest guest) =>
        Distribution(Samples(guest));

    /// <summary>The latenesses as one distribution.</summary>
    public static ExactDistribution Distribution(IEnumerable<LatenessSample> samples)
    {
        ExactDistribution distribution = new();
        foreach (LatenessSample sample in samples)
        {
            distribution.Add(sample.Lateness);
        }
        return distribution;
    }

    private static IEnumerable<LatenessSample> Samples(RecordedGuest guest) =>
        RecordedInterrupt
            .Of(guest)
            .Where(interrupt => interrupt.Deadline is not null)
            .Select(interrupt => new LatenessSample(
                interrupt.Vcpu,
                interrupt.Deadline!.Value,
                Late(guest, interrupt.Deadline!.Value, interrupt.Entry),
                interrupt.HaltedAt is { } halted ? Span(guest, halted, interrupt.Entry) : null
            ));

    /// <summary>A deadline before the recording began was due at its beginning, as in its emulation.</summary>
    private static VirtualDuration Late(RecordedGuest guest, TscTicks deadline, TscTicks entry) =>
        Span(guest, deadline < guest.Start ? guest.Start : deadline, entry);

    private static VirtualDuration Span(RecordedGuest guest, TscTicks from, TscTicks to) =>
        guest.Frequency.SpanOf(to.CyclesSince(from));
}
