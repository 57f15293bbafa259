using PvTimer.Model.Apic;
using PvTimer.Model.Guests;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// How a guest with cpuidle-haltpoll idles on one vCPU (haltpoll_select, poll_idle, haltpoll_reflect): it polls in guest
/// mode for a window, and executes HLT when that is over. By how long the HLT lasts the window adapts.
/// </summary>
/// <remarks>
/// <code>
///   idle -> poll for the window -- interrupt --> handler, and no HLT was executed: the window stays
///             | over
///             v
///            HLT ---------------- interrupt --> handler; longer than the window: it grows,
///                                               longer than guest_halt_poll_ns: it shrinks
/// </code>
/// Both are measured by the guest's clock: what a vCPU is kept out of guest mode for counts. Each interrupt is taken for one
/// that wakes a task; Linux goes on with the same window after one that does not.
/// </remarks>
/// <param name="parameters">The module's.</param>
/// <param name="lapic">Its guest's TSC.</param>
/// <param name="measured">The TSC's rate by which the guest's kernel reckons.</param>
internal sealed class HaltPollGovernor(
    GuestHaltPolling parameters,
    Lapic lapic,
    TscFrequency measured
) : IStateful
{
    private readonly GuestHaltPolling _parameters = parameters;
    private readonly Lapic _lapic = lapic;
    private readonly TscFrequency _measured = measured;

    /// <summary>`poll_limit_ns`: the window; zero: it halts at once.</summary>
    private VirtualDuration _window;

    /// <summary>When it executed the HLT whose end it has not seen; null: it is not halted.</summary>
    private TscTicks? _haltedAt;

    /// <summary>There is nothing to do: what the guest does then.</summary>
    public GuestOperation Select(VirtualTime now)
    {
        TscTicks tsc = _lapic.GuestTsc.At(now);
        return _window > VirtualDuration.Zero
            ? new GuestOperation(
                GuestOperationKind.Poll,
                Value: tsc.PlusSaturating(_measured.CyclesIn(_window)).Value
            )
            : Halt(tsc);
    }

    /// <summary>It polls on for what is left of its window, or halts.</summary>
    public GuestOperation PollOn(VirtualTime now, GuestOperation poll)
    {
        VirtualTime end = _lapic.GuestTsc.TimeOf(new TscTicks(poll.Value));
        return end > now
            // A clock that is set back has it poll on, and look again after a window's time.
            ? poll with
            {
                Left = VirtualDuration.Min(end - now, _window),
            }
            : Halt(_lapic.GuestTsc.At(now));
    }

    /// <summary>The handler of an interrupt ends, and with it the HLT that it has ended.</summary>
    public void Reflect(VirtualTime now)
    {
        if (_haltedAt is not { } since)
        {
            return;
        }
        _haltedAt = null;
        TscTicks tsc = _lapic.GuestTsc.At(now);
        // The kernel's span has no sign: after a clock that was set back it is longer than any.
        ulong halted = tsc >= since ? tsc.Value - since.Value : ulong.MaxValue;
        if (halted > (ulong)_measured.CyclesIn(_parameters.Longest))
        {
            _window = _parameters.Shrunk(_window);
        }
        else if (halted > (ulong)_measured.CyclesIn(_window))
        {
            _window = _parameters.Grown(_window);
        }
    }

    /// <summary>INIT: its kernel boots, and begins without a window (haltpoll_enable_device).</summary>
    public void Reset()
    {
        _window = VirtualDuration.Zero;
        _haltedAt = null;
    }

    private GuestOperation Halt(TscTicks tsc)
    {
        _haltedAt = tsc;
        return new GuestOperation(GuestOperationKind.Halt);
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _window = state.Value(_window);
        _haltedAt = state.Optional(_haltedAt, static (s, since) => s.Value(since));
    }
}
