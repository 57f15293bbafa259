using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>How many pCPUs and vCPUs a whole scenario has, within <see cref="Bounds.MostProcessors"/>.</summary>
internal static class ProcessorCount
{
    /// <summary>The pCPUs of all hosts or the vCPUs of all VMs, whichever are more.</summary>
    /// <exception cref="ScenarioException">There are more of one kind than can be numbered.</exception>
    public static long MostOf(
        Settings from,
        HostSettings host,
        int hosts,
        ImmutableArray<VmSettings> vms
    )
    {
        long pcpus = (long)hosts * host.Cpus;
        long vcpus = vms.Sum(vm => (long)vm.Count * vm.Vcpus);
        Reject(from, "hosts", pcpus, "pCPUs on all hosts");
        Reject(from, "vms", vcpus, "vCPUs in all VMs");
        return Math.Max(pcpus, vcpus);
    }

    private static void Reject(Settings from, string key, long processors, string what)
    {
        if (processors > Bounds.MostProcessors)
        {
            throw from.Error(
                key,
                string.Create(CultureInfo.InvariantCulture, $"{processors} {what} are too many"),
                string.Create(CultureInfo.InvariantCulture, $"at most {Bounds.MostProcessors}")
            );
        }
    }
}
