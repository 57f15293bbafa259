namespace PvTimer.Model.Msrs;

/// <summary>Model-specific registers that the machine knows (Intel SDM vol. 4; x2APIC: vol. 3A, 12.12).</summary>
public static class MsrIndex
{
    public const uint Ia32Tsc = 0x10;
    public const uint Ia32ApicBase = 0x1b;
    public const uint Ia32TscAdjust = 0x3b;
    public const uint Ia32TscDeadline = 0x6e0;
    public const uint X2ApicId = 0x802;
    public const uint X2ApicVersion = 0x803;
    public const uint X2ApicTpr = 0x808;
    public const uint X2ApicPpr = 0x80a;
    public const uint X2ApicEoi = 0x80b;
    public const uint X2ApicLogicalDestination = 0x80d;
    public const uint X2ApicSpuriousVector = 0x80f;

    /// <summary>The first of eight: in service.</summary>
    public const uint X2ApicIsr = 0x810;

    /// <summary>The first of eight: trigger mode.</summary>
    public const uint X2ApicTmr = 0x818;

    /// <summary>The first of eight: requested.</summary>
    public const uint X2ApicIrr = 0x820;
    public const uint X2ApicErrorStatus = 0x828;
    public const uint X2ApicIcr = 0x830;
    public const uint X2ApicLvtTimer = 0x832;
    public const uint X2ApicLvtThermal = 0x833;
    public const uint X2ApicLvtPerformanceCounters = 0x834;
    public const uint X2ApicLvtLint0 = 0x835;
    public const uint X2ApicLvtLint1 = 0x836;
    public const uint X2ApicLvtError = 0x837;
    public const uint X2ApicInitialCount = 0x838;
    public const uint X2ApicCurrentCount = 0x839;
    public const uint X2ApicDivideConfiguration = 0x83e;
    public const uint X2ApicSelfIpi = 0x83f;

    /// <summary>HV_X64_MSR_EOM.</summary>
    public const uint HypervEndOfMessage = 0x4000_0084;

    /// <summary>HV_X64_MSR_STIMER0_CONFIG.</summary>
    public const uint HypervStimer0Config = 0x4000_00b0;

    /// <summary>HV_X64_MSR_STIMER0_COUNT.</summary>
    public const uint HypervStimer0Count = 0x4000_00b1;
}
