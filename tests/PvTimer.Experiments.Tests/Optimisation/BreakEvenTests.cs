using System;
using System.Linq;
using System.Threading;
using PvTimer.Experiments.Optimisation;
using PvTimer.Experiments.Sweeps;
using PvTimer.Experiments.Tests.Sweeps;

namespace PvTimer.Experiments.Tests.Optimisation;

public sealed class BreakEvenTests : IDisposable
{
    private const string Axis = "pvtimer.scan-period=10us..640us:+10us";

    private readonly SweptScenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Theory]
    [InlineData(330, "pvtimer.scan-period=340us")]
    [InlineData(5, "pvtimer.scan-period=10us")]
    [InlineData(635, "pvtimer.scan-period=640us")]
    [InlineData(640, null)]
    public void First_point_from_which_on_it_is_better_is_found(int at, string? first)
    {
        BreakEven found = Find(
            new InventedRunner(
                point => point.Noise,
                point =>
                    point.Backend == "pvtimer"
                        ? 1 + (0.0001 * point.Noise)
                        : 1 + ((point.Scan - at) / 100) + (0.0001 * point.Noise)
            )
        );
        Assert.Equal(first, found.First?.ToString());
        Assert.True(found.IsMonotone);
        Assert.InRange(found.Looked.Length, 5, 10);
        Assert.Equal((64 * 2 * 3, found.Looked.Length * 2 * 3), (found.FullRuns, found.Runs));
    }

    [Fact]
    public void Where_leads_change_more_than_once_all_points_are_looked_at()
    {
        BreakEven found = Find(
            new InventedRunner(
                _ => 1,
                point =>
                    point.Backend == "pvtimer" && point.Scan is > 100 and < 450
                        ? 2
                        : 1.5 + (point.Backend == "pvtimer" ? -0.1 : 0)
            )
        );
        Assert.False(found.IsMonotone);
        Assert.Equal(64, found.Looked.Length);
        Assert.Equal("pvtimer.scan-period=450us", found.First!.ToString());
        Assert.Equal(10, found.Looked.TakeWhile(lead => lead.IsBetter).Count());
    }

    [Fact]
    public void Two_axes_have_no_break_even_point() =>
        Assert.Contains(
            "one axis",
            Assert
                .Throws<SweepException>(() =>
                    Find(new InventedRunner(_ => 1, _ => 1), "pvtimer.padding=1cycles,2cycles")
                )
                .Message,
            StringComparison.Ordinal
        );

    private BreakEven Find(InventedRunner runner, params string[] more)
    {
        SweepPlan plan = _scenario.Plan(3, [Axis, .. more]);
        return BreakEven.Find(
            new SweepRuns(plan, _scenario.Store("even"), runner),
            Objective.Parse(plan, "cpu").Metric,
            "pvtimer",
            "hrtimer",
            _ => { },
            CancellationToken.None
        );
    }
}
