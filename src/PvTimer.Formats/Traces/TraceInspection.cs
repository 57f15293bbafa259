using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>What is in a trace: the numbers behind `pvtimer trace inspect`.</summary>
/// <param name="Trace">The file as it was read, with its losses and damaged lines.</param>
/// <param name="Events">How many of each name, most first.</param>
/// <param name="Cpus">CPUs with events, ascending.</param>
/// <param name="TimerUse">What its guest did with its timers; null if it cannot be compiled.</param>
/// <param name="Obstacle">Why it cannot be compiled, in one line; null if it can.</param>
public sealed record TraceInspection(
    RecordedTrace Trace,
    ImmutableArray<KeyValuePair<string, long>> Events,
    ImmutableArray<int> Cpus,
    TraceTimerUse? TimerUse,
    string? Obstacle
)
{
    /// <summary>From which side it is, what it can be used for, and what it lacks.</summary>
    public TraceUsability Usability { get; init; } = new(null, [], []);

    /// <param name="trace">The trace.</param>
    /// <param name="frequency">
    /// The TSC's frequency; null if not known: then a trace in TSC cycles that does not tell it is inspected
    /// in cycles.
    /// </param>
    /// <exception cref="TraceFormatException">The frequency contradicts the trace.</exception>
    public static TraceInspection Of(RecordedTrace trace, TscFrequency? frequency) =>
        Of(trace, frequency, TraceChoice.None);

    /// <param name="trace">The trace.</param>
    /// <param name="frequency">As above.</param>
    /// <param name="choice">Which side and which VM of it.</param>
    public static TraceInspection Of(
        RecordedTrace trace,
        TscFrequency? frequency,
        TraceChoice choice
    )
    {
        TraceTimerUse? use = null;
        string? obstacle = null;
        try
        {
            frequency ??= trace.Frequency ?? HostTranslation.FrequencyOf(trace, choice);
            // At 1 GHz a cycle is a nanosecond: spans then count cycles.
            CompiledTrace compiled = TraceCompiler.Compile(
                trace,
                frequency,
                choice,
                trace.Clock == TraceClock.TscCycles ? TscFrequency.FromMegahertz(1_000) : null
            );
            use = TraceTimerUse.Of(compiled, compiled.TscSource == TscSource.Assumed);
        }
        catch (TraceFormatException e) when (!e.BlamesFrequency)
        {
            obstacle = e.Message;
        }
        Dictionary<string, long> events = new(StringComparer.Ordinal);
        SortedSet<int> cpus = [];
        foreach (TraceEvent next in trace.Events)
        {
            events[next.Name] = events.GetValueOrDefault(next.Name) + 1;
            cpus.Add(next.Cpu);
        }
        return new TraceInspection(
            trace,
            [
                .. events
                    .OrderByDescending(pair => pair.Value)
                    .ThenBy(pair => pair.Key, StringComparer.Ordinal),
            ],
            [.. cpus],
            use,
            obstacle
        )
        {
            Usability = TraceUsability.Of(trace, choice, use?.Compiled),
        };
    }

    /// <summary>Lines that could not be understood.</summary>
    public long DamagedLines => Trace.Total(TraceDiagnosticKind.DamagedLine);

    /// <summary>Events that the tracer admits to have lost or overwritten, as far as it counted them.</summary>
    public long LostEvents =>
        TraceDiagnosticTotal.Sum(
            Trace.Total(TraceDiagnosticKind.LostEvents),
            Trace.Total(TraceDiagnosticKind.OverwrittenEvents)
        );
}

/// <summary>A recorded guest's use of its timers. Spans are nanoseconds, or cycles if it says so.</summary>
/// <param name="InCycles">The TSC's frequency is not known: read "ns" as "cycles".</param>
/// <param name="Compiled">The guest, and what each CPU's recording lacks.</param>
/// <param name="Span">From the first event to the last.</param>
/// <param name="DeadlineWrites">Writes to 0x6e0, disarms included.</param>
/// <param name="Disarms">Of them, those of 0.</param>
/// <param name="Replaced">Deadlines that were overwritten (or disarmed) without an interrupt.</param>
/// <param name="Distances">Deadline less time of the write, of writes that arm; below zero: past already.</param>
/// <param name="Ipis">ICR writes.</param>
/// <param name="Lateness">Deadline to interrupt entry.</param>
/// <param name="IdleShares">By vCPU: the part of the span it was halted, 0 to 1.</param>
public sealed record TraceTimerUse(
    bool InCycles,
    CompiledTrace Compiled,
    VirtualDuration Span,
    long DeadlineWrites,
    long Disarms,
    long Replaced,
    ExactDistribution Distances,
    long Ipis,
    ExactDistribution Lateness,
    ImmutableArray<double> IdleShares
)
{
    public static TraceTimerUse Of(CompiledTrace compiled, bool inCycles)
    {
        RecordedGuest guest = compiled.Guest;
        ExactDistribution distances = new();
        (long writes, long disarms, long ipis) = (0, 0, 0);
        foreach (RecordedStep step in guest.Vcpus.SelectMany(vcpu => vcpu))
        {
            if (step.Kind == RecordedStepKind.SendIpi)
            {
                ipis++;
            }
            else if (step.Kind == RecordedStepKind.ProgramDeadline)
            {
                writes++;
                disarms += step.Value == 0 ? 1 : 0;
                AddDistance(distances, step, guest.Frequency);
            }
        }
        return new TraceTimerUse(
            inCycles,
            compiled,
            guest.Frequency.SpanOf(guest.End.CyclesSince(guest.Start)),
            writes,
            disarms,
            guest.Vcpus.Sum(CountReplaced),
            distances,
            ipis,
            RecordedLateness.Distribution(guest),
            [.. guest.Vcpus.Select(vcpu => IdleShare(vcpu, guest))]
        );
    }

    /// <summary>A deadline too far for 63 bits of nanoseconds, ahead or past, is as far as that.</summary>
    private static void AddDistance(
        ExactDistribution distances,
        RecordedStep write,
        TscFrequency frequency
    )
    {
        if (write.Value == 0)
        {
            return;
        }
        TscTicks farthest = write.At.PlusSaturating(long.MaxValue / 1_000_000);
        TscTicks earliest = write.At.PlusSaturating(-(long.MaxValue / 1_000_000));
        TscTicks deadline = new(Math.Clamp(write.Value, earliest.Value, farthest.Value));
        distances.Add(frequency.SpanOf(deadline.CyclesSince(write.At)));
    }

    /// <summary>Armed writes that another write followed before their interrupt.</summary>
    private static long CountReplaced(ImmutableArray<RecordedStep> steps)
    {
        BitArray fired = new(steps.Count(step => step.Kind == RecordedStepKind.ProgramDeadline));
        foreach (RecordedStep step in steps)
        {
            if (step.Kind == RecordedStepKind.TimerInterrupt && step.Value != RecordedStep.NoWrite)
            {
                fired[(int)step.Value] = true;
            }
        }
        long replaced = 0;
        int write = 0;
        foreach (RecordedStep step in steps)
        {
            if (step.Kind == RecordedStepKind.ProgramDeadline)
            {
                // The last write is pending when the trace ends.
                bool last = write == fired.Length - 1;
                replaced += step.Value != 0 && !last && !fired[write] ? 1 : 0;
                write++;
            }
        }
        return replaced;
    }

    private static double IdleShare(ImmutableArray<RecordedStep> steps, RecordedGuest guest)
    {
        long idle = 0;
        TscTicks? haltedAt = null;
        foreach (RecordedStep step in steps)
        {
            if (haltedAt is { } since)
            {
                idle += step.At.CyclesSince(since);
            }
            haltedAt = step.Kind == RecordedStepKind.Halt ? step.At : null;
        }
        if (haltedAt is { } last)
        {
            idle += guest.End.CyclesSince(last);
        }
        long span = guest.End.CyclesSince(guest.Start);
        return span == 0 ? 0 : (double)idle / span;
    }
}
