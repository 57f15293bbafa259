using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Timers.Synthetic;

/// <summary>
/// Hyper-V's synthetic timers as KVM emulates them (arch/x86/kvm/hyperv.c), beside all back-ends: hrtimers of the pCPU
/// that the vCPU runs on, whatever the LAPIC's timer would be. A write of STIMER0_COUNT exits, so does the expiry.
/// </summary>
/// <remarks>
/// What sending costs is from Linux commit 8644f771: 1 500 cycles or more for a message, 300 to 400 in direct mode.
/// </remarks>
internal sealed class SyntheticTimers : TimerBackend
{
    private const long MessageCycles = 1_500;
    private const long DirectCycles = 350;

    private readonly bool _isDirect;

    private SyntheticTimers(string name, bool isDirect)
        : base(name) => _isDirect = isDirect;

    public static SyntheticTimers Message { get; } = new("hyperv-stimer", isDirect: false);

    public static SyntheticTimers Direct { get; } = new("hyperv-stimer-direct", isDirect: true);

    /// <summary>What an expiry adds to the next entry.</summary>
    public VirtualDuration SendingOn(HostTopology host) =>
        host.Tsc.SpanOf(_isDirect ? DirectCycles : MessageCycles);

    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.Writes + use.InGuestMode;

    /// <inheritdoc/>
    internal override GuestTimer CreateGuestTimer(IGuestTimerPort vcpu) =>
        new SyntheticGuestTimer(vcpu, _isDirect);

    /// <inheritdoc/>
    internal override HostTimer CreateHostTimer(IHostTimerPort pcpu) =>
        new SyntheticHostTimer(pcpu, SendingOn(pcpu.Host));
}
