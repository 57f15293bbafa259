namespace PvTimer.Formats.Traces.Hosts;

/// <summary>Which event of a host recording is taken for the injection of an interrupt.</summary>
public enum InjectionSource
{
    /// <summary>None is recorded.</summary>
    None,

    /// <summary>kvm_inj_virq: KVM injects it with the next entry.</summary>
    Injected,

    /// <summary>kvm_entry with a valid intr_info: the same, where kvm_inj_virq was not recorded.</summary>
    Entered,

    /// <summary>
    /// kvm_apic_accept_irq, the moment KVM's local APIC took it: before the injection, and the only one with posted
    /// interrupts, which are injected without KVM.
    /// </summary>
    Accepted,
}

/// <summary>The same, as a test of single events.</summary>
/// <param name="Source">Which event.</param>
internal readonly record struct InjectionEvent(InjectionSource Source)
{
    /// <summary>Whether an event injects an interrupt.</summary>
    public bool Is(in HostEvent read) =>
        read.Vector is not null
        && read.Kind
            == Source switch
            {
                InjectionSource.Injected => HostEventKind.Injection,
                InjectionSource.Entered => HostEventKind.Entry,
                InjectionSource.Accepted => HostEventKind.Accept,
                _ => HostEventKind.Unreadable,
            };

    /// <summary>Whether an event injects this vector.</summary>
    public bool Is(in HostEvent read, byte vector) => Is(read) && read.Vector == vector;
}
