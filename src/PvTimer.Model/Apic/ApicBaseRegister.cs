namespace PvTimer.Model.Apic;

/// <summary>IA32_APIC_BASE (Intel SDM vol. 3A, 12.12.1): the mode of the local APIC.</summary>
public readonly record struct ApicBaseRegister(ulong Value)
{
    private const ulong BootstrapProcessorBit = 1UL << 8;
    private const ulong ExtendedBit = 1UL << 10;
    private const ulong EnableBit = 1UL << 11;
    private const ulong DefaultAddress = 0xfee0_0000;

    /// <summary>Bits 7:0 and 9; above, what lies beyond 52 bits of physical address.</summary>
    private const ulong ReservedBits = 0x2ff | ~((1UL << 52) - 1);

    /// <summary>BSP, bit 8: it boots the others.</summary>
    public bool IsBootstrapProcessor => (Value & BootstrapProcessorBit) != 0;

    /// <summary>EN, bit 11.</summary>
    public bool IsEnabled => (Value & EnableBit) != 0;

    /// <summary>EN and EXTD: the registers are MSRs 0x800 to 0x8ff.</summary>
    public bool IsX2Apic => IsEnabled && (Value & ExtendedBit) != 0;

    /// <summary>"0xfee00c00".</summary>
    public override string ToString() => $"0x{Value:x}";

    /// <summary>As Linux leaves it: x2APIC mode.</summary>
    public static ApicBaseRegister Booted(bool isBootstrapProcessor) =>
        new(
            DefaultAddress
                | EnableBit
                | ExtendedBit
                | (isBootstrapProcessor ? BootstrapProcessorBit : 0)
        );

    /// <summary>
    /// Whether a write of <paramref name="next"/> is taken: no reserved bit, no EXTD without EN; a guest may
    /// leave x2APIC mode for "disabled" only, and enter it from xAPIC mode only. Otherwise #GP.
    /// </summary>
    /// <param name="next">What is written.</param>
    /// <param name="byGuest">Userspace may change from any mode to any other (KVM_SET_MSRS).</param>
    public bool Allows(ApicBaseRegister next, bool byGuest)
    {
        bool isExtended = (next.Value & ExtendedBit) != 0;
        if ((next.Value & ReservedBits) != 0 || (isExtended && !next.IsEnabled))
        {
            return false;
        }
        bool toXApic = IsX2Apic && next.IsEnabled && !next.IsX2Apic;
        bool fromDisabled = !IsEnabled && next.IsX2Apic;
        return !byGuest || !(toXApic || fromDisabled);
    }
}
