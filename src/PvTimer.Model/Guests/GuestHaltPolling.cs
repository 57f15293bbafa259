using PvTimer.Model.Time;

namespace PvTimer.Model.Guests;

/// <summary>
/// A guest's own halt polling: cpuidle-haltpoll and its governor with the module's parameters (Linux
/// drivers/cpuidle/governors/haltpoll.c). Its driver switches its vCPUs' polling by the host off (MSR_KVM_POLL_CONTROL).
/// </summary>
/// <param name="Longest">`guest_halt_poll_ns`: the longest window, and the longest halt that it is for; above zero.</param>
/// <param name="Grow">`guest_halt_poll_grow`: a window that was too short is so many times as long.</param>
/// <param name="GrowStart">`guest_halt_poll_grow_start`: the first window after none, and the shortest.</param>
/// <param name="Shrink">`guest_halt_poll_shrink`: after a longer halt the window is divided by this; 0: it is gone.</param>
/// <param name="AllowsShrink">`guest_halt_poll_allow_shrink`: a window ever becomes shorter.</param>
public sealed record GuestHaltPolling(
    VirtualDuration Longest,
    int Grow,
    VirtualDuration GrowStart,
    int Shrink,
    bool AllowsShrink
)
{
    /// <summary>The module's own parameters: 200 us, 2, 50 us, 2, yes.</summary>
    public static GuestHaltPolling Default { get; } =
        new(
            VirtualDuration.FromMicroseconds(200),
            2,
            VirtualDuration.FromMicroseconds(50),
            2,
            true
        );

    /// <summary>The window after one that was too short (adjust_poll_limit). With Grow 0 that is the first one.</summary>
    public VirtualDuration Grown(VirtualDuration window) =>
        VirtualDuration.Min(VirtualDuration.Max(window * Grow, GrowStart), Longest);

    /// <summary>The window after a halt that was longer than <see cref="Longest"/> (adjust_poll_limit).</summary>
    public VirtualDuration Shrunk(VirtualDuration window)
    {
        if (!AllowsShrink)
        {
            return window;
        }
        VirtualDuration shrunk =
            Shrink == 0
                ? VirtualDuration.Zero
                : VirtualDuration.FromNanoseconds(window.Nanoseconds / Shrink);
        return shrunk < GrowStart ? VirtualDuration.Zero : shrunk;
    }
}
