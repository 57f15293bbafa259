using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Experiments;

/// <summary>What KVM has tuned the lapic_timer_advance_ns of one VM's vCPUs to when the run ended.</summary>
/// <param name="Vm">"web-0".</param>
/// <param name="Shortest">Of all its vCPUs.</param>
/// <param name="Longest">Of all its vCPUs.</param>
public sealed record TunedAdvance(string Vm, VirtualDuration Shortest, VirtualDuration Longest)
{
    /// <summary>One for each VM with a tuned advance, in the order of the VMs.</summary>
    public static ImmutableArray<TunedAdvance> Of(MachineReport report) =>
        [
            .. report
                .Vcpus.Where(vcpu => vcpu.TunedAdvance is not null)
                .GroupBy(
                    vcpu => vcpu.Name[..vcpu.Name.IndexOf('/', StringComparison.Ordinal)],
                    vcpu => vcpu.TunedAdvance!.Value,
                    StringComparer.Ordinal
                )
                .Select(vm => new TunedAdvance(vm.Key, vm.Min(), vm.Max())),
        ];
}
