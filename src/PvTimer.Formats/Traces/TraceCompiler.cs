using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Compiles a trace to a guest that can be replayed. vCPU i is the i-th CPU, by number, that has events, so
/// that the x2APIC ids in its IPIs name vCPUs wherever CPUs are numbered from 0 without gaps.
/// </summary>
/// <remarks>
/// <code>
/// write_msr 6e0                              ProgramDeadline
/// write_msr 830                              SendIpi
/// cpu_idle, state not 0 and not (u32)-1      Halt            (CPUs that never record it: see InferredHalts)
/// cpu_idle (u32)-1 with no interrupt since   DeviceInterrupt and InterruptEnd
/// local_timer_entry                          TimerInterrupt  (its write: see DeadlineWrites)
/// any other interrupt entry                  IpiInterrupt if an ICR write explains it (see IpiMatcher), else
///                                            DeviceInterrupt
/// interrupt exits                            InterruptEnd; at the entry where a trace records no exits
/// </code>
/// Writes that raised #GP do nothing; events of other names are no steps.
/// </remarks>
public static class TraceCompiler
{
    /// <param name="trace">The trace.</param>
    /// <param name="frequency">The TSC's frequency; a "# tsc_khz:" line in the file goes first.</param>
    /// <exception cref="TraceFormatException">
    /// No deadline is written in it, the frequency is not known, or its clock cannot be aligned.
    /// </exception>
    public static CompiledTrace Compile(RecordedTrace trace, TscFrequency? frequency) =>
        Compile(trace, frequency, TraceChoice.None);

    /// <summary>
    /// The same of a file that holds more than one guest. A host's recording is read as the one that its
    /// guest would have made (see <see cref="HostTranslation"/>).
    /// </summary>
    /// <param name="trace">The trace.</param>
    /// <param name="frequency">The TSC's frequency; a "# tsc_khz:" line in the file goes first.</param>
    /// <param name="choice">Which side and which VM.</param>
    /// <exception cref="TraceFormatException">As above, or the file leaves open what is meant.</exception>
    public static CompiledTrace Compile(
        RecordedTrace trace,
        TscFrequency? frequency,
        TraceChoice choice
    )
    {
        ArgumentNullException.ThrowIfNull(choice);
        if (!TraceSides.IsHost(trace, choice))
        {
            return CompileGuest(trace, frequency);
        }
        HostTranslation host = HostTranslation.Of(trace, frequency, choice);
        CompiledTrace compiled = CompileGuest(host.Guest, frequency);
        RecordedGuest guest = compiled.Guest with
        {
            LatenessEnd = LatenessEnd.Injection,
            Reference = host.Reference,
            Exits = host.Facts.Exits,
        };
        return compiled with { Guest = guest, Host = host.Facts };
    }

    private static CompiledTrace CompileGuest(RecordedTrace trace, TscFrequency? frequency)
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
        TraceTimeline timeline = TraceTimeline.Of(trace, frequency);
        TraceEventList events = trace.Events.InTime();
        HashSet<string> names = [.. events.Select(next => next.Name)];
        HashSet<int> recordsIdle =
        [
            .. events.Where(next => next.Name == "cpu_idle").Select(next => next.Cpu),
        ];
        ImmutableArray<int> cpus = [.. events.Select(next => next.Cpu).Distinct().Order()];
        IpiMatcher ipis = CollectIpis(events, timeline, cpus);
        Dictionary<int, VcpuCompiler> compilers = cpus.ToDictionary(
            cpu => cpu,
            cpu => new VcpuCompiler(cpu, recordsIdle.Contains(cpu), names, ipis, timeline.Frequency)
        );
        foreach (TraceEvent next in events)
        {
            compilers[next.Cpu].Add(next, timeline.At(next.At));
        }
        RecordedGuest guest = new(
            timeline.At(events[0].At),
            timeline.At(events[^1].At),
            timeline.Frequency,
            [.. cpus.Select(cpu => compilers[cpu].Steps())]
        );
        return new CompiledTrace(guest, [.. cpus.Select(cpu => compilers[cpu].Facts())]);
    }

    private static bool IsDeadlineWrite(TraceEvent next) =>
        next.Name == "write_msr"
        && next.TryGetMsrWrite(out MsrWriteEvent write)
        && write is { Msr: MsrIndex.Ia32TscDeadline, Failed: false };

    private static IpiMatcher CollectIpis(
        TraceEventList events,
        TraceTimeline timeline,
        ImmutableArray<int> cpus
    )
    {
        IpiMatcher ipis = new(timeline.Frequency);
        foreach (TraceEvent next in events)
        {
            if (
                next.Name == "write_msr"
                && next.TryGetMsrWrite(out MsrWriteEvent write)
                && write is { Msr: MsrIndex.X2ApicIcr, Failed: false }
            )
            {
                ipis.AddWrite(timeline.At(next.At), next.Cpu, write.Value, cpus);
            }
        }
        return ipis;
    }
}
