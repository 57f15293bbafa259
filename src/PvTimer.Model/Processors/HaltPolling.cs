using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// KVM's adaptive halt polling (virt/kvm/kvm_main.c, grow_halt_poll_ns and shrink_halt_poll_ns; module
/// parameters at their defaults: grow 2, grow_start 10 us, shrink to nothing).
/// </summary>
/// <remarks>
/// A vCPU that blocked for a little longer than it polled polls longer next time; one that blocked for
/// longer than the largest window does not poll at all. So a guest that sleeps 100 us is polled for and
/// wakes within a microsecond; one that sleeps 1 ms is not, and pays for leaving idle.
/// </remarks>
public static class HaltPolling
{
    /// <summary>The first window after none.</summary>
    public static VirtualDuration GrowStart { get; } = VirtualDuration.FromMicroseconds(10);

    /// <summary>The window for the next halt, given this one's window and how long the vCPU was halted.</summary>
    public static VirtualDuration Adapt(
        VirtualDuration window,
        VirtualDuration halted,
        VirtualDuration largest
    )
    {
        if (largest == VirtualDuration.Zero)
        {
            return VirtualDuration.Zero;
        }
        if (halted <= window)
        {
            return window;
        }
        if (halted > largest)
        {
            return VirtualDuration.Zero;
        }
        return VirtualDuration.Min(largest, VirtualDuration.Max(GrowStart, window * 2));
    }
}
