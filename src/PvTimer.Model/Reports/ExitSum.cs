using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Reports;

/// <summary>The VM-exits of one reason.</summary>
/// <param name="Reason">Intel SDM vol. 3C, appendix C.</param>
/// <param name="Count">How many.</param>
/// <param name="Time">From kvm_exit to the next kvm_entry, summed.</param>
/// <param name="Names">Whose name the reason has.</param>
public sealed record ExitSum(
    VmExitReason Reason,
    long Count,
    VirtualDuration Time,
    ExitNames Names = ExitNames.Vmx
);
