using System;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Vcpus;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Machines;

/// <summary>A virtual CPU, on whichever host its VM is.</summary>
public sealed class VcpuHandle : ActorHandle
{
    private const byte FirstVector = 16;

    internal VcpuHandle(string vm, int index, Script script)
        : base(string.Create(CultureInfo.InvariantCulture, $"{vm}/vcpu-{index}"), script)
    {
        Vm = vm;
        Index = index;
        Guest = new GuestHandle(this);
    }

    /// <summary>Its VM: "vm-0".</summary>
    public string Vm { get; }

    /// <summary>Its number in its VM, from 0.</summary>
    public int Index { get; }

    /// <summary>What runs on it.</summary>
    public GuestHandle Guest { get; }

    /// <summary>Now, its thread is moved to another pCPU of the host that it is on.</summary>
    /// <exception cref="ArgumentException">That pCPU is on another host, or takes no vCPUs.</exception>
    public void MoveTo(PcpuHandle pcpu)
    {
        ArgumentNullException.ThrowIfNull(pcpu);
        ThrowIfOther(pcpu);
        int host = Machine.Scenario.HostIndexOf(Vm);
        if (pcpu.Host != host)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{pcpu.Name} is on another host than {Name}; accepted: a pCPU of h{host}"
                ),
                nameof(pcpu)
            );
        }
        Do(at => new MoveSettings(at, Vm, Index, pcpu.Index));
    }

    /// <summary>Now, a device raises an interrupt.</summary>
    /// <param name="vector">16 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is below: those are the processor's own.</exception>
    public void RaiseInterrupt(byte vector)
    {
        if (vector < FirstVector)
        {
            throw new ArgumentOutOfRangeException(
                nameof(vector),
                vector,
                "vectors below 16 are the processor's own; accepted: 16 to 255"
            );
        }
        Do(at => new InterruptSettings(at, Vm, Index, vector));
    }

    /// <summary>Now, userspace sets one of its registers: KVM_SET_MSRS.</summary>
    /// <param name="msr">One of <see cref="UserspaceMsrs"/>.</param>
    /// <param name="value">Without reserved bits.</param>
    /// <exception cref="ArgumentException">The machine has no such register, or KVM does not take the value.</exception>
    public void SetMsr(uint msr, ulong value)
    {
        uint enableMsr = Machine.Scenario.PvTimer.EnableMsr;
        string? flaw =
            UserspaceMsrs.FlawOfRegister(msr, enableMsr) ?? UserspaceMsrs.FlawOfValue(msr, value);
        if (flaw is not null)
        {
            throw new ArgumentException(
                $"{flaw}; accepted: {UserspaceMsrs.Forms}, without reserved bits",
                nameof(msr)
            );
        }
        Do(at => new SetMsrSettings(at, Vm, Index, msr, value));
    }

    /// <summary>Now, userspace reads its registers and sets them again in a new process.</summary>
    public void SaveAndRestore() => Do(at => new SaveRestoreSettings(at, Vm, Index));

    /// <summary>Its guest does what it is told.</summary>
    internal bool TakesCommands =>
        Machine.Scenario.Instances.First(vm => vm.Name == Vm).Of.Guest
            is CommandedGuest
                or ProgrammedGuest;

    internal override EntityId IdIn(ScriptedMachine machine) => machine.FindHere(Name);

    internal override bool Is(ScriptedMachine machine, EntityId entity) =>
        machine.IsIncarnation(entity, Name);

    internal void Do(Func<Model.Time.VirtualDuration, EventSettings> happening) =>
        Machine.Do(happening(Machine.Now - Model.Time.VirtualTime.Zero));
}
