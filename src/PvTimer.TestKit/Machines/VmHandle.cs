using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Machines;

/// <summary>One instance of a VM.</summary>
public sealed class VmHandle
{
    private readonly Script _script;

    internal VmHandle(string name, int vcpus, Script script)
    {
        _script = script;
        Name = name;
        Vcpus = [.. Enumerable.Range(0, vcpus).Select(vcpu => new VcpuHandle(name, vcpu, script))];
    }

    /// <summary>"web-0".</summary>
    public string Name { get; }

    public ImmutableArray<VcpuHandle> Vcpus { get; }

    /// <summary>One of its vCPUs, from 0.</summary>
    public VcpuHandle Vcpu(int index) =>
        index >= 0 && index < Vcpus.Length
            ? Vcpus[index]
            : throw new ArgumentOutOfRangeException(
                nameof(index),
                $"{Name} has no vcpu-{index}; accepted: 0 to {Vcpus.Length - 1}"
            );

    /// <summary>Now, userspace takes its vCPUs out of KVM_RUN for a while; its timers and its TSC go on.</summary>
    /// <param name="length">More than zero.</param>
    public void Pause(VirtualDuration length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, VirtualDuration.Smallest);
        ScriptedMachine machine = _script.Machine();
        machine.Do(new PauseSettings(machine.Now - VirtualTime.Zero, Name, length));
    }

    /// <summary>Now, its live migration begins.</summary>
    /// <param name="to">Another host than the one that it is on.</param>
    public void MigrateTo(HostHandle to)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.ThrowIfOther(_script);
        ScriptedMachine machine = _script.Machine();
        machine.Do(new MigrateSettings(machine.Now - VirtualTime.Zero, Name, to.Index));
    }
}
