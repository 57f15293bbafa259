using System;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// One vCPU's entry of guest memory that it shares with the host (`pvtimer_vcpu_event_info`, 16 bytes), as
/// one of the two sides sees it. Both fields are guest TSC values.
/// </summary>
/// <remarks>
/// A store becomes visible to the other side after the line transfer d; an exchange stalls its issuer for d
/// before it goes on. Each side writes one field, then looks at the other's:
/// <code>
///   guest (part 7), at g                       host (parts 2 and 3), at h, on the dedicated CPU
///     xchg(expire_tsc, D)      ---- d ---->      xchg(next_sync_tsc, N)   N: when it looks again
///     stall d                  &lt;--- d ----       stall d
///     read next_sync_tsc                         E = xchg(expire_tsc, 0)
///     D &lt; next_sync_tsc: exit, ring              E != 0: arm or deliver
/// </code>
/// The race: D comes too late for this look and is due before the next. The host misses D only if D is not
/// visible when it looks: h + d &lt; g + d. The guest misses N only if N is not visible when it looks:
/// g + d &lt; h + d. Both cannot be. Without the stall on either side both can, and the deadline waits for
/// the next scan although it is due before it (<see cref="WeakExchange"/>).
/// </remarks>
public sealed class SharedPage : IStateful
{
    /// <summary>Size of the entry as posted; the fixed variant, whose entry is twice as long, wants it aligned to it.</summary>
    public const int SizeBytes = 16;

    private const int CacheLineBytes = 64;

    /// <summary>
    /// What a locked access across two lines takes longer than one in a line: the bus is locked for over a thousand
    /// cycles (memory: the field's rule of thumb, taken at 2.5 GHz).
    /// </summary>
    public static VirtualDuration SplitLock { get; } = VirtualDuration.FromNanoseconds(400);

    /// <summary>What the guest wants; none if the host has taken it (or nothing was wanted yet).</summary>
    public PageRequest Expire
    {
        get => new(ExpireTsc, Disarms);
        set => (ExpireTsc, Disarms) = value;
    }

    private TscTicks ExpireTsc { get; set; }

    private bool Disarms { get; set; }

    /// <summary>The host promises to look at expire_tsc again by then.</summary>
    public TscTicks NextSyncTsc { get; set; }

    /// <summary>
    /// Fixed variant: no host looks at this page any more. A guest that sees it leaves the page alone and writes
    /// the MSR.
    /// </summary>
    public bool IsAbandoned { get; set; }

    /// <summary>kvm_xchg_guest_cached on expire_tsc (part 2): takes the value, leaves 0.</summary>
    public PageRequest TakeExpire()
    {
        PageRequest taken = Expire;
        Expire = PageRequest.None;
        return taken;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ExpireTsc = state.Value(ExpireTsc);
        Disarms = state.Value(Disarms);
        NextSyncTsc = state.Value(NextSyncTsc);
        IsAbandoned = state.Value(IsAbandoned);
    }

    /// <summary>Whether an entry at this guest physical address has a field that crosses a cache line.</summary>
    public static bool SplitsLine(ulong guestPhysicalAddress) =>
        guestPhysicalAddress % CacheLineBytes > CacheLineBytes - SizeBytes
        && guestPhysicalAddress % (SizeBytes / 2) != 0;
}
