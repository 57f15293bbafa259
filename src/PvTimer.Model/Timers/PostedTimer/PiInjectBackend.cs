namespace PvTimer.Model.Timers.PostedTimer;

/// <summary>
/// pi_inject_timer (Linux 5.3 on, with nohz_full and HLT or MWAIT in the guest): a write of IA32_TSC_DEADLINE exits and
/// starts an hrtimer on a housekeeping CPU, which posts the interrupt when it expires: no exit.
/// </summary>
internal sealed class PiInjectBackend() : TimerBackend("pi-inject")
{
    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.Writes;

    /// <inheritdoc/>
    public override bool UsesHousekeepingCpu => true;

    /// <inheritdoc/>
    public override string NeedsApicvFor => "the housekeeping CPU posts the interrupt";

    /// <inheritdoc/>
    public override string Caveat =>
        "those of a housekeeping CPU that does nothing else, and so sleeps: a busy one answers sooner";

    /// <inheritdoc/>
    internal override HostTimer CreateHostTimer(IHostTimerPort pcpu) => new PiInjectHostTimer(pcpu);
}
