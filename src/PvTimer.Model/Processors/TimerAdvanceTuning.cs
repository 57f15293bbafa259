using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// adjust_lapic_timer_advance (arch/x86/kvm/lapic.c): KVM tunes each vCPU's lapic_timer_advance_ns by how early or late
/// it stands before an entry that injects a timer.
/// </summary>
/// <remarks>
/// An entry that is early by e lowers the advance by e / 8, a late one raises it. An error of under 100 cycles is noise,
/// one of over 10 000 a spike: both are passed over. Beyond 5 000 ns, or below 0, it begins anew.
/// </remarks>
public static class TimerAdvanceTuning
{
    /// <summary>LAPIC_TIMER_ADVANCE_NS_INIT.</summary>
    public static VirtualDuration Initial { get; } = VirtualDuration.FromNanoseconds(1_000);

    /// <summary>LAPIC_TIMER_ADVANCE_NS_MAX.</summary>
    private static VirtualDuration Longest { get; } = VirtualDuration.FromNanoseconds(5_000);

    /// <summary>LAPIC_TIMER_ADVANCE_ADJUST_MIN and _MAX, in cycles of the guest's TSC.</summary>
    private const long LeastError = 100;

    private const long GreatestError = 10_000;

    /// <summary>LAPIC_TIMER_ADVANCE_ADJUST_STEP.</summary>
    private const long Step = 8;

    /// <summary>The advance from now on.</summary>
    /// <param name="advance">Until now.</param>
    /// <param name="late">From the deadline to where it stands before the entry; negative: it is early.</param>
    /// <param name="tsc">The rate of the guest's TSC on this host.</param>
    public static VirtualDuration Adjust(
        VirtualDuration advance,
        VirtualDuration late,
        TscFrequency tsc
    )
    {
        bool early = late < VirtualDuration.Zero;
        long error = tsc.CyclesIn(early ? VirtualDuration.Zero - late : late);
        if (error is > GreatestError or < LeastError)
        {
            return advance;
        }
        VirtualDuration step = VirtualDuration.FromNanoseconds(
            error * 1_000_000 / tsc.Kilohertz / Step
        );
        VirtualDuration adjusted = early ? advance - step : advance + step;
        // Below zero KVM's u32 wraps, and so is beyond the longest.
        return adjusted < VirtualDuration.Zero || adjusted > Longest ? Initial : adjusted;
    }
}
