using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Model.Apic;

/// <summary>
/// A value of the x2APIC interrupt command register, MSR 0x830 (Intel SDM vol. 3A, 12.12.9): vector in bits
/// 7:0, destination mode in bit 11, shorthand in bits 19:18, destination in bits 63:32.
/// </summary>
public readonly record struct InterruptCommand(ulong Value)
{
    /// <summary>Bit 12: KVM clears it (the ICR is never busy).</summary>
    public const ulong DeliveryStatus = 1UL << 12;

    /// <summary>Bits 13, 17:16 and 31:20.</summary>
    public const ulong ReservedBits = 0xfff3_2000;

    private const uint Broadcast = uint.MaxValue;
    private const int IdsOfACluster = 16;

    public byte Vector => (byte)(Value & 0xff);

    /// <summary>Bits 10:8.</summary>
    public DeliveryMode DeliveryMode => (DeliveryMode)((Value >> 8) & 7);

    /// <summary>
    /// The machine has interrupts, NMIs, INIT and start-up IPIs; not SMIs and what the manual reserves.
    /// </summary>
    public bool IsModelled =>
        DeliveryMode
            is DeliveryMode.Fixed
                or DeliveryMode.LowestPriority
                or DeliveryMode.Nmi
                or DeliveryMode.Init
                or DeliveryMode.StartUp;

    /// <summary>Trigger mode, bit 15.</summary>
    public bool IsLevel => (Value & (1 << 15)) != 0;

    /// <summary>Level-triggered and de-asserted (bits 15:14): an interrupt or INIT like that does nothing.</summary>
    private bool IsDeassert =>
        DeliveryMode is DeliveryMode.Fixed or DeliveryMode.LowestPriority or DeliveryMode.Init
        && IsLevel
        && (Value & (1 << 14)) == 0;

    private bool IsLogical => (Value & (1 << 11)) != 0;

    private int Shorthand => (int)((Value >> 18) & 3);

    private uint Destination => (uint)(Value >> 32);

    /// <summary>The APIC ids of a VM whose vCPUs are numbered as QEMU does with one thread per core.</summary>
    public static ImmutableArray<uint> IdsByIndex(int vcpus) =>
        [.. Enumerable.Range(0, vcpus).Select(vcpu => (uint)vcpu)];

    /// <summary>Logical x2APIC id, the LDR: cluster in bits 31:16, one bit per member in 15:0.</summary>
    public static uint LogicalId(uint apicId) =>
        (apicId / IdsOfACluster << 16) | (1u << (int)(apicId % IdsOfACluster));

    /// <summary>
    /// Which of a VM's vCPUs it reaches, ascending by index. Unknown destinations are ignored; of those that a
    /// lowest-priority one names, KVM takes one by the vector (vector_hashing, kvm_vector_to_index).
    /// </summary>
    /// <param name="sender">Index of the vCPU that wrote it.</param>
    /// <param name="apicIds">By vCPU its x2APIC id.</param>
    public ImmutableArray<int> Destinations(int sender, ImmutableArray<uint> apicIds)
    {
        if (!IsModelled || IsDeassert)
        {
            return [];
        }
        ImmutableArray<int>.Builder reached = ImmutableArray.CreateBuilder<int>(1);
        for (int vcpu = 0; vcpu < apicIds.Length; vcpu++)
        {
            if (Reaches(sender, vcpu, apicIds[vcpu]))
            {
                reached.Add(vcpu);
            }
        }
        return DeliveryMode == DeliveryMode.LowestPriority && reached.Count > 1
            ? [reached[Vector % reached.Count]]
            : reached.DrainToImmutable();
    }

    /// <summary>The ids that it names one by one; none if it goes by a shorthand or to all.</summary>
    public IEnumerable<uint> NamedIds()
    {
        uint destination = Destination;
        if (!IsModelled || Shorthand != 0 || destination == Broadcast)
        {
            return [];
        }
        if (!IsLogical)
        {
            return [destination];
        }
        uint first = (destination >> 16) * IdsOfACluster;
        return Enumerable
            .Range(0, IdsOfACluster)
            .Where(member => (destination & (1u << member)) != 0)
            .Select(member => first + (uint)member);
    }

    private bool Reaches(int sender, int vcpu, uint apicId) =>
        Shorthand switch
        {
            1 => vcpu == sender,
            2 => true,
            3 => vcpu != sender,
            _ when Destination == Broadcast => true,
            _ when IsLogical => IsInCluster(Destination, apicId),
            _ => Destination == apicId,
        };

    private static bool IsInCluster(uint destination, uint apicId) =>
        destination >> 16 == LogicalId(apicId) >> 16
        && (destination & LogicalId(apicId) & 0xffff) != 0;
}
