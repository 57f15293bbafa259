using System;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Tests.Clients;

/// <summary>Whether more nodes would pay, from two looks two seconds apart.</summary>
public sealed class ScaleAdviceTests
{
    private static readonly TimeSpan TwoSeconds = TimeSpan.FromSeconds(2);

    /// <param name="seconds">Since the first look.</param>
    /// <param name="waiting">What of a second each node waits [ms].</param>
    private static ClusterStatus Look(int seconds, params int[] waiting) =>
        new(
            [.. waiting.Select((ms, node) => Member(node, seconds, ms))],
            null,
            [],
            new RunStatus("run", RunPhase.Running, 1, 0, 0, 0, 0, null, null, []),
            null
        );

    /// <summary>A tenth of a virtual second, 1 000 windows and 20 000 events in each second.</summary>
    private static MemberStatusLine Member(int node, int seconds, int waiting)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"node-{node + 1}");
        NodeReport report = new(
            new ClusterSeat(
                name,
                $"akka.tcp://pvtimer@127.0.0.1:{4000 + node}",
                ["cpu"],
                1,
                ProcessMark.Own
            ),
            NodePhase.Running,
            Epoch: 1,
            Planned: 1,
            Round: 1_000 * seconds,
            ReachedNanoseconds: 100_000_000L * seconds,
            Events: 20_000 * seconds,
            WaitingFor: null,
            WaitedMilliseconds: waiting * seconds,
            Look: 0,
            FrameBytes: 0,
            Cells: 1,
            MemoryBytes: 1
        );
        return new MemberStatusLine(report.Seat.Address, "Up", true, node == 0, false, report, 0);
    }

    private static ScaleAdvice Advice(params int[] waiting) =>
        ScaleAdvice.Of(Look(0, waiting), Look(2, waiting), TwoSeconds)!;

    [Fact]
    public void Time_on_the_nodes_that_there_are_is_the_time_that_was_measured()
    {
        ScaleAdvice advice = Advice(200, 300, 400);
        // 10 s of wall time for a virtual second.
        Assert.Equal(10, advice.TimeOn(3), 6);
        Assert.Equal(21, advice.Work, 6);
        Assert.Equal(1, advice.Windows, 6);
        Assert.Equal((1_000, 60), (advice.WindowsPerSecond, advice.EventsPerWindow));
    }

    [Theory]
    [InlineData("7 nodes would be faster", 20, 20)]
    [InlineData("2 nodes are right", 350, 350)]
    [InlineData("one node would be faster", 800, 800)]
    public void More_nodes_pay_where_they_compute_and_fewer_where_they_wait(
        string verdict,
        params int[] waiting
    ) => Assert.Equal(verdict, Advice(waiting).Verdict);

    [Fact]
    public void Least_time_is_where_the_formula_has_it()
    {
        // T(m) = 19.6 / m + 0.2 (m - 1) has its least at the root of 98; nine tenths of the way there is enough.
        ScaleAdvice advice = Advice(20, 20);
        double least = Enumerable.Range(1, 32).Min(advice.TimeOn);
        Assert.Equal(advice.TimeOn(10), least, 6);
        Assert.InRange(advice.TimeOn(advice.Best), least, least / 0.9);
        Assert.True(advice.TimeOn(advice.Best - 1) > least / 0.9);
    }

    [Fact]
    public void What_cannot_be_told_is_said_with_what_is_needed()
    {
        ClusterStatus first = Look(0, 100, 100);
        Assert.Equal(
            "one node waits for no other; accepted: a run on two nodes or more",
            ScaleAdvice.ObstacleOf(Look(0, 100), Look(2, 100))
        );
        Assert.Equal(
            "virtual time stands still; accepted: a run that goes on for some seconds",
            ScaleAdvice.ObstacleOf(first, first)
        );
        Assert.Equal(
            "its nodes have changed meanwhile; accepted: a run that is left alone",
            ScaleAdvice.ObstacleOf(first, Look(2, 100, 100, 100))
        );
        Assert.Equal(
            "no run is under way all the time; accepted: a run that goes on for some seconds",
            ScaleAdvice.ObstacleOf(first, Look(2, 100, 100) with { Run = null })
        );
        Assert.Null(ScaleAdvice.Of(first, first, TwoSeconds));
    }
}
