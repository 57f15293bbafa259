using PvTimer.Model.Vmx;

namespace PvTimer.Model.Timers.Avic;

/// <summary>
/// AMD's SVM with AVIC. It has no timer of its own: a write of IA32_TSC_DEADLINE exits (msr) and starts an hrtimer on
/// the vCPU's pCPU, whose interrupt exits (interrupt). What has expired goes into the virtual APIC's backing page, where
/// VMRUN finds it; another CPU's interrupts ring the doorbell, and need no exit.
/// </summary>
internal sealed class AvicBackend() : TimerBackend("avic")
{
    /// <inheritdoc/>
    public override bool IsTransparent => false;

    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.Writes + use.InGuestMode;

    /// <inheritdoc/>
    public override string Vendor => "AMD";

    /// <inheritdoc/>
    public override ExitNames ExitNames => ExitNames.Svm;

    /// <inheritdoc/>
    public override string NeedsApicvFor => "it is AMD's form of it";

    /// <inheritdoc/>
    public override string Caveat =>
        "those of a cost profile of AMD's processors (epyc-kvm), and guests' IPIs exit, as without x2AVIC";
}
