using PvTimer.Model.Apic;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// What userspace can set with KVM_SET_MSRS: the machine's registers, but for those whose write sends or ends an
/// interrupt.
/// </summary>
public static class UserspaceMsrs
{
    /// <summary>The registers, for error messages.</summary>
    public const string Forms =
        "0x10 (TSC), 0x1b (APIC_BASE), 0x3b (TSC_ADJUST), 0x6e0 (TSC_DEADLINE), 0x808 (TPR), 0x80f (SVR), "
        + "0x832 to 0x837 (LVT), 0x838 (TMICT), 0x83e (TDCR), or pvtimer's enable MSR";

    /// <summary>What is wrong with a register; null: userspace can set it.</summary>
    /// <param name="msr">Which register.</param>
    /// <param name="enableMsr">The number of MSR_KVM_PV_TIMER_EN.</param>
    public static string? FlawOfRegister(uint msr, uint enableMsr) =>
        Contains(msr, enableMsr)
            ? null
            : $"the machine has no register 0x{msr:x} for userspace to set";

    /// <summary>What is wrong with a register's value whatever the machine's state; null: KVM takes it.</summary>
    public static string? FlawOfValue(uint msr, ulong value) =>
        Takes(msr, value)
            ? null
            : $"KVM does not take 0x{value:x}: it has reserved bits of 0x{msr:x}";

    private static bool Contains(uint msr, uint enableMsr) =>
        msr
            is MsrIndex.Ia32Tsc
                or MsrIndex.Ia32ApicBase
                or MsrIndex.Ia32TscAdjust
                or MsrIndex.Ia32TscDeadline
                or MsrIndex.X2ApicTpr
                or MsrIndex.X2ApicSpuriousVector
                or (>= MsrIndex.X2ApicLvtTimer and <= MsrIndex.X2ApicInitialCount)
                or MsrIndex.X2ApicDivideConfiguration
        || msr == enableMsr;

    private static bool Takes(uint msr, ulong value)
    {
        Lapic any = new(default);
        return msr == MsrIndex.Ia32ApicBase
            ? any.WriteBase(value, byGuest: false)
            : !Lapic.Owns(msr)
                || any.Write(msr, value, VirtualTime.Zero, out _) == MsrResult.Completed;
    }
}
