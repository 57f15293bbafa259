using PvTimer.Model.Time;

namespace PvTimer.Model.Migration;

/// <summary>What the guest's TSC does between the stop on one host and the start on the other.</summary>
public enum TscInDowntime
{
    /// <summary>
    /// It stands still, as with QEMU: IA32_TSC is read once the vCPUs are stopped and written as it was
    /// (target/i386/kvm/kvm.c, kvm_get_tsc and kvm_put_msrs), so deadlines move into the future by the
    /// downtime.
    /// </summary>
    Stops,

    /// <summary>
    /// It goes on, as with userspace that sets KVM_VCPU_TSC_OFFSET by the hosts' common time
    /// (Documentation/virt/kvm/devices/vcpu.rst): a deadline may pass in the downtime.
    /// </summary>
    Counts,
}

/// <summary>How hosts are connected.</summary>
/// <param name="Latency">From one host to another, one way; at least 1 us.</param>
/// <param name="Bandwidth">Of each link.</param>
public sealed record NetworkDescription(VirtualDuration Latency, DataRate Bandwidth);

/// <summary>How a VM is migrated while it runs; the same for all VMs.</summary>
public sealed record MigrationParameters
{
    /// <summary>Memory of a VM: the first round sends all of it.</summary>
    public DataSize Memory { get; init; } = DataSize.FromMebibytes(4096);

    /// <summary>How fast the running guest makes memory differ from what was sent.</summary>
    public DataRate DirtyRate { get; init; } = DataRate.FromMebibytes(200);

    /// <summary>What a migration may take of the network (QEMU's max-bandwidth); null: all.</summary>
    public DataRate? Bandwidth { get; init; }

    /// <summary>The rest must fit into it (QEMU's downtime-limit, 300 ms in migration/options.c).</summary>
    public VirtualDuration MaxDowntime { get; init; } = VirtualDuration.FromMilliseconds(300);

    /// <summary>
    /// After so many rounds the VM is stopped all the same; QEMU itself would go on for ever. At least 1.
    /// </summary>
    public int MaxRounds { get; init; } = 30;

    public TscInDowntime Tsc { get; init; }
}
