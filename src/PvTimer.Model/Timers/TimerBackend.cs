using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Topology;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Timers;

/// <summary>
/// One way to give a guest its LAPIC timer: what the guest does to program it, and what the host does for it.
/// </summary>
/// <param name="name">The word for it in scenarios, tables and thresholds.</param>
public abstract class TimerBackend(string name)
{
    /// <summary>The word for it in scenarios, tables and thresholds: "hrtimer".</summary>
    public string Name { get; } = name;

    /// <summary>It needs a pCPU that is dedicated to timers, and the kthread that is bound to it.</summary>
    public virtual bool UsesTimerCpu => false;

    /// <summary>It needs a pCPU that no guest runs on, for timers to be queued there.</summary>
    public virtual bool UsesHousekeepingCpu => false;

    /// <summary>It needs a pCPU that no guest runs on, for one or the other.</summary>
    public bool NeedsReservedCpu => UsesTimerCpu || UsesHousekeepingCpu;

    /// <summary>
    /// A guest cannot tell it from others that are transparent: it writes IA32_TSC_DEADLINE, and CPUID and MSRs are the same.
    /// So its VM may be migrated to a host that has another one. On those that are not the guest does its part of it, or the
    /// processor is another vendor's, and a VMM refuses to start the VM there.
    /// </summary>
    public virtual bool IsTransparent => true;

    /// <summary>Whose processors it is for, VMX's or SVM's; null: any.</summary>
    public virtual string? Vendor => "Intel";

    /// <summary>Whose names the exits of its VMs have.</summary>
    public virtual ExitNames ExitNames => ExitNames.Vmx;

    /// <summary>What KVM uses instead of it for a guest that has MWAIT.</summary>
    public virtual TimerBackend WithMwait => this;

    /// <summary>What it needs APICv for; null: it works without.</summary>
    public virtual string? NeedsApicvFor => null;

    /// <summary>What becomes of it without APICv, if that is worth a word; null: nothing.</summary>
    public virtual string? WithoutApicv => null;

    /// <summary>The first key of a cost profile that it needs and that is not there; null: all are.</summary>
    public virtual string? MissingFrom(CostProfile costs) => null;

    /// <summary>
    /// Closed form of the VM-exits that a guest's timers cost: those that program a deadline, and those that an expiry
    /// forces. HLT is not among them.
    /// </summary>
    public abstract long ExitsFor(TimerUse use);

    /// <summary>KVM handles a write of the deadline with interrupts off, before it leaves vcpu_enter_guest.</summary>
    public virtual bool HasFastExits => false;

    /// <summary>What its figures are, if they are not as good as the cost profile; null: they are.</summary>
    public virtual string? Caveat => null;

    /// <summary>It is for such guests.</summary>
    public virtual bool Serves(GuestDescription guest) => true;

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>EAX of KVM_CPUID_FEATURES, as far as it is this back-end's.</summary>
    internal virtual uint CpuidFeatures(HostTopology host) => 0;

    /// <summary>A vCPU's part of it.</summary>
    internal virtual GuestTimer CreateGuestTimer(IGuestTimerPort vcpu) => new(vcpu);

    /// <summary>A pCPU's part of it.</summary>
    internal virtual HostTimer CreateHostTimer(IHostTimerPort pcpu) => new(pcpu);
}
