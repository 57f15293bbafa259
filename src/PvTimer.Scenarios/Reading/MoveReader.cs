using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>moves = [ ... ]</c>: vCPUs that change their pCPU at a given time.</summary>
internal static class MoveReader
{
    public static ImmutableArray<MoveSettings> ReadAll(
        Settings from,
        HostSettings host,
        ImmutableArray<VmSettings> vms,
        VirtualDuration duration
    ) => [.. from.Sections("moves").Select(section => Read(section, host, vms, duration))];

    private static MoveSettings Read(
        Settings from,
        HostSettings host,
        ImmutableArray<VmSettings> vms,
        VirtualDuration duration
    )
    {
        VirtualDuration at = from.Span("at", VirtualDuration.Zero, null);
        if (at >= duration)
        {
            throw from.Error(
                "at",
                $"'{Units.Write(at)}' is not before the end of the run",
                $"a span shorter than {Units.Write(duration)}"
            );
        }
        string name = from.RequiredText("vm", "the name of a VM");
        (VmSettings vm, string instance) = Instance(from, vms, name);
        int vcpu = from.Whole("vcpu", 0, vm.Vcpus - 1, null);
        int to = from.Whole("to", 0, host.Cpus - 1, null);
        VmReader.RejectTimerCpu(host, to, from.Find("to")!.At, HoconPath.Child(from.Path, "to"));
        from.RejectUnknown();
        return new MoveSettings(at, instance, vcpu, to);
    }

    /// <summary>A VM's instance by its own name, or by the VM's if there is only one.</summary>
    private static (VmSettings Vm, string Instance) Instance(
        Settings from,
        ImmutableArray<VmSettings> vms,
        string name
    )
    {
        List<string> known = [];
        foreach (VmSettings vm in vms)
        {
            foreach (string instance in MachineDescriptionBuilder.InstancesOf(vm))
            {
                if (instance == name || (vm.Count == 1 && vm.Name == name))
                {
                    return (vm, instance);
                }
                known.Add(instance);
            }
        }
        string more =
            known.Count > 8
                ? string.Create(CultureInfo.InvariantCulture, $" and {known.Count - 8} more")
                : "";
        throw from.Error("vm", $"there is no VM '{name}'", string.Join(", ", known.Take(8)) + more);
    }
}
