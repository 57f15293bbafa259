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

    /// <param name="msr">Which register.</param>
    /// <param name="enableMsr">The number of MSR_KVM_PV_TIMER_EN.</param>
    public static bool Contains(uint msr, uint enableMsr) =>
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

    /// <summary>Whether KVM takes the value whatever the machine's state: no reserved bit is set.</summary>
    public static bool Takes(uint msr, ulong value)
    {
        Lapic any = new(default);
        return msr == MsrIndex.Ia32ApicBase
            ? any.WriteBase(value, byGuest: false)
            : !Lapic.Owns(msr)
                || any.Write(msr, value, VirtualTime.Zero, out _) == MsrResult.Completed;
    }
}
