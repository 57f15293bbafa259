using System;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests;

/// <summary>What a guest does while it has nothing to do.</summary>
public enum GuestIdle
{
    /// <summary>HLT: the vCPU exits.</summary>
    Halt,

    /// <summary>`idle=poll`: the vCPU stays in guest mode.</summary>
    Poll,
}

/// <summary>How each vCPU of a VM uses its timer.</summary>
public abstract record GuestDescription
{
    public GuestIdle Idle { get; init; } = GuestIdle.Halt;
}

/// <summary>Nothing to do: one housekeeping timer per period, then idle.</summary>
public sealed record IdleGuest(VirtualDuration Period) : GuestDescription;

/// <summary>When a kernel stops its tick (kernel/time/tick-sched.c).</summary>
public enum NoHz
{
    /// <summary>Never (`nohz=off`).</summary>
    Off,

    /// <summary>While the vCPU is idle (CONFIG_NO_HZ_IDLE, Linux's default).</summary>
    Idle,

    /// <summary>
    /// Also while it runs one task (`nohz_full`); what is left of the tick, 1 Hz, is done on the housekeeping CPU since Linux
    /// 4.17. That one, vCPU 0 here, keeps time: its tick never stops.
    /// </summary>
    Full,
}

/// <summary>A periodic tick, and work.</summary>
/// <param name="Hertz">Ticks per second: 100, 250, 1000 or any rate from 1 to 100 000.</param>
/// <param name="NoHz">When it stops. Unless it never does, work comes every tenth period.</param>
/// <param name="Work">Computation after each tick, shorter than from one to the next.</param>
public sealed record TickGuest(int Hertz, NoHz NoHz, VirtualDuration Work) : GuestDescription
{
    private const int IdlePeriods = 10;

    /// <summary>From one tick to the next.</summary>
    public VirtualDuration Period => VirtualDuration.FromNanoseconds(1_000_000_000 / Hertz);

    /// <summary>From one piece of work to the next.</summary>
    public VirtualDuration WorkPeriod => NoHz == NoHz.Off ? Period : Period * IdlePeriods;
}

/// <summary>cyclictest: absolute wake-ups on a grid of <paramref name="Period"/>.</summary>
/// <param name="Period">-i, the interval.</param>
/// <param name="Threads">Threads per vCPU, their grids evenly staggered; at least 1.</param>
/// <param name="Offset">Where the first grid begins.</param>
/// <param name="Work">Computation after each wake-up.</param>
public sealed record CyclictestGuest(
    VirtualDuration Period,
    int Threads,
    VirtualDuration Offset,
    VirtualDuration Work
) : GuestDescription;

/// <summary>A loop of relative sleeps: each begins when the work after the last one is done.</summary>
public sealed record NanosleepGuest(VirtualDuration Sleep, VirtualDuration Work) : GuestDescription;

/// <summary>Each deadline lies an exponentially distributed distance after the last interrupt.</summary>
public sealed record ExponentialGuest(VirtualDuration Mean) : GuestDescription;

/// <summary>Each deadline lies a uniformly distributed distance after the last interrupt.</summary>
public sealed record UniformGuest(VirtualDuration Shortest, VirtualDuration Longest)
    : GuestDescription;

/// <summary>
/// A kernel without TSC-deadline mode: its tick comes from the LAPIC's counter, which runs by itself in periodic mode
/// and is started anew after each tick in one-shot mode.
/// </summary>
/// <param name="Period">From one tick to the next; in one-shot mode from the start to the tick.</param>
/// <param name="IsPeriodic">The counter's mode.</param>
/// <param name="Work">Computation after each tick.</param>
public sealed record LapicTimerGuest(VirtualDuration Period, bool IsPeriodic, VirtualDuration Work)
    : GuestDescription;

/// <summary>
/// tscdeadline_latency of kvm-unit-tests: each interrupt's handler programs the next deadline. As in the test the first
/// lateness is dropped.
/// </summary>
/// <param name="DeltaCycles">From the handler's first line to the next deadline (guest TSC), at least 1.</param>
public sealed record TscDeadlineLatencyGuest(long DeltaCycles) : GuestDescription;

/// <summary>
/// tscdeadline and tscdeadline_immed of kvm-unit-tests' vmexit: writes IA32_TSC_DEADLINE, past any page, and spins until
/// the interrupt was handled, again and again. What one round takes is the length of the run by the timers that fired.
/// </summary>
public sealed record TscDeadlineGuest : GuestDescription
{
    /// <param name="aheadCycles">
    /// From the write to the deadline (guest TSC): 3 000 in tscdeadline, 0 in tscdeadline_immed; not negative.
    /// </param>
    public TscDeadlineGuest(long aheadCycles)
    {
        AheadCycles = aheadCycles;
        Idle = GuestIdle.Poll;
    }

    public long AheadCycles { get; }
}

/// <summary>How a recording is replayed.</summary>
public enum ReplayMode
{
    /// <summary>
    /// What followed an interrupt follows the emulated interrupt, with the recorded think time.
    /// </summary>
    ClosedLoop,

    /// <summary>Everything stays at its recorded time.</summary>
    OpenLoop,
}

/// <summary>Replays what a real guest did.</summary>
public sealed record TraceGuest(RecordedGuest Recording, ReplayMode Mode) : GuestDescription;

/// <summary>
/// Does what it is told by events from outside. Unlike the others it polls while it has nothing to do, so that
/// it hears a command at once.
/// </summary>
public sealed record CommandedGuest : GuestDescription
{
    public CommandedGuest() => Idle = GuestIdle.Poll;
}

/// <summary>A program of the caller's own for each vCPU: what tests and experiments in C# use.</summary>
public sealed record ProgrammedGuest(Func<GuestSeat, IGuestProgram> Create) : GuestDescription;
