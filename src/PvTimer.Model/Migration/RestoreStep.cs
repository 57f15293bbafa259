using System.Collections.Immutable;

namespace PvTimer.Model.Migration;

/// <summary>One of the ioctls with which a VMM sets a vCPU's registers again.</summary>
public enum RestoreStep
{
    /// <summary>KVM_SET_LAPIC.</summary>
    Lapic,

    /// <summary>KVM_SET_MSRS of IA32_TSC, or the offset as a vCPU attribute.</summary>
    Tsc,

    /// <summary>KVM_SET_MSRS of the others, IA32_TSC_DEADLINE among them.</summary>
    Msrs,
}

/// <summary>The order in which a VMM does it; VMMs differ, and two of the orders lose timers.</summary>
public static class RestoreOrder
{
    /// <summary>QEMU's (kvm_arch_put_registers).</summary>
    public static ImmutableArray<RestoreStep> Default { get; } =
    [RestoreStep.Lapic, RestoreStep.Tsc, RestoreStep.Msrs];

    /// <summary>Whether one step comes before another.</summary>
    public static bool Puts(
        this ImmutableArray<RestoreStep> order,
        RestoreStep first,
        RestoreStep second
    ) => order.IndexOf(first) < order.IndexOf(second);
}
