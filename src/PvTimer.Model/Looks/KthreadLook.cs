using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.Model.Looks;

/// <summary>pvtimer's polling kthread of one host.</summary>
/// <param name="Name">"h3/timer-kthread".</param>
/// <param name="Host">"h3".</param>
/// <param name="Doing">Asleep, Scanning, Interrupted (its scan waits for its pCPU's interrupts), or Retired (its pCPU is gone).</param>
/// <param name="Scans">How many it has begun.</param>
/// <param name="NextScan">When the next one is due.</param>
/// <param name="Pages">Of the vCPUs that are on its host, in the order in which it scans them; not more than <see cref="MostPages"/>.</param>
/// <param name="OmittedPages">How many more there are.</param>
public sealed record KthreadLook(
    string Name,
    string Host,
    string Doing,
    long Scans,
    VirtualTime NextScan,
    ImmutableArray<PageLook> Pages,
    int OmittedPages
)
{
    /// <summary>So many pages of one host are shown.</summary>
    public const int MostPages = 256;
}

/// <summary>One vCPU's page as the host sees it, in the host's time.</summary>
/// <param name="Vcpu">"web-0/vcpu-1".</param>
/// <param name="IsEnabled">The guest has enabled pvtimer.</param>
/// <param name="Expire">What expire_tsc says; null: nothing is in it.</param>
/// <param name="NextSync">By when next_sync_tsc promises another look; null: nothing is promised.</param>
/// <param name="LookedAt">When the scan came to it last; zero: it has not.</param>
public sealed record PageLook(
    string Vcpu,
    bool IsEnabled,
    VirtualTime? Expire,
    VirtualTime? NextSync,
    VirtualTime LookedAt
);
