namespace PvTimer.Model.Msrs;

/// <summary>Model-specific registers that the machine knows (Intel SDM vol. 4; x2APIC: vol. 3A, 12.12).</summary>
public static class MsrIndex
{
    public const uint Ia32ApicBase = 0x1b;
    public const uint Ia32TscDeadline = 0x6e0;
    public const uint X2ApicTpr = 0x808;
    public const uint X2ApicEoi = 0x80b;
    public const uint X2ApicIcr = 0x830;
    public const uint X2ApicLvtTimer = 0x832;
    public const uint X2ApicInitialCount = 0x838;
    public const uint X2ApicCurrentCount = 0x839;
    public const uint X2ApicDivideConfiguration = 0x83e;
    public const uint X2ApicSelfIpi = 0x83f;

    /// <summary>IA32_APIC_BASE bit 11: APIC global enable.</summary>
    public const ulong ApicBaseEnable = 1 << 11;
}
