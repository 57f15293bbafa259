namespace PvTimer.Model.Timers.Hrtimers;

/// <summary>
/// An hrtimer on the pCPU that the vCPU runs on: mainline from 2016 to 2019, and what AMD has until today. A write of
/// IA32_TSC_DEADLINE exits, the host's timer interrupt is an exit of its own, and the timer moves with its vCPU.
/// </summary>
internal sealed class HrtimerBackend : TimerBackend
{
    private HrtimerBackend()
        : base("hrtimer") { }

    /// <summary>It has no state.</summary>
    public static HrtimerBackend Instance { get; } = new();

    /// <inheritdoc/>
    public override string? Vendor => null;

    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.Writes + use.InGuestMode;
}
