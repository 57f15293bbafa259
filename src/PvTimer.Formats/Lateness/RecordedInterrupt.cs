using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Lateness;

/// <summary>One interrupt as the guest saw it, and the halt that it ended.</summary>
/// <param name="Vcpu">Which vCPU.</param>
/// <param name="Kind">Timer, IPI or device.</param>
/// <param name="Entry">When the guest entered it.</param>
/// <param name="Deadline">Timer interrupts whose write is recorded: the deadline written.</param>
/// <param name="HaltedAt">Where the vCPU was halted when it came: since when.</param>
public readonly record struct RecordedInterrupt(
    int Vcpu,
    RecordedStepKind Kind,
    TscTicks Entry,
    TscTicks? Deadline,
    TscTicks? HaltedAt
)
{
    /// <summary>When it came back from the latest recorded exit: a write of an MSR, or another interrupt.</summary>
    public TscTicks? InGuestSince { get; init; }

    /// <summary>
    /// The guest is known to have run after its deadline: it came with its interrupts off, or wrote a deadline that
    /// had passed. So late an interrupt is the guest's own doing, which a replay repeats.
    /// </summary>
    public bool KeptWaiting { get; init; }

    /// <summary>All interrupts of a guest, vCPU after vCPU, each in the order of time.</summary>
    public static IEnumerable<RecordedInterrupt> Of(RecordedGuest guest) =>
        OfEach(guest).SelectMany(static vcpu => vcpu);

    /// <summary>The same, one sequence for each vCPU.</summary>
    public static IEnumerable<IEnumerable<RecordedInterrupt>> OfEach(RecordedGuest guest) =>
        guest.Vcpus.Select(Of);

    private static IEnumerable<RecordedInterrupt> Of(ImmutableArray<RecordedStep> steps, int vcpu)
    {
        ImmutableArray<ulong> deadlines =
        [
            .. steps
                .Where(step => step.Kind == RecordedStepKind.ProgramDeadline)
                .Select(step => step.Value),
        ];
        TscTicks? haltedAt = null;
        TscTicks? inGuestSince = null;
        TscTicks lastStep = TscTicks.Zero;
        foreach (RecordedStep step in steps)
        {
            switch (step.Kind)
            {
                case RecordedStepKind.Halt:
                    haltedAt = step.At;
                    break;
                case RecordedStepKind.TimerInterrupt:
                case RecordedStepKind.IpiInterrupt:
                case RecordedStepKind.BrokenIpiInterrupt:
                case RecordedStepKind.DeviceInterrupt:
                    bool paired =
                        step.Kind == RecordedStepKind.TimerInterrupt
                        && step.Value != RecordedStep.NoWrite;
                    TscTicks? deadline = paired ? new TscTicks(deadlines[(int)step.Value]) : null;
                    yield return new RecordedInterrupt(vcpu, step.Kind, step.At, deadline, haltedAt)
                    {
                        InGuestSince = inGuestSince,
                        KeptWaiting = deadline is { } due && lastStep > due,
                    };
                    haltedAt = null;
                    inGuestSince = step.At;
                    break;
                case RecordedStepKind.ProgramDeadline:
                case RecordedStepKind.SendIpi:
                    inGuestSince = step.At;
                    break;
                default:
                    break;
            }
            lastStep = step.At;
        }
    }
}
