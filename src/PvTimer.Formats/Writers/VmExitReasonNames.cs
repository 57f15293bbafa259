using System;
using System.Collections.Frozen;
using System.Linq;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Writers;

/// <summary>Exit reasons as perf and trace events print them (arch/x86/include/uapi/asm/vmx.h).</summary>
public static class VmExitReasonNames
{
    private static readonly FrozenDictionary<VmExitReason, string> Names =
        Enum.GetValues<VmExitReason>().ToFrozenDictionary(reason => reason, Spell);

    private static readonly FrozenDictionary<string, VmExitReason> Reasons =
        Names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    public static string NameOf(VmExitReason reason) =>
        Names.TryGetValue(reason, out string? name)
            ? name
            : throw new ArgumentOutOfRangeException(
                nameof(reason),
                reason,
                "expected a reason that the machine has"
            );

    /// <summary>The reason of that name; false if none has it.</summary>
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
