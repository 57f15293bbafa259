using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>What a host recording lacks, and which events would do.</summary>
internal static class HostNeeds
{
    private static readonly string[] Needed = ["kvm_msr", "kvm_inj_virq", "kvm_exit", "kvm_entry"];

    /// <exception cref="TraceFormatException">No deadline, or no timer interrupt, is in it.</exception>
    public static void Refuse(
        RecordedTrace trace,
        ImmutableArray<HostThread> threads,
        HostSurvey survey
    )
    {
        if (threads.IsEmpty)
        {
            throw new TraceFormatException(
                trace.Path,
                0,
                "it is a host's recording without a guest's write to MSR 0x6e0, so no timer to replay",
                "record kvm:kvm_msr as well, of a guest with a TSC-deadline timer; see `pvtimer trace recipe --side host`"
            );
        }
        if (survey.Injection.Source == InjectionSource.None)
        {
            throw new TraceFormatException(
                trace.Path,
                0,
                "it is a host's recording without the guest's timer interrupts, so nothing says when they came",
                "record kvm:kvm_inj_virq and kvm:kvm_apic_accept_irq as well; see `pvtimer trace recipe --side host`"
            );
        }
    }

    /// <summary>What a recording that cannot be compiled lacks, one line each.</summary>
    public static ImmutableArray<string> Missing(HashSet<string> names) =>
        [
            .. Needed
                .Where(name => !names.Contains(name))
                .Select(name => $"record kvm:{name} as well"),
        ];

    /// <summary>What would make more of the recording, one line each.</summary>
    public static ImmutableArray<string> Missing(RecordedTrace trace, HostRecording facts)
    {
        HashSet<string> names = [.. trace.Events.Select(next => next.Name)];
        List<string> missing = [];
        if (!names.Contains("kvm_exit") || !names.Contains("kvm_entry"))
        {
            missing.Add(
                "record kvm:kvm_exit and kvm:kvm_entry as well: without them halts are known only from kvm_vcpu_wakeup, and exits are not"
            );
        }
        if (facts.Injection != InjectionSource.Injected && !names.Contains("kvm_inj_virq"))
        {
            missing.Add("record kvm:kvm_inj_virq as well: it is nearer to the guest's interrupt");
        }
        if (facts.Clock == HostClockSource.PromptestInjection)
        {
            missing.Add(
                "record kvm:kvm_write_tsc_offset from before the guest starts, under trace_clock x86-tsc, or name `tsc-offset`: without it latenesses are relative to the smallest"
            );
        }
        if (!names.Contains("kvm_eoi"))
        {
            missing.Add(
                "record kvm:kvm_eoi as well: without it the guest's handlers end where they begin"
            );
        }
        return [.. missing];
    }
}
