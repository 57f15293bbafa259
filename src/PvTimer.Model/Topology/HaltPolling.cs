using PvTimer.Model.Time;

namespace PvTimer.Model.Topology;

/// <summary>
/// How KVM's adaptive halt polling changes its window (virt/kvm/kvm_main.c, grow_halt_poll_ns and shrink_halt_poll_ns):
/// the module's parameters beside the largest window.
/// </summary>
/// <remarks>
/// A vCPU that blocked for a little longer than it polled polls longer next time; one that blocked for
/// longer than the largest window polls less, or not at all. So a guest that sleeps 100 us is polled for and
/// wakes within a microsecond; one that sleeps 1 ms is not, and pays for leaving idle.
/// </remarks>
/// <param name="Grow">`halt_poll_ns_grow`: a window that was too short is so many times as long; 0: it never grows.</param>
/// <param name="GrowStart">`halt_poll_ns_grow_start`: the first window after none, and the shortest.</param>
/// <param name="Shrink">`halt_poll_ns_shrink`: after a long halt the window is divided by this; 0: it is gone.</param>
public sealed record HaltPolling(int Grow, VirtualDuration GrowStart, int Shrink)
{
    /// <summary>The parameters of kernels before 6.10: 2, 10 us and 0; of later ones Shrink is 2.</summary>
    public static HaltPolling Default { get; } = new(2, VirtualDuration.FromMicroseconds(10), 0);

    /// <summary>The window for the next halt, given this one's window and how long the vCPU was halted.</summary>
    /// <param name="window">This one's.</param>
    /// <param name="halted">From HLT to the wake-up.</param>
    /// <param name="largest">`halt_poll_ns`; zero: it never polls.</param>
    public VirtualDuration Adapt(
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
        return halted > largest ? Shrunk(window) : Grown(window, largest);
    }

    private VirtualDuration Grown(VirtualDuration window, VirtualDuration largest) =>
        Grow == 0
            ? window
            : VirtualDuration.Min(largest, VirtualDuration.Max(GrowStart, window * Grow));

    private VirtualDuration Shrunk(VirtualDuration window)
    {
        VirtualDuration shrunk =
            Shrink == 0
                ? VirtualDuration.Zero
                : VirtualDuration.FromNanoseconds(window.Nanoseconds / Shrink);
        return shrunk < GrowStart ? VirtualDuration.Zero : shrunk;
    }
}
