using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Looks;
using PvTimer.Model.Time;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;

namespace PvTimer.OpsConsole.Watching;

/// <summary>What happened between two samples.</summary>
/// <param name="WallSeconds">Between the two; 0: there is one only.</param>
/// <param name="EventsPerSecond">Of wall time; 0 when virtual time stands still.</param>
/// <param name="WindowsPerSecond">Of wall time.</param>
/// <param name="Speed">Seconds of virtual time in a second of wall time.</param>
/// <param name="Virtual">Of virtual time, between the two looks; zero when it stood still.</param>
/// <param name="All">All hosts that can be compared, together; null: none can.</param>
/// <param name="Hosts">By host, for those that can be compared.</param>
public sealed record SampleRates(
    double WallSeconds,
    double EventsPerSecond,
    double WindowsPerSecond,
    double Speed,
    VirtualDuration Virtual,
    HostRates? All,
    FrozenDictionary<string, HostRates> Hosts
)
{
    /// <summary>Nothing to compare with.</summary>
    public static SampleRates None { get; } =
        new(0, 0, 0, 0, VirtualDuration.Zero, null, FrozenDictionary<string, HostRates>.Empty);

    /// <summary>Both samples are of the same barrier: it is known that nothing has happened.</summary>
    public bool StandsStill { get; private init; }

    /// <param name="before">The sample before; null: none.</param>
    /// <param name="cluster">What the cluster says now.</param>
    /// <param name="look">What the machine shows now; null: nothing.</param>
    /// <param name="now">When that is.</param>
    public static SampleRates Between(
        Sample? before,
        ClusterStatus cluster,
        LookAnswer? look,
        DateTimeOffset now
    )
    {
        if (before is null || before.Cluster.Run?.Id != cluster.Run?.Id)
        {
            return None;
        }
        double seconds = (now - before.TakenAt).TotalSeconds;
        if (seconds <= 0 || cluster.Run is not { } run || before.Cluster.Run is not { } earlier)
        {
            return None;
        }
        // A formation counts its windows anew, and a journey back takes events with it.
        bool sameFormation = run.Epoch == earlier.Epoch;
        SampleRates rates = None with
        {
            WallSeconds = seconds,
            EventsPerSecond = sameFormation ? PerSecond(run.Events - earlier.Events, seconds) : 0,
            WindowsPerSecond = sameFormation ? PerSecond(run.Rounds - earlier.Rounds, seconds) : 0,
            Speed = PerSecond(run.ReachedNanoseconds - earlier.ReachedNanoseconds, seconds) / 1e9,
        };
        return before.Look is not { Look: { } was } past
            || look is not { Look: { } isNow }
            || past.RunId != look.RunId
            || isNow.At < was.At
                ? rates
            : isNow.At == was.At ? rates with { StandsStill = true }
            : rates.OfHosts(was, isNow);
    }

    private static double PerSecond(long count, double seconds) => Math.Max(0, count) / seconds;

    private SampleRates OfHosts(MachineLook before, MachineLook now)
    {
        VirtualDuration span = now.At - before.At;
        Dictionary<string, HostLook> earlier = before.Hosts.ToDictionary(
            host => host.Name,
            StringComparer.Ordinal
        );
        HostLook[] same =
        [
            .. now.Hosts.Where(host =>
                earlier.TryGetValue(host.Name, out HostLook? was)
                && HostRates.AreComparable(was, host)
            ),
        ];
        return this with
        {
            Virtual = span,
            All =
                same.Length == 0
                    ? null
                    : HostRates.Between(
                        HostLook.Sum(same.Select(host => earlier[host.Name])),
                        HostLook.Sum(same),
                        span
                    ),
            Hosts = same.ToFrozenDictionary(
                host => host.Name,
                host => HostRates.Between(earlier[host.Name], host, span),
                StringComparer.Ordinal
            ),
        };
    }
}
