namespace PvTimer.Formats.Traces.Hosts;

/// <summary>On which side of the guest a recording was made.</summary>
public enum TraceSide
{
    /// <summary>Inside the guest: write_msr, local_timer_entry, cpu_idle.</summary>
    Guest,

    /// <summary>On the host, by KVM: kvm_msr, kvm_exit, kvm_entry, kvm_inj_virq.</summary>
    Host,
}

/// <summary>What is used of a recording that holds more than one guest, or lacks what ties its clocks together.</summary>
/// <param name="Side">Of a file with events of both sides; null: the file has only one.</param>
/// <param name="Vm">
/// Of a host recording with several VMs: the id of any thread of the one that is used, or the ids of all its
/// threads ("4700,4702"). Null: there is only one.
/// </param>
/// <param name="TscOffset">
/// The guest's TSC less the host's, in cycles; used where the recording does not say it. Null: not known.
/// </param>
public sealed record TraceChoice(TraceSide? Side, string? Vm, long? TscOffset)
{
    /// <summary>The file alone decides.</summary>
    public static TraceChoice None { get; } = new(null, null, null);
}
