using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using PvTimer.Model.Apic;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Says which recorded ICR writes explain which recorded IPI interrupts: the write's destination and vector fit.
/// Interrupts that no write explains become a device's.
/// </summary>
/// <remarks>
/// Pending IPIs of one vector are one bit in the target's IRR, so one entry answers all writes before it,
/// except those of the last microsecond: they may have come while this interrupt was already on its way to
/// its handler, and have one of their own; if it turns out that they have none, this entry answered them too.
/// A write is recorded after it has returned from its exit, and its sender may have been interrupted in between;
/// the target may have been faster: see <see cref="SendOrder"/>.
/// x2APIC ids are taken to be the recorded CPUs' numbers, as they are in guests with one thread per core.
/// </remarks>
internal sealed class IpiMatcher(
    ImmutableArray<List<RecordedStep>> vcpus,
    ImmutableArray<uint> apicIds,
    TscFrequency frequency
)
{
    /// <summary>A vCPU, and a vector on it.</summary>
    private readonly record struct Target(int Vcpu, ulong Vector);

    private readonly long _inService = frequency.CyclesIn(VirtualDuration.FromMicroseconds(1));
    private readonly SendOrder _order = new(frequency);

    /// <summary>Matches all IPIs, and puts writes that were recorded too late where they belong.</summary>
    public void Match()
    {
        ImmutableArray<SentIpi> writes =
        [
            .. vcpus.SelectMany((steps, vcpu) => _order.WritesOf(steps, vcpu)).OrderBy(w => w.At),
        ];
        Dictionary<Target, Queue<SentIpi>> queues = ByTarget(writes);
        for (int vcpu = 0; vcpu < vcpus.Length; vcpu++)
        {
            MatchEntriesOf(vcpu, queues);
        }
        foreach (IGrouping<int, SentIpi> late in writes.Where(w => w.IsLate).GroupBy(w => w.Sender))
        {
            _order.Move(vcpus[late.Key], [.. late]);
        }
    }

    private Dictionary<Target, Queue<SentIpi>> ByTarget(ImmutableArray<SentIpi> writes)
    {
        Dictionary<Target, Queue<SentIpi>> queues = [];
        foreach (SentIpi write in writes)
        {
            foreach (int vcpu in write.Command.Destinations(write.Sender, apicIds))
            {
                Target target = new(vcpu, write.Command.Vector);
                if (!queues.TryGetValue(target, out Queue<SentIpi>? queue))
                {
                    queue = new Queue<SentIpi>();
                    queues.Add(target, queue);
                }
                queue.Enqueue(write);
            }
        }
        return queues;
    }

    private void MatchEntriesOf(int vcpu, Dictionary<Target, Queue<SentIpi>> queues)
    {
        Span<RecordedStep> steps = CollectionsMarshal.AsSpan(vcpus[vcpu]);
        Dictionary<ulong, int> lastEntries = [];
        for (int i = 0; i < steps.Length; i++)
        {
            if (steps[i].Kind != RecordedStepKind.IpiInterrupt)
            {
                continue;
            }
            ulong vector = steps[i].Value;
            int? last = lastEntries.TryGetValue(vector, out int index) ? index : null;
            TscTicks since = last is { } entry ? steps[entry].At : TscTicks.Zero;
            (int leftOver, int fresh) = queues.TryGetValue(
                new Target(vcpu, vector),
                out Queue<SentIpi>? queue
            )
                ? Take(queue, since, steps[i].At)
                : (0, 0);
            if (fresh > 0 && last is { } answering)
            {
                steps[answering] = steps[answering] with
                {
                    Answers = steps[answering].Answers + leftOver,
                };
                leftOver = 0;
            }
            steps[i] =
                leftOver + fresh > 0
                    ? steps[i] with
                    {
                        Answers = leftOver + fresh,
                    }
                    : steps[i] with
                    {
                        Kind = RecordedStepKind.DeviceInterrupt,
                    };
            if (leftOver + fresh > 0)
            {
                lastEntries[vector] = i;
            }
        }
    }

    /// <summary>Takes the writes that an entry answers: left over by the last one, and later ones.</summary>
    private (int LeftOver, int Fresh) Take(Queue<SentIpi> queue, TscTicks last, TscTicks entry)
    {
        (int leftOver, int fresh) = (0, 0);
        while (queue.TryPeek(out SentIpi? write) && write.At.PlusSaturating(_inService) <= entry)
        {
            queue.Dequeue();
            leftOver += write.At <= last ? 1 : 0;
            fresh += write.At > last ? 1 : 0;
        }
        if (leftOver + fresh == 0 && queue.TryPeek(out SentIpi? next) && next.IssuedFrom <= entry)
        {
            queue.Dequeue();
            next.WasAnsweredAt(entry);
            fresh++;
        }
        return (leftOver, fresh);
    }
}

/// <summary>A recorded write of the ICR.</summary>
/// <param name="Sender">The vCPU that wrote it.</param>
/// <param name="Index">Its place among the vCPU's steps.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="IssuedFrom">It was written at this time or later.</param>
/// <param name="Command">What was written.</param>
internal sealed record SentIpi(
    int Sender,
    int Index,
    TscTicks At,
    TscTicks IssuedFrom,
    InterruptCommand Command
)
{
    /// <summary>The earliest interrupt that must have been caused by it; the time of its record: none before.</summary>
    public TscTicks AnsweredAt { get; private set; } = At;

    /// <summary>It was recorded after an interrupt that it caused.</summary>
    public bool IsLate => AnsweredAt < At;

    public void WasAnsweredAt(TscTicks entry) =>
        AnsweredAt = entry < AnsweredAt ? entry : AnsweredAt;
}
