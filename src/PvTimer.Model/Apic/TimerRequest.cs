using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Apic;

/// <summary>What becomes of the armed timer.</summary>
public enum TimerRequestKind
{
    None,

    /// <summary>Cancel what is armed, then arm; a due time that has passed expires at once.</summary>
    Arm,

    /// <summary>Cancel what is armed, and what has expired but was not injected yet.</summary>
    Cancel,

    /// <summary>pvtimer: have the dedicated CPU look at the page.</summary>
    Doorbell,

    /// <summary>Nothing: the interrupt of a timer that the processor has came to the host.</summary>
    Expired,
}

/// <summary>What a register write asks of the host's timers: the LAPIC's word to KVM's timer code.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Deadline">The guest TSC at which it expires: its name from now on.</param>
/// <param name="Due">The same instant in virtual time.</param>
/// <param name="Period">Periodic mode: re-armed this long after each expiry; else zero.</param>
public readonly record struct TimerRequest(
    TimerRequestKind Kind,
    TscTicks Deadline,
    VirtualTime Due,
    VirtualDuration Period
)
{
    /// <summary>
    /// One-shot or periodic mode: lapic_timer_advance_ns is for TSC deadlines only (start_sw_tscdeadline).
    /// </summary>
    public bool IsCount { get; init; }

    /// <summary>What was armed before has not been delivered: hrtimer_cancel finds it in a queue, or in its callback.</summary>
    internal bool Replaces { get; init; }

    public static TimerRequest None { get; }

    public static TimerRequest Expired { get; } =
        new(TimerRequestKind.Expired, TscTicks.Zero, VirtualTime.Zero, VirtualDuration.Zero);

    public static TimerRequest Cancel { get; } =
        new(TimerRequestKind.Cancel, TscTicks.Zero, VirtualTime.Zero, VirtualDuration.Zero);

    public static TimerRequest Arm(
        TscTicks deadline,
        VirtualTime due,
        VirtualDuration period = default
    ) => new(TimerRequestKind.Arm, deadline, due, period);

    public static TimerRequest Doorbell(TscTicks deadline) =>
        new(TimerRequestKind.Doorbell, deadline, VirtualTime.Zero, VirtualDuration.Zero);

    internal static void Write(StateWriter writer, TimerRequest request)
    {
        writer.WriteInt32((int)request.Kind);
        writer.Write(request.Deadline);
        writer.Write(request.Due);
        writer.Write(request.Period);
        writer.WriteBool(request.IsCount);
        writer.WriteBool(request.Replaces);
    }

    internal static TimerRequest Read(StateReader reader) =>
        new(
            reader.ReadEnumeration<TimerRequestKind>(),
            reader.ReadTsc(),
            reader.ReadTime(),
            reader.ReadDuration()
        )
        {
            IsCount = reader.ReadBool(),
            Replaces = reader.ReadBool(),
        };
}
