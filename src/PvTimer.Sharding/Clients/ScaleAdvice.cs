using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// What other numbers of nodes would make of a run, from what it has cost between two looks at its cluster. It is a
/// prediction: that each node has a core of its own, and that the work can be divided as it is now.
/// </summary>
/// <remarks>
/// <code>
///   node-1   ####################..      #  computes        T(m) = W u / m + (m - 1) x
///   node-2   ###############.......      .  waits           W  all #, per virtual second;  u  the longest # by the mean
///   node-3   ##################....                         x  the shortest . by (n - 1): all wait, for the windows
/// </code>
/// </remarks>
/// <param name="Nodes">How many there are now, at least 2.</param>
/// <param name="Work">What one core would compute for a virtual second [s].</param>
/// <param name="Unevenness">The busiest node's computing by the mean's, at least 1.</param>
/// <param name="Windows">What each further node costs in waiting for windows, per virtual second [s].</param>
/// <param name="WindowsPerSecond">Of wall time.</param>
/// <param name="EventsPerWindow">Of all nodes.</param>
public sealed record ScaleAdvice(
    int Nodes,
    double Work,
    double Unevenness,
    double Windows,
    double WindowsPerSecond,
    double EventsPerWindow
)
{
    /// <summary>Numbers of nodes that are looked at go up to so many times those that there are.</summary>
    private const int Furthest = 16;

    /// <summary>Less than this is not worth another node.</summary>
    private const double Worthwhile = 0.9;

    /// <summary>Wall time per virtual second on so many nodes [s]; a prediction, except for <see cref="Nodes"/>.</summary>
    public double TimeOn(int nodes) =>
        (nodes == 1 ? Work : Work * Unevenness / nodes) + ((nodes - 1) * Windows);

    /// <summary>The number of nodes with the least time; the smallest that comes near it.</summary>
    public int Best
    {
        get
        {
            IEnumerable<int> all = Enumerable.Range(1, Nodes * Furthest);
            double least = all.Min(TimeOn);
            return all.First(nodes => TimeOn(nodes) * Worthwhile <= least);
        }
    }

    /// <summary>What to do.</summary>
    public string Verdict =>
        TimeOn(Best) > TimeOn(Nodes) * Worthwhile ? $"{Nodes} nodes are right"
        : Best == 1 ? "one node would be faster"
        : $"{Best} nodes would be faster";

    /// <summary>From two looks at a cluster.</summary>
    /// <param name="before">The first.</param>
    /// <param name="after">The second.</param>
    /// <param name="between">How much later it was.</param>
    /// <returns>Null: see <see cref="ObstacleOf"/>.</returns>
    public static ScaleAdvice? Of(ClusterStatus before, ClusterStatus after, TimeSpan between)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (ObstacleOf(before, after) is not null)
        {
            return null;
        }
        ImmutableArray<Share> shares =
        [
            .. Reports(before)
                .Join(
                    Reports(after),
                    first => first.Report!.Seat.Name,
                    second => second.Report!.Seat.Name,
                    (first, second) => Share.Of(first, second, between),
                    StringComparer.Ordinal
                ),
        ];
        double mean = shares.Average(share => share.Computing);
        return new ScaleAdvice(
            shares.Length,
            shares.Sum(share => share.Computing),
            mean > 0 ? Math.Max(1, shares.Max(share => share.Computing) / mean) : 1,
            shares.Min(share => share.Waiting) / (shares.Length - 1),
            shares.Average(share => share.Rounds),
            shares.Sum(share => share.Events) / shares.Average(share => share.Rounds)
        );
    }

    /// <summary>Why nothing can be said, with what is needed; null: it can.</summary>
    public static string? ObstacleOf(ClusterStatus before, ClusterStatus after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (after.Run is not { Phase: RunPhase.Running } run || before.Run?.Id != run.Id)
        {
            return "no run is under way all the time; accepted: a run that goes on for some seconds";
        }
        if (after.Vitals?.NanosecondsPerSecond is not null)
        {
            return "the run is paced; accepted: one that runs as fast as it can";
        }
        bool isSteady =
            before.Run.Epoch == run.Epoch
            && Reports(before).Count() == Reports(after).Count()
            && Reports(after).All(node => node.Report!.Epoch == run.Epoch);
        return !isSteady ? "its nodes have changed meanwhile; accepted: a run that is left alone"
            : Reports(after).Count() < 2
                ? "one node waits for no other; accepted: a run on two nodes or more"
            : Reports(after)
                .Any(node =>
                    Reports(before)
                        .All(first =>
                            first.Report!.Seat.Name != node.Report!.Seat.Name
                            || first.Report.ReachedNanoseconds == node.Report.ReachedNanoseconds
                        )
                )
                ? "virtual time stands still; accepted: a run that goes on for some seconds"
            : null;
    }

    private static IEnumerable<MemberStatusLine> Reports(ClusterStatus status) =>
        status.Members.Where(member => member.Report is { Phase: NodePhase.Running });

    /// <summary>What one node did, per virtual second [s]; rounds and events per second.</summary>
    private readonly record struct Share(
        double Computing,
        double Waiting,
        double Rounds,
        double Events
    )
    {
        public static Share Of(MemberStatusLine first, MemberStatusLine second, TimeSpan between)
        {
            NodeReport one = first.Report!;
            NodeReport two = second.Report!;
            // A report is as old as the node has been silent.
            double seconds = Math.Max(
                0.001,
                between.TotalSeconds
                    + ((first.SilenceMilliseconds - second.SilenceMilliseconds) / 1e3)
            );
            double passed = (two.ReachedNanoseconds - one.ReachedNanoseconds) / 1e9;
            double waiting = Math.Clamp(
                (two.WaitedMilliseconds - one.WaitedMilliseconds) / 1e3,
                0,
                seconds
            );
            return new Share(
                (seconds - waiting) / passed,
                waiting / passed,
                Math.Max(1, two.Round - one.Round) / seconds,
                (two.Events - one.Events) / seconds
            );
        }
    }
}
