namespace PvTimer.Experiments.Tests.Naive.Machine;

internal enum NaiveBackEnd
{
    Hrtimer,
    PreemptionTimer,
    Fastpath,
    PiInject,
    PvTimer,
    ApicvTimer,
    Passthrough,

    /// <summary>`hrtimer` under other names of exits.</summary>
    Avic,

    /// <summary>`hrtimer`, but that the host sets the timers of its guests' ticks.</summary>
    Paratick,
}

/// <summary>What serves the vCPUs' timers: a back-end, and the CPU that it has for them, if it has one.</summary>
internal sealed record NaiveTimers(
    NaiveBackEnd BackEnd,
    NaiveTimerCpu? TimerCpu,
    NaiveHousekeepingCpu? HousekeepingCpu
);
