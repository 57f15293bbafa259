using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// When a recorded ICR write can have been made, and where among its vCPU's steps it belongs. Linux records a
/// WRMSR after it has returned: interrupts that were pending at the entry into the guest come before the record.
/// </summary>
/// <remarks>
/// <code>
///   sender   WRMSR - exit - entry | interrupt, its handler, its end | write_msr recorded
///   target                  entry of the IPI's interrupt
///
///   recorded   [interrupt ... end] write        replayed   write [interrupt ... end]
/// </code>
/// Replayed as recorded the sender would wait for its interrupt before it writes; if that interrupt is an
/// IPI of the target, which waits for the write, both would wait for ever.
/// </remarks>
internal sealed class SendOrder(TscFrequency frequency)
{
    /// <summary>No handlers nested or behind each other have more steps.</summary>
    private const int MostSteps = 1_024;

    private readonly long _slack = frequency.CyclesIn(RecordedAfterEntry);
    private readonly long _latency = frequency.CyclesIn(ShortestLatency);

    /// <summary>From a WRMSR to its record, without interrupts between them, no more than this.</summary>
    public static VirtualDuration RecordedAfterEntry { get; } =
        VirtualDuration.FromMicroseconds(10);

    /// <summary>No IPI takes less from its WRMSR, which exits, to its handler.</summary>
    public static VirtualDuration ShortestLatency { get; } = VirtualDuration.FromMicroseconds(1);

    /// <summary>The ICR writes of a vCPU, in the order of their records.</summary>
    public IEnumerable<SentIpi> WritesOf(List<RecordedStep> steps, int vcpu)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            if (steps[i].Kind == RecordedStepKind.SendIpi)
            {
                yield return new SentIpi(
                    vcpu,
                    i,
                    steps[i].At,
                    IssuedFrom(steps, i),
                    new InterruptCommand(steps[i].Value)
                );
            }
        }
    }

    /// <summary>Puts writes before the interrupts that they were made before.</summary>
    /// <param name="steps">The vCPU's steps.</param>
    /// <param name="late">Some of its writes, in the order of their records.</param>
    public void Move(List<RecordedStep> steps, ImmutableArray<SentIpi> late)
    {
        foreach (SentIpi write in late)
        {
            int place = PlaceOf(steps, write);
            if (place < write.Index)
            {
                RecordedStep moved = steps[write.Index] with { At = steps[place].At };
                for (int i = write.Index; i > place; i--)
                {
                    steps[i] = steps[i - 1];
                }
                steps[place] = moved;
            }
        }
    }

    /// <summary>The slack before the record, handlers' time not counted; no halt lies between.</summary>
    private TscTicks IssuedFrom(List<RecordedStep> steps, int write)
    {
        long left = _slack;
        TscTicks from = steps[write].At;
        for (int i = write - 1; i >= 0 && write - i < MostSteps; i--)
        {
            RecordedStep step = steps[i];
            long gap = from.CyclesSince(step.At);
            if (gap > left || IsIdle(step) || IsInterrupt(step))
            {
                // An interrupt whose end does not lie before the write: the write is part of its handler.
                return gap > left ? from.PlusSaturating(-left) : step.At;
            }
            left -= gap;
            from = step.At;
            if (step.Kind == RecordedStepKind.InterruptEnd)
            {
                if (BeginOf(steps, i) is not { } begin)
                {
                    break;
                }
                i = begin;
                from = steps[i].At;
            }
        }
        return from.PlusSaturating(-left);
    }

    /// <summary>Before all that began after the interrupt that it caused, or ended too shortly before it.</summary>
    private int PlaceOf(List<RecordedStep> steps, SentIpi write)
    {
        int place = write.Index;
        for (int i = write.Index - 1; i >= 0 && write.Index - i < MostSteps; i--)
        {
            RecordedStep step = steps[i];
            bool ended = step.Kind == RecordedStepKind.InterruptEnd;
            TscTicks latest = ended ? step.At.PlusSaturating(_latency) : step.At;
            int? begin = ended ? BeginOf(steps, i) : i;
            if (latest <= write.AnsweredAt || IsIdle(step) || IsInterrupt(step) || begin is null)
            {
                break;
            }
            i = begin.Value;
            place = i;
        }
        return place;
    }

    /// <summary>Where the handler began that ends here; null: not in reach.</summary>
    private static int? BeginOf(List<RecordedStep> steps, int end)
    {
        int open = 0;
        for (int i = end; i >= 0 && end - i < MostSteps; i--)
        {
            open += steps[i].Kind == RecordedStepKind.InterruptEnd ? 1 : 0;
            open -= IsInterrupt(steps[i]) ? 1 : 0;
            if (open == 0)
            {
                return i;
            }
        }
        return null;
    }

    private static bool IsIdle(RecordedStep step) =>
        step.Kind is RecordedStepKind.Halt or RecordedStepKind.Poll;

    private static bool IsInterrupt(RecordedStep step) =>
        step.Kind
            is RecordedStepKind.TimerInterrupt
                or RecordedStepKind.IpiInterrupt
                or RecordedStepKind.BrokenIpiInterrupt
                or RecordedStepKind.DeviceInterrupt;
}
