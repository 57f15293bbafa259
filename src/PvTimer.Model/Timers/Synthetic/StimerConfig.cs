namespace PvTimer.Model.Timers.Synthetic;

/// <summary>HV_X64_MSR_STIMERn_CONFIG (Hyper-V Top Level Functional Specification, 12.3).</summary>
/// <param name="Value">The register.</param>
internal readonly record struct StimerConfig(ulong Value)
{
    /// <summary>HYPERV_STIMER0_VECTOR of Linux.</summary>
    private const byte DirectVector = 0xed;

    /// <summary>HYPERVISOR_CALLBACK_VECTOR of Linux, which its SINT2 has.</summary>
    private const byte MessageVector = 0xf3;

    /// <summary>VMBUS_MESSAGE_SINT of Linux: the only source that messages go to here.</summary>
    private const ulong MessageSint = 2;

    /// <summary>Those below are the processor's.</summary>
    private const byte LowestVector = 16;

    private const ulong EnableBit = 1;
    private const ulong PeriodicBit = 1 << 1;
    private const ulong AutoEnableBit = 1 << 3;
    private const int VectorShift = 4;
    private const ulong DirectBit = 1 << 12;
    private const int SintShift = 16;

    public bool IsEnabled => (Value & EnableBit) != 0;

    public bool IsPeriodic => (Value & PeriodicBit) != 0;

    public bool IsAutoEnabled => (Value & AutoEnableBit) != 0;

    public bool IsDirect => (Value & DirectBit) != 0;

    /// <summary>What an expiry interrupts with.</summary>
    public byte Vector => IsDirect ? (byte)((Value >> VectorShift) & byte.MaxValue) : MessageVector;

    /// <summary>It is off, or says a source that there is, or a vector that a LAPIC accepts.</summary>
    public bool IsModelled =>
        !(IsEnabled || IsAutoEnabled)
        || (IsDirect ? Vector >= LowestVector : ((Value >> SintShift) & 0xf) == MessageSint);

    /// <summary>As Linux sets it up: one-shot, enabled by a write of the count (hv_ce_set_oneshot).</summary>
    public static StimerConfig OneShot(bool isDirect) =>
        new(
            AutoEnableBit
                | (
                    isDirect
                        ? DirectBit | ((ulong)DirectVector << VectorShift)
                        : MessageSint << SintShift
                )
        );

    public StimerConfig With(bool enabled) => new(enabled ? Value | EnableBit : Value & ~EnableBit);
}
