namespace PvTimer.Model.Chance;

/// <summary>What a random number is for: one stream per entity and purpose. Never renumber.</summary>
public enum ChancePurpose
{
    GuestDeadlines = 1,
    WakeUpLatency = 2,
    InterruptLatency = 3,
    Benchmark = 4,
    Schedules = 5,
    RunningDelay = 6,
    HostNoise = 7,
}
