using System;

namespace PvTimer.Simulation.Tests.World;

/// <summary>All chance of a simulated cluster, from one seed (SplitMix64).</summary>
internal sealed class Chance(ulong seed)
{
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    private ulong _state = seed;

    public ulong Next()
    {
        ulong next = FirstOf(_state);
        _state = unchecked(_state + Step); // reason: a hash wraps around
        return next;
    }

    /// <summary>What comes first from a seed.</summary>
    public static ulong FirstOf(ulong seed)
    {
        unchecked // reason: a hash wraps around
        {
            ulong mixed = seed + Step;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
            return mixed ^ (mixed >> 31);
        }
    }

    /// <summary>From 0 to below a limit.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>Between two times, in steps of a microsecond.</summary>
    public TimeSpan Between(double fromMilliseconds, double toMilliseconds) =>
        TimeSpan.FromMilliseconds(
            fromMilliseconds + ((toMilliseconds - fromMilliseconds) * (Next() >> 11) / (1UL << 53))
        );
}
