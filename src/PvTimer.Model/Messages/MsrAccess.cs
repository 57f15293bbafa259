using PvTimer.Model.Events;
using PvTimer.Model.Msrs;

namespace PvTimer.Model.Messages;

/// <summary>Who touched a register, and how.</summary>
public enum MsrAccessKind
{
    /// <summary>The guest's RDMSR.</summary>
    Read,

    /// <summary>The guest's WRMSR.</summary>
    Write,

    /// <summary>Userspace's KVM_SET_MSRS.</summary>
    Set,
}

/// <summary>
/// vCPU to itself: what a guest read, or that a write faulted, so that it stands in the trace.
/// </summary>
/// <param name="Kind">How it was touched.</param>
/// <param name="Msr">Which register.</param>
/// <param name="Value">What was read, or was to be written.</param>
/// <param name="Result">How it ended.</param>
public sealed record MsrAccess(MsrAccessKind Kind, uint Msr, ulong Value, MsrResult Result)
    : Message
{
    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add((long)MessageKind.MsrAccess);
        digest.Add(((long)Msr << 8) | ((long)Kind << 4) | (long)Result);
        digest.Add(Value);
    }
}
