using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

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
}

/// <summary>Timer interrupts that came to the guest in one way.</summary>
/// <param name="Path">The way.</param>
/// <param name="From">Blocked only: the pCPU had been idle for at least this long.</param>
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

    public long Count => Recorded.Count;

    public VirtualDuration Median => Recorded.Quantile(5_000);

    /// <summary>
    /// Sorts the paired timer interrupts of recordings into classes: running, polled, then one per depth. Which
    /// halts were polled is not recorded; KVM's adaptation of its window, replayed over each vCPU's halts from
    /// a window of zero, says it.
    /// </summary>
    /// <param name="guests">Recordings from one kind of host.</param>
    /// <param name="haltPoll">The host's `halt_poll_ns`: the largest window.</param>
    public static ImmutableArray<LatenessClass> Classify(
        IEnumerable<RecordedGuest> guests,
        VirtualDuration haltPoll
    )
    {
        ImmutableArray<LatenessClass> classes =
        [
            new LatenessClass(LatenessPath.Running, VirtualDuration.Zero, new ExactDistribution()),
            new LatenessClass(LatenessPath.Polled, VirtualDuration.Zero, new ExactDistribution()),
            .. Depths.Select(from => new LatenessClass(
                LatenessPath.Blocked,
                from,
                new ExactDistribution()
            )),
        ];
        foreach (RecordedGuest guest in guests)
        {
            foreach (
                IGrouping<int, RecordedInterrupt> vcpu in RecordedInterrupt
                    .Of(guest)
                    .GroupBy(interrupt => interrupt.Vcpu)
            )
            {
                Sort(vcpu, guest.Frequency, haltPoll, classes);
            }
        }
        return classes;
    }

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
            LatenessPath path = LatenessPath.Running;
            VirtualDuration idle = VirtualDuration.Zero;
            if (interrupt.HaltedAt is { } halted)
            {
                TscTicks wake = interrupt.Deadline ?? interrupt.Entry;
                VirtualDuration untilWake = frequency.SpanOf(wake.CyclesSince(halted));
                if (untilWake > window)
                {
                    path = LatenessPath.Blocked;
                    idle = untilWake - window;
                }
                else if (untilWake > VirtualDuration.Zero)
                {
                    path = LatenessPath.Polled;
                }
                VirtualDuration length = frequency.SpanOf(interrupt.Entry.CyclesSince(halted));
                window = HaltPolling.Adapt(window, length, haltPoll);
            }
            if (interrupt.Deadline is { } deadline)
            {
                classes
                    .Last(candidate => candidate.Path == path && candidate.From <= idle)
                    .Recorded.Add(frequency.SpanOf(interrupt.Entry.CyclesSince(deadline)));
            }
        }
    }
}
