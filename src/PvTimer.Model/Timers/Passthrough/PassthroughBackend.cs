namespace PvTimer.Model.Timers.Passthrough;

/// <summary>
/// Timer passthrough (ByteDance's RFC, 2020): the guest has the physical MSR, so that its write does not exit; the
/// interrupt is the host's, an EXTERNAL_INTERRUPT exit, and is then injected. A halted vCPU has an hrtimer.
/// </summary>
internal sealed class PassthroughBackend() : TimerBackend("passthrough")
{
    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.InGuestMode;

    /// <inheritdoc/>
    public override string Caveat =>
        "a lower bound: what it adds to every other exit is not in them";

    /// <inheritdoc/>
    internal override GuestTimer CreateGuestTimer(IGuestTimerPort vcpu) =>
        new PassthroughGuestTimer(vcpu);

    /// <inheritdoc/>
    internal override HostTimer CreateHostTimer(IHostTimerPort pcpu) =>
        new PassthroughHostTimer(pcpu);
}
