namespace PvTimer.Model.Timers.Paravirt;

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
    /// Whether WRMSR gets as far as the address: there is an in-kernel LAPIC, and the address is aligned (to 4
    /// bytes as posted, to 16 fixed). Otherwise #GP.
    /// </summary>
    public bool IsWellFormed(bool inKernelLapic, PvTimerFlaws flaws)
    {
        ulong alignment = flaws.FourByteAlignment ? 4 : (ulong)SharedPage.SizeBytes;
        return inKernelLapic && Address % alignment == 0;
    }

    /// <summary>The page can be mapped, or is not wanted. Otherwise #GP.</summary>
    public bool IsGuestMemory => !Enabled || Address <= GuestMemoryBytes - SharedPage.SizeBytes;
}
