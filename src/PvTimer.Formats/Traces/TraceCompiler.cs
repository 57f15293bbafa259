using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Apic;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Compiles a trace to a guest that can be replayed. vCPU i is the i-th CPU, by number, that has events; the
/// x2APIC ids in its IPIs are CPU numbers of the recording, and named so in the guest.
/// </summary>
/// <remarks>
/// <code>
/// write_msr 6e0                              ProgramDeadline
/// write_msr 830                              SendIpi         (its place: see SendOrder)
/// cpu_idle, state 0                          Poll            (CPUs that record no cpu_idle: see InferredIdle)
/// cpu_idle, any other but (u32)-1            Halt
/// cpu_idle (u32)-1 after a halt,             DeviceInterrupt and InterruptEnd
///   with no interrupt since
/// local_timer_entry                          TimerInterrupt  (its write: see DeadlineWrites)
/// any other interrupt entry                  IpiInterrupt if an ICR write explains it (see IpiMatcher) and waiting
///                                            for it ends (see CircularWaits), else DeviceInterrupt
/// interrupt exits                            InterruptEnd; at the entry where a trace records no exits
/// </code>
/// Writes that raised #GP do nothing; events of other names are no steps.
/// </remarks>
public static class TraceCompiler
{
    /// <summary>The span of a recording is at most this: 365 days.</summary>
    public static VirtualDuration LongestSpan { get; } =
        VirtualDuration.FromSeconds(365L * 24 * 60 * 60);

    /// <param name="trace">The trace.</param>
    /// <param name="frequency">The TSC's frequency; a "# tsc_khz:" line in the file goes first.</param>
    /// <param name="assumed">What to take where neither names it and the recording does not tell.</param>
    /// <exception cref="TraceFormatException">
    /// No deadline is written in it, its clock is none that can be used, the frequency is not known or contradicts it,
    /// or it is longer than <see cref="LongestSpan"/>.
    /// </exception>
    public static CompiledTrace Compile(
        RecordedTrace trace,
        TscFrequency? frequency,
        TscFrequency? assumed = null
    ) => Compile(trace, frequency, TraceChoice.None, assumed);

    /// <summary>
    /// The same of a file that holds more than one guest. A host's recording is read as the one that its
    /// guest would have made (see <see cref="HostTranslation"/>).
    /// </summary>
    /// <param name="trace">The trace.</param>
    /// <param name="frequency">The TSC's frequency; a "# tsc_khz:" line in the file goes first.</param>
    /// <param name="choice">Which side and which VM.</param>
    /// <param name="assumed">What to take where neither names it and the recording does not tell.</param>
    /// <exception cref="TraceFormatException">As above, or the file leaves open what is meant.</exception>
    public static CompiledTrace Compile(
        RecordedTrace trace,
        TscFrequency? frequency,
        TraceChoice choice,
        TscFrequency? assumed = null
    )
    {
        ArgumentNullException.ThrowIfNull(choice);
        if (!TraceSides.IsHost(trace, choice))
        {
            return CompileGuest(trace, frequency, assumed);
        }
        HostTranslation host = HostTranslation.Of(trace, frequency, choice);
        CompiledTrace compiled = CompileGuest(host.Guest, frequency, assumed);
        RecordedGuest guest = compiled.Guest with
        {
            LatenessEnd = LatenessEnd.Injection,
            Reference = host.Reference,
            Exits = host.Facts.Exits,
        };
        return compiled with { Guest = guest, Host = host.Facts };
    }

    private static CompiledTrace CompileGuest(
        RecordedTrace trace,
        TscFrequency? frequency,
        TscFrequency? assumed
    )
    {
        if (!trace.Events.Any(IsDeadlineWrite))
        {
            throw new TraceFormatException(
                trace.Path,
                0,
                "there is no write to MSR 0x6e0 in it, so no timer to replay",
                "a trace of msr:write_msr in a guest with a TSC-deadline timer, or of kvm:kvm_msr on its host; see `pvtimer trace recipe`"
            );
        }
        TraceTimeline timeline = TraceTimeline.Of(trace, frequency, assumed);
        TraceEventList events = trace.Events.InTime();
        RejectTooLong(trace.Path, events, timeline);
        ImmutableArray<VcpuCompiler> compilers = CompileCpus(events, timeline);
        ImmutableArray<List<RecordedStep>> vcpus = [.. compilers.Select(each => each.Steps)];
        ImmutableArray<uint> apicIds = [.. compilers.Select(each => (uint)each.Cpu)];
        new IpiMatcher(vcpus, apicIds, timeline.Frequency).Match();
        long broken = CircularWaits.Break(vcpus, apicIds);
        ImmutableArray<UnrecordedCpu> unrecorded = Unrecorded(vcpus, apicIds);
        RecordedGuest guest = new(
            timeline.At(events[0].At),
            timeline.At(events[^1].At),
            timeline.Frequency,
            Release(vcpus)
        )
        {
            ApicIds = apicIds,
            Reference = timeline.Reference,
        };
        return new CompiledTrace(guest, [.. compilers.Select(each => each.Facts())])
        {
            BrokenWaits = broken,
            Unrecorded = unrecorded,
            TscSource = timeline.Source,
            Blur = timeline.Blur,
        };
    }

    private static bool IsDeadlineWrite(TraceEvent next) =>
        next.Name == "write_msr"
        && next.TryGetMsrWrite(out MsrWriteEvent write)
        && write is { Msr: MsrIndex.Ia32TscDeadline, Failed: false };

    /// <summary>By CPU, ascending; IPIs' interrupts are not matched with their writes yet.</summary>
    private static ImmutableArray<VcpuCompiler> CompileCpus(
        TraceEventList events,
        TraceTimeline timeline
    )
    {
        HashSet<string> names = [];
        HashSet<int> recordsIdle = [];
        Dictionary<int, int> counts = [];
        SortedDictionary<int, VcpuCompiler> compilers = [];
        foreach (TraceEvent next in events)
        {
            names.Add(next.Name);
            counts[next.Cpu] = counts.GetValueOrDefault(next.Cpu) + 1;
            if (next.Name == "cpu_idle")
            {
                recordsIdle.Add(next.Cpu);
            }
        }
        InferredIdle inferred = InferredIdle.Of(events, timeline);
        foreach (TraceEvent next in events)
        {
            if (!compilers.TryGetValue(next.Cpu, out VcpuCompiler? compiler))
            {
                compiler = new VcpuCompiler(
                    next.Cpu,
                    recordsIdle.Contains(next.Cpu) ? null : inferred,
                    names,
                    timeline.Frequency,
                    counts[next.Cpu]
                );
                compilers.Add(next.Cpu, compiler);
            }
            compiler.Add(next, timeline.At(next.At));
        }
        return [.. compilers.Values];
    }

    /// <summary>The steps, for good. A list is emptied before the next one is copied: a file's are large.</summary>
    private static ImmutableArray<ImmutableArray<RecordedStep>> Release(
        ImmutableArray<List<RecordedStep>> vcpus
    )
    {
        ImmutableArray<ImmutableArray<RecordedStep>>.Builder released =
            ImmutableArray.CreateBuilder<ImmutableArray<RecordedStep>>(vcpus.Length);
        foreach (List<RecordedStep> steps in vcpus)
        {
            released.Add([.. steps]);
            steps.Clear();
            steps.Capacity = 0;
        }
        return released.MoveToImmutable();
    }

    private static ImmutableArray<UnrecordedCpu> Unrecorded(
        ImmutableArray<List<RecordedStep>> vcpus,
        ImmutableArray<uint> apicIds
    )
    {
        HashSet<uint> known = [.. apicIds];
        SortedDictionary<uint, long> writes = [];
        foreach (RecordedStep step in vcpus.SelectMany(steps => steps))
        {
            if (step.Kind != RecordedStepKind.SendIpi)
            {
                continue;
            }
            foreach (uint id in new InterruptCommand(step.Value).NamedIds())
            {
                if (!known.Contains(id))
                {
                    writes[id] = writes.GetValueOrDefault(id) + 1;
                }
            }
        }
        return [.. writes.Select(each => new UnrecordedCpu(each.Key, each.Value))];
    }

    private static void RejectTooLong(string path, TraceEventList events, TraceTimeline timeline)
    {
        TscTicks first = timeline.At(events[0].At);
        TscTicks last = timeline.At(events[^1].At);
        if (
            last.Value > long.MaxValue
            || last.CyclesSince(first) > timeline.Frequency.CyclesIn(LongestSpan)
        )
        {
            throw new TraceFormatException(
                path,
                events[^1].Line,
                $"its time stamps reach from TSC {first.Value} to {last.Value}",
                $"at most 365 days, and a TSC below 2^63"
            );
        }
    }
}
