using System.Collections.Immutable;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>What both machines are told. Spans are nanoseconds.</summary>
internal sealed record NaiveConfiguration
{
    public required int Seed { get; init; }

    public required long Duration { get; init; }

    public required NaiveCosts Costs { get; init; }

    /// <summary>A vCPU on each but the last, which is the timer CPU.</summary>
    public required int Pcpus { get; init; }

    public int Sockets { get; init; } = 1;

    public long HostKilohertz { get; init; } = 2_500_000;

    public bool AsPosted { get; init; }

    public bool Busy { get; init; }

    public long ScanPeriod { get; init; } = 250_000;

    /// <summary>Cycles of the guest's TSC.</summary>
    public long Padding { get; init; } = 25_000;

    public long HaltPoll { get; init; }

    public int HaltPollGrow { get; init; } = 2;

    public long HaltPollGrowStart { get; init; } = 10_000;

    public int HaltPollShrink { get; init; }

    /// <summary>An explained difference.</summary>
    public bool PostsAsIfOnOneSocket { get; init; } = true;

    /// <summary>An explained difference.</summary>
    public bool ScansWithInterruptsOn { get; init; } = true;

    public required ImmutableArray<NaiveVm> Vms { get; init; }

    public bool SameSocket(int one, int other)
    {
        int size = Pcpus / Sockets;
        return one / size == other / size;
    }
}

/// <param name="Pcpus">Of each vCPU.</param>
/// <param name="Kilohertz">Of its TSC.</param>
/// <param name="Halts">With nothing to do it halts; otherwise it spins.</param>
/// <param name="Guest">What each vCPU does.</param>
internal sealed record NaiveVm(
    ImmutableArray<int> Pcpus,
    long Kilohertz,
    bool Halts,
    NaiveGuest Guest
);

internal abstract record NaiveGuest;

/// <summary>cyclictest, and a tick: wake-ups on a grid; those that passed meanwhile are left out.</summary>
internal sealed record NaiveGrid(long Period, int Threads, long Offset, long Work) : NaiveGuest
{
    /// <summary>It is a kernel's tick that never stops.</summary>
    public bool IsTick { get; init; }
}

/// <summary>nanosleep in a loop.</summary>
internal sealed record NaiveSleeps(long Sleep, long Work) : NaiveGuest;

/// <summary>One sleep of these after the other, then nothing.</summary>
internal sealed record NaiveList(ImmutableArray<long> Sleeps) : NaiveGuest;

/// <summary>A timer that is programmed anew while the guest computes, then a sleep until that one; again and again.</summary>
internal sealed record NaiveRearms(ImmutableArray<NaiveRearm> Rounds) : NaiveGuest;

/// <param name="First">How far ahead the timer is that is replaced, or fires before.</param>
/// <param name="Work">How long the guest computes then.</param>
/// <param name="Second">How far ahead the other one is.</param>
internal readonly record struct NaiveRearm(long First, long Work, long Second);
