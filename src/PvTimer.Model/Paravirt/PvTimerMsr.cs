using PvTimer.Model.Msrs;

namespace PvTimer.Model.Paravirt;

/// <summary>
/// MSR_KVM_PV_TIMER_EN (part 1 of the series): bit 0 enables, the rest is the guest physical address of the
/// vCPU's <see cref="SharedPage"/>.
/// </summary>
public readonly record struct PvTimerMsr(ulong Value)
{
    /// <summary>Guest memory that can be shared: the first 4 GiB.</summary>
    public const ulong GuestMemoryBytes = 1UL << 32;

    private const ulong EnableBit = 1;

    public bool Enabled => (Value & EnableBit) != 0;

    public ulong Address => Value & ~EnableBit;

    public static PvTimerMsr Enable(ulong address) => new(address | EnableBit);

    /// <summary>
    /// What WRMSR does with it: #GP without an in-kernel LAPIC, for an address that is not aligned (to 4 bytes
    /// as posted, to 16 fixed), or that is not guest memory.
    /// </summary>
    public MsrResult Check(bool hasLapic, PvTimerFlaws flaws)
    {
        ulong alignment = flaws.FourByteAlignment ? 4 : (ulong)SharedPage.SizeBytes;
        bool accepted =
            hasLapic
            && Address % alignment == 0
            && (!Enabled || Address <= GuestMemoryBytes - SharedPage.SizeBytes);
        return accepted ? MsrResult.Completed : MsrResult.GeneralProtection;
    }
}
