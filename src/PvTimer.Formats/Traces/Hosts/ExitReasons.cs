using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using PvTimer.Formats.Writers;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>
/// The reason of a kvm_exit as kernels, trace-cmd and perf print it, for VMX and SVM, under one name each:
/// VMX's, as `perf kvm stat` compares them.
/// </summary>
/// <remarks>
/// SVM has one code for both directions of an MSR access; its info1 is 1 for a write. The interrupt window
/// of SVM is "vintr", what VMX calls EPT is "npf", an access to the APIC's page "avic_noaccel".
/// </remarks>
public static class ExitReasons
{
    private const string SvmPrefix = "EXIT_";

    private static readonly FrozenDictionary<string, VmExitReason> Svm = new Dictionary<
        string,
        VmExitReason
    >(StringComparer.OrdinalIgnoreCase)
    {
        ["interrupt"] = VmExitReason.ExternalInterrupt,
        ["intr"] = VmExitReason.ExternalInterrupt,
        ["nmi"] = VmExitReason.ExceptionNmi,
        ["smi"] = VmExitReason.OtherSmi,
        ["init"] = VmExitReason.InitSignal,
        ["vintr"] = VmExitReason.InterruptWindow,
        ["hlt"] = VmExitReason.Hlt,
        ["msr"] = VmExitReason.MsrRead,
        ["npf"] = VmExitReason.EptViolation,
        ["cpuid"] = VmExitReason.Cpuid,
        ["io"] = VmExitReason.IoInstruction,
        ["ioio"] = VmExitReason.IoInstruction,
        ["pause"] = VmExitReason.PauseInstruction,
        ["vmmcall"] = VmExitReason.Vmcall,
        ["invd"] = VmExitReason.Invd,
        ["wbinvd"] = VmExitReason.Wbinvd,
        ["invlpg"] = VmExitReason.Invlpg,
        ["invpcid"] = VmExitReason.Invpcid,
        ["rdpmc"] = VmExitReason.Rdpmc,
        ["rdtsc"] = VmExitReason.Rdtsc,
        ["rdtscp"] = VmExitReason.Rdtscp,
        ["task_switch"] = VmExitReason.TaskSwitch,
        ["shutdown"] = VmExitReason.TripleFault,
        ["monitor"] = VmExitReason.MonitorInstruction,
        ["mwait"] = VmExitReason.MwaitInstruction,
        ["xsetbv"] = VmExitReason.Xsetbv,
        ["vmrun"] = VmExitReason.VmxInstruction,
        ["vmload"] = VmExitReason.VmxInstruction,
        ["vmsave"] = VmExitReason.VmxInstruction,
        ["stgi"] = VmExitReason.VmxInstruction,
        ["clgi"] = VmExitReason.VmxInstruction,
        ["skinit"] = VmExitReason.VmxInstruction,
        ["avic_incomplete_ipi"] = VmExitReason.ApicWrite,
        ["avic_unaccelerated_access"] = VmExitReason.ApicAccess,
        ["avic_noaccel"] = VmExitReason.ApicAccess,
        ["bus_lock"] = VmExitReason.BusLock,
        ["vmgexit"] = VmExitReason.Vmcall,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>VMEXIT codes of the AMD manual (vol. 2, appendix C) that come where no name is known.</summary>
    private static readonly FrozenDictionary<ulong, string> SvmCodes = new Dictionary<ulong, string>
    {
        [0x60] = "intr",
        [0x61] = "nmi",
        [0x64] = "vintr",
        [0x6e] = "rdtsc",
        [0x72] = "cpuid",
        [0x77] = "pause",
        [0x78] = "hlt",
        [0x7b] = "io",
        [0x7c] = "msr",
        [0x81] = "vmmcall",
        [0x400] = "npf",
    }.ToFrozenDictionary();

    /// <summary>Other spellings than those of today's kernels.</summary>
    private static readonly FrozenDictionary<string, VmExitReason> Older = new Dictionary<
        string,
        VmExitReason
    >(StringComparer.OrdinalIgnoreCase)
    {
        ["EXCEPTION"] = VmExitReason.ExceptionNmi,
        ["EXT_INT"] = VmExitReason.ExternalInterrupt,
        ["EXT_IRQ"] = VmExitReason.ExternalInterrupt,
        ["EXTERNAL_INT"] = VmExitReason.ExternalInterrupt,
        ["PENDING_INTERRUPT"] = VmExitReason.InterruptWindow,
        ["IO"] = VmExitReason.IoInstruction,
        ["PAUSE"] = VmExitReason.PauseInstruction,
        ["MWAIT"] = VmExitReason.MwaitInstruction,
        ["MONITOR"] = VmExitReason.MonitorInstruction,
        ["MSR"] = VmExitReason.MsrRead,
        ["EPT_MISCONFIGURATION"] = VmExitReason.EptMisconfig,
        ["VMX_PREEMPTION_TIMER"] = VmExitReason.PreemptionTimer,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// "reason MSR_WRITE rip ..", "reason EXIT_MSR ..", "reason hlt ..", "reason 0x7c ..", "exit_reason=48 isa=1".
    /// False if there is no reason in it.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> body, out VmExitReason reason)
    {
        reason = VmExitReason.Other;
        ReadOnlySpan<char> word = HostText.FirstWord(HostText.After(body, "reason", out _));
        if (word.IsEmpty)
        {
            word = HostText.FirstWord(HostText.After(body, "exit_reason", out _));
        }
        if (word.IsEmpty)
        {
            return false;
        }
        reason = HostText.TryNumber(word, out ulong code)
            ? OfCode(code, IsSvm(body, code))
            : OfName(word.ToString());
        if (reason == VmExitReason.MsrRead && !IsVmxName(word) && IsWrite(body))
        {
            reason = VmExitReason.MsrWrite;
        }
        return true;
    }

    private static VmExitReason OfName(string name)
    {
        string bare = name.StartsWith(SvmPrefix, StringComparison.OrdinalIgnoreCase)
            ? name[SvmPrefix.Length..]
            : name;
        // "MSR" and "IO" in capitals are VMX's of old; SVM's kernel names are written small.
        bool svm = !ReferenceEquals(bare, name) || !name.AsSpan().ContainsAnyInRange('A', 'Z');
        if (svm && Svm.TryGetValue(bare, out VmExitReason reason))
        {
            return reason;
        }
        return
            VmExitReasonNames.TryParse(bare.ToUpperInvariant(), out reason)
            || Older.TryGetValue(bare, out reason)
            || Svm.TryGetValue(bare, out reason)
            ? reason
            : VmExitReason.Other;
    }

    private static VmExitReason OfCode(ulong code, bool svm)
    {
        if (svm)
        {
            return SvmCodes.TryGetValue(code, out string? name) ? Svm[name] : VmExitReason.Other;
        }
        VmExitReason reason = (VmExitReason)(code & ushort.MaxValue);
        return reason is >= (VmExitReason)19 and <= (VmExitReason)27 ? VmExitReason.VmxInstruction
            : Enum.IsDefined(reason) ? reason
            : VmExitReason.Other;
    }

    /// <summary>isa 1 is VMX, 2 is SVM; without it: VMX has no reasons beyond its 80, SVM few below.</summary>
    private static bool IsSvm(ReadOnlySpan<char> body, ulong code) =>
        HostText.TryField(body, "isa", out ulong isa) ? isa == 2 : (code & ushort.MaxValue) > 80;

    private static bool IsVmxName(ReadOnlySpan<char> word) =>
        word.Equals("MSR_READ", StringComparison.OrdinalIgnoreCase)
        || word.Equals("31", StringComparison.Ordinal)
        || word.Equals("0x1f", StringComparison.OrdinalIgnoreCase);

    private static bool IsWrite(ReadOnlySpan<char> body) =>
        (
            HostText.TryField(body, "info1", out ulong info)
            || HostText.TryField(body, "info", out info)
        )
        && info == 1;
}
