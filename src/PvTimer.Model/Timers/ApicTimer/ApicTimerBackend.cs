namespace PvTimer.Model.Timers.ApicTimer;

/// <summary>
/// VMX APIC-timer virtualization (2026): the processor keeps the guest's deadline in the VMCS, so that neither the write
/// of IA32_TSC_DEADLINE nor its expiry exits. A halted vCPU has an hrtimer.
/// </summary>
internal sealed class ApicTimerBackend() : TimerBackend("apicv-timer")
{
    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => 0;

    /// <inheritdoc/>
    public override string NeedsApicvFor =>
        "the processor delivers the timer as a virtual interrupt";

    /// <inheritdoc/>
    public override string Caveat =>
        "a prediction under these costs: of such a processor only ratios were published";

    /// <inheritdoc/>
    internal override GuestTimer CreateGuestTimer(IGuestTimerPort vcpu) =>
        new HardwareGuestTimer(vcpu);

    /// <inheritdoc/>
    internal override HostTimer CreateHostTimer(IHostTimerPort pcpu) => new HaltedHostTimer(pcpu);
}
