using System;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Writers;

/// <summary>Exit reasons as perf and trace events print them (arch/x86/include/uapi/asm/vmx.h).</summary>
public static class VmExitReasonNames
{
    public static string NameOf(VmExitReason reason) =>
        reason switch
        {
            VmExitReason.ExternalInterrupt => "EXTERNAL_INTERRUPT",
            VmExitReason.Hlt => "HLT",
            VmExitReason.MsrRead => "MSR_READ",
            VmExitReason.MsrWrite => "MSR_WRITE",
            VmExitReason.EoiInduced => "EOI_INDUCED",
            VmExitReason.PreemptionTimer => "PREEMPTION_TIMER",
            _ => throw new ArgumentOutOfRangeException(
                nameof(reason),
                reason,
                "expected a reason that the machine has"
            ),
        };
}
