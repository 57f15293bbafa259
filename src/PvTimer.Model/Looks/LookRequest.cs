using System;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Model.Looks;

/// <summary>What somebody wants to see of a running machine, over the sums of each host.</summary>
/// <param name="Hosts">Hosts of which every pCPU and vCPU is shown: "h3".</param>
/// <param name="Actors">Entities of which every field is shown: "h3/pcpu-0", "web-0/vcpu-1".</param>
/// <param name="Timers">How many pending timers are listed, earliest first.</param>
public sealed record LookRequest(
    ImmutableArray<string> Hosts,
    ImmutableArray<string> Actors,
    int Timers
)
{
    /// <summary>So many hosts and so many actors are shown at once; what is asked for beyond is left out.</summary>
    public const int MaxNames = 64;

    /// <summary>So many pending timers are listed at most.</summary>
    public const int MaxTimers = 500;

    /// <summary>The sums alone.</summary>
    public static LookRequest Sums { get; } = new([], [], 0);

    /// <summary>All that either of two wants, within the limits.</summary>
    public LookRequest And(LookRequest other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new LookRequest(
            Both(Hosts, other.Hosts),
            Both(Actors, other.Actors),
            Math.Clamp(Math.Max(Timers, other.Timers), 0, MaxTimers)
        );
    }

    private static ImmutableArray<string> Both(
        ImmutableArray<string> left,
        ImmutableArray<string> right
    ) => [.. left.Union(right, StringComparer.Ordinal).Take(MaxNames)];
}
