using PvTimer.Model.Topology;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// The pvtimer series: deadlines in a page that a kthread on a dedicated CPU scans, timers there, posted interrupts.
/// </summary>
internal sealed class PvTimerBackend() : TimerBackend("pvtimer")
{
    /// <inheritdoc/>
    public override bool IsTransparent => false;

    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.Doorbells + use.OnOwnPcpu;

    /// <inheritdoc/>
    public override bool UsesTimerCpu => true;

    /// <inheritdoc/>
    public override string WithoutApicv =>
        "a timer that expires in guest mode cannot be posted: it exits, for EXTERNAL_INTERRUPT";

    /// <inheritdoc/>
    public override string Caveat =>
        "a prediction under these costs: no measurement of it was ever published";

    /// <inheritdoc/>
    internal override uint CpuidFeatures(HostTopology host) =>
        KvmCpuid.OffersPvTimer(host) ? 1u << host.PvTimer.CpuidBit : 0;

    /// <inheritdoc/>
    internal override GuestTimer CreateGuestTimer(IGuestTimerPort vcpu) => new PvGuestTimer(vcpu);

    /// <inheritdoc/>
    internal override HostTimer CreateHostTimer(IHostTimerPort pcpu) => new PvHostTimer(pcpu);
}
