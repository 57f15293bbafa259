using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Writers;

/// <summary>
/// Exit reasons as perf and trace events print them (arch/x86/include/uapi/asm/vmx.h and svm.h): VMX's in capitals,
/// SVM's written small.
/// </summary>
public static class VmExitReasonNames
{
    private static readonly FrozenDictionary<VmExitReason, string> Vmx =
        Enum.GetValues<VmExitReason>().ToFrozenDictionary(reason => reason, Spell);

    private static readonly FrozenDictionary<string, VmExitReason> Reasons = Vmx.ToFrozenDictionary(
        pair => pair.Value,
        pair => pair.Key,
        StringComparer.Ordinal
    );

    /// <summary>What SVM calls otherwise; what it does not have keeps VMX's name, written small.</summary>
    private static readonly FrozenDictionary<VmExitReason, string> Svm = new Dictionary<
        VmExitReason,
        string
    >
    {
        [VmExitReason.ExceptionNmi] = "nmi",
        [VmExitReason.ExternalInterrupt] = "interrupt",
        [VmExitReason.TripleFault] = "shutdown",
        [VmExitReason.InitSignal] = "init",
        [VmExitReason.OtherSmi] = "smi",
        [VmExitReason.InterruptWindow] = "vintr",
        [VmExitReason.Vmcall] = "vmmcall",
        [VmExitReason.VmxInstruction] = "vmrun",
        [VmExitReason.IoInstruction] = "io",
        [VmExitReason.MsrRead] = "msr",
        [VmExitReason.MsrWrite] = "msr",
        [VmExitReason.MwaitInstruction] = "mwait",
        [VmExitReason.MonitorInstruction] = "monitor",
        [VmExitReason.PauseInstruction] = "pause",
        [VmExitReason.ApicAccess] = "avic_unaccelerated_access",
        [VmExitReason.EoiInduced] = "avic_unaccelerated_access",
        [VmExitReason.ApicWrite] = "avic_incomplete_ipi",
        [VmExitReason.EptViolation] = "npf",
        [VmExitReason.EptMisconfig] = "npf",
    }.ToFrozenDictionary();

    /// <summary>SVM has no preemption timer.</summary>
    public static bool Has(ExitNames names, VmExitReason reason) =>
        names == ExitNames.Vmx || reason != VmExitReason.PreemptionTimer;

    public static string NameOf(VmExitReason reason, ExitNames names = ExitNames.Vmx)
    {
        if (!Vmx.TryGetValue(reason, out string? name))
        {
            throw new ArgumentOutOfRangeException(
                nameof(reason),
                reason,
                "expected a reason that the machine has"
            );
        }
        return names == ExitNames.Vmx ? name
            : Svm.TryGetValue(reason, out string? own) ? own
            : name.ToLowerInvariant();
    }

    /// <summary>The reason of that name of VMX's; false if none has it.</summary>
    public static bool TryParse(string name, out VmExitReason reason) =>
        Reasons.TryGetValue(name, out reason);

    /// <summary>ExternalInterrupt is EXTERNAL_INTERRUPT.</summary>
    private static string Spell(VmExitReason reason) =>
        string.Concat(
            reason
                .ToString()
                .Select(
                    (letter, index) =>
                        index > 0 && char.IsUpper(letter)
                            ? $"_{letter}"
                            : char.ToUpperInvariant(letter).ToString()
                )
        );
}
