using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Formats.Lateness;

/// <summary>In which state a timer's expiry found its vCPU: each state has its own way to the guest.</summary>
public enum LatenessPath
{
    /// <summary>In guest mode.</summary>
    Running,

    /// <summary>Halted, and KVM was still polling for it.</summary>
    Polled,

    /// <summary>Halted, its thread blocked, the pCPU idle.</summary>
    Blocked,

    /// <summary>In guest mode with interrupts off, or the deadline had passed when it was written.</summary>
    KeptWaiting,
}

/// <summary>Timer interrupts that came to the guest in one way.</summary>
/// <param name="Path">The way.</param>
/// <param name="From">
/// Running: the vCPU had been in guest mode, blocked: the pCPU had been idle, for at least this long.
/// </param>
/// <param name="Recorded">Their latenesses.</param>
public sealed record LatenessClass(
    LatenessPath Path,
    VirtualDuration From,
    ExactDistribution Recorded
)
{
    /// <summary>Where the depths of idle begin: below 300 us, below 1.5 ms, above.</summary>
    /// <remarks>Recorded latenesses of blocked vCPUs step up near these lengths of idle.</remarks>
    public static ImmutableArray<VirtualDuration> Depths { get; } =
    [
        VirtualDuration.Zero,
        VirtualDuration.FromMicroseconds(300),
        VirtualDuration.FromMicroseconds(1_500),
    ];

    /// <summary>Where the lengths of a stay in guest mode begin: below 250 us, 1 ms, 2 ms, above.</summary>
    /// <remarks>
    /// Recorded latenesses of running vCPUs rise steadily with it, from 8 us at 80 us to 23 us at 4 ms on a
    /// busy AMD guest: what the guest runs evicts the interrupt's path, the host's and its own, from the caches.
    /// </remarks>
    public static ImmutableArray<VirtualDuration> Stays { get; } =
    [
        VirtualDuration.Zero,
        VirtualDuration.FromMicroseconds(250),
        VirtualDuration.FromMicroseconds(1_000),
        VirtualDuration.FromMicroseconds(2_000),
    ];

    public long Count => Recorded.Count;

    public VirtualDuration Median => Recorded.Quantile(5_000);

    /// <summary>
    /// Sorts the paired timer interrupts of recordings into classes: running by length of the stay, polled, blocked
    /// by depth, kept waiting. Which halts were polled is not recorded; KVM's adaptation of its window, replayed
    /// over each vCPU's halts from a window of zero, says it.
    /// </summary>
    /// <param name="guests">Recordings from one kind of host.</param>
    /// <param name="haltPoll">The host's `halt_poll_ns`: the largest window; zero: it never polls.</param>
    public static ImmutableArray<LatenessClass> Classify(
        IEnumerable<RecordedGuest> guests,
        VirtualDuration haltPoll
    )
    {
        ImmutableArray<LatenessClass> classes =
        [
            .. Stays.Select(from => Empty(LatenessPath.Running, from)),
            Empty(LatenessPath.Polled, VirtualDuration.Zero),
            .. Depths.Select(from => Empty(LatenessPath.Blocked, from)),
            Empty(LatenessPath.KeptWaiting, VirtualDuration.Zero),
        ];
        foreach (RecordedGuest guest in guests)
        {
            foreach (IEnumerable<RecordedInterrupt> vcpu in RecordedInterrupt.OfEach(guest))
            {
                Sort(vcpu, guest.Frequency, haltPoll, classes);
            }
        }
        return classes;
    }

    private static LatenessClass Empty(LatenessPath path, VirtualDuration from) =>
        new(path, from, new ExactDistribution());

    private static void Sort(
        IEnumerable<RecordedInterrupt> interrupts,
        TscFrequency frequency,
        VirtualDuration haltPoll,
        ImmutableArray<LatenessClass> classes
    )
    {
        VirtualDuration window = VirtualDuration.Zero;
        foreach (RecordedInterrupt interrupt in interrupts)
        {
            TscTicks due = interrupt.Deadline ?? interrupt.Entry;
            LatenessPath path = LatenessPath.Running;
            VirtualDuration length = interrupt.InGuestSince is { } since
                ? frequency.SpanOf(due.CyclesSince(since))
                : VirtualDuration.Zero;
            if (interrupt.HaltedAt is { } halted)
            {
                VirtualDuration untilWake = frequency.SpanOf(due.CyclesSince(halted));
                path = untilWake > window ? LatenessPath.Blocked : LatenessPath.Polled;
                length = untilWake - window;
                window = HaltPolling.Default.Adapt(
                    window,
                    frequency.SpanOf(interrupt.Entry.CyclesSince(halted)),
                    haltPoll
                );
            }
            if (interrupt.KeptWaiting)
            {
                path = LatenessPath.KeptWaiting;
            }
            if (interrupt.Deadline is { } deadline)
            {
                classes
                    .Last(each =>
                        each.Path == path
                        && (each.From == VirtualDuration.Zero || each.From <= length)
                    )
                    .Recorded.Add(frequency.SpanOf(interrupt.Entry.CyclesSince(deadline)));
            }
        }
    }
}
