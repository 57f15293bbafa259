using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Guests;

/// <summary>An exit of a recorded guest that no timer caused: what a step of that kind has as its value.</summary>
/// <param name="Reason">Why the guest left guest mode; neither HLT nor the preemption timer.</param>
/// <param name="Length">From kvm_exit to the next kvm_entry; at most <see cref="Longest"/> is kept.</param>
public readonly record struct RecordedExit(VmExitReason Reason, VirtualDuration Length)
{
    private const int LengthBits = 48;

    /// <summary>More than three days.</summary>
    public static VirtualDuration Longest { get; } =
        VirtualDuration.FromNanoseconds((1L << LengthBits) - 1);

    /// <summary>The reason above, the length in nanoseconds in the lower 48 bits.</summary>
    public ulong Value =>
        ((ulong)Reason << LengthBits) | (ulong)VirtualDuration.Min(Length, Longest).Nanoseconds;

    /// <summary>The exit that a step's value stands for.</summary>
    public static RecordedExit Of(ulong value) =>
        new(
            (VmExitReason)(value >> LengthBits),
            VirtualDuration.FromNanoseconds((long)(value & (ulong)Longest.Nanoseconds))
        );
}
