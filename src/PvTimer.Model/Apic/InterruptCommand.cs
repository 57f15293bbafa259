using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Model.Apic;

/// <summary>
/// A value of the x2APIC interrupt command register, MSR 0x830 (Intel SDM vol. 3A, 12.12.9): vector in bits
/// 7:0, destination mode in bit 11, shorthand in bits 19:18, destination in bits 63:32.
/// </summary>
/// <remarks>A vCPU's APIC id is its index in its VM, as QEMU numbers a VM of one thread per core.</remarks>
public readonly record struct InterruptCommand(ulong Value)
{
    private const uint Broadcast = uint.MaxValue;

    public byte Vector => (byte)(Value & 0xff);

    /// <summary>Which of a VM's vCPUs it reaches, ascending. Unknown destinations are ignored.</summary>
    /// <param name="sender">Index of the vCPU that wrote it.</param>
    /// <param name="vcpus">How many vCPUs the VM has.</param>
    public ImmutableArray<int> Destinations(int sender, int vcpus)
    {
        InterruptCommand command = this;
        // Only fixed and lowest-priority IPIs are interrupts; NMI, INIT and SIPI have no vector to deliver.
        bool isInterrupt = ((Value >> 8) & 7) <= 1;
        return
        [
            .. Enumerable
                .Range(0, vcpus)
                .Where(vcpu => isInterrupt && command.Reaches(sender, vcpu)),
        ];
    }

    private bool Reaches(int sender, int vcpu)
    {
        uint destination = (uint)(Value >> 32);
        bool logical = (Value & (1 << 11)) != 0;
        return ((Value >> 18) & 3) switch
        {
            1 => vcpu == sender,
            2 => true,
            3 => vcpu != sender,
            _ when destination == Broadcast => true,
            _ when logical => IsInCluster(destination, vcpu),
            _ => destination == (uint)vcpu,
        };
    }

    /// <summary>Logical x2APIC id: cluster in bits 31:16, one bit per member in 15:0.</summary>
    private static bool IsInCluster(uint destination, int vcpu) =>
        destination >> 16 == (uint)(vcpu >> 4) && (destination & (1u << (vcpu & 15))) != 0;
}
