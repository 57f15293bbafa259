using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Formats.Writers;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Experiments.Export;

/// <summary>
/// What kvm_stat --log would have counted on the hosts in each second of virtual time: kvm_entry, kvm_exit, and kvm_exit by reason,
/// as with --fields '^kvm_(entry|exit)'; reasons without exits are left out.
/// </summary>
internal sealed class KvmStatExport(
    EmulatedMachine machine,
    MachineDescription description,
    Stream stream
) : RunExport
{
    private const long Second = 1_000_000_000;

    private readonly List<Dictionary<string, long>> _seconds = [];
    private readonly Dictionary<EntityId, ExitNames> _names = NamesOf(machine, description);
    private VirtualTime _end;

    /// <inheritdoc/>
    public override string? LeftOut =>
        _end.Nanoseconds % Second is > 0 and var rest
            ? $"the last {Quantities.Span(rest)}: kvm_stat counts whole seconds"
            : null;

    /// <inheritdoc/>
    protected override void Begins(Message message)
    {
        switch (message)
        {
            case VmExit exit:
                Count("kvm_exit");
                Count($"kvm_exit({VmExitReasonNames.NameOf(exit.Reason, _names[exit.Vcpu])})");
                break;
            case VmEntry:
                Count("kvm_entry");
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public override void Finish(VirtualTime reached, MachineReport report)
    {
        _end = reached;
        SecondAt(reached);
        using StreamWriter text = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        KvmStatLog.Write(text, [.. _seconds.Take((int)(reached.Nanoseconds / Second))]);
    }

    /// <summary>All is written at once, at the end.</summary>
    public override void Dispose() { }

    /// <summary>The names that exits of each vCPU have on the host that its VM boots on.</summary>
    internal static Dictionary<EntityId, ExitNames> NamesOf(
        EmulatedMachine machine,
        MachineDescription description
    )
    {
        Dictionary<string, ExitNames> vms = description.Vms.ToDictionary(
            vm => vm.Name,
            vm => vm.BackendOn(description.Hosts[vm.Host]).ExitNames,
            StringComparer.Ordinal
        );
        return machine
            .Entities.Where(entity => entity is Model.Vcpus.Vcpu)
            .ToDictionary(entity => entity.Id, entity => vms[entity.Name.Split('/')[0]]);
    }

    private void Count(string key)
    {
        Dictionary<string, long> second = SecondAt(Now);
        second[key] = second.GetValueOrDefault(key) + 1;
    }

    private Dictionary<string, long> SecondAt(VirtualTime at)
    {
        int index = (int)(at.Nanoseconds / Second);
        while (_seconds.Count <= index)
        {
            _seconds.Add(new Dictionary<string, long>(StringComparer.Ordinal));
        }
        return _seconds[index];
    }
}
