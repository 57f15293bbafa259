using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Costs;

/// <summary>Costs that are drawn from a table of quantiles.</summary>
public class CostDistributionTests
{
    private static ImmutableArray<VirtualDuration> Table(params long[] nanoseconds) =>
        [.. nanoseconds.Select(VirtualDuration.FromNanoseconds)];

    private static PhiloxSequence Chance() => new(5, 1, ChancePurpose.WakeUpLatency);

    [Fact]
    public void Constant_draws_no_random_number()
    {
        PhiloxSequence chance = Chance();
        CostDistribution constant = new(VirtualDuration.FromNanoseconds(70));
        Assert.Equal(70, constant.Draw(ref chance).Nanoseconds);
        Assert.Equal(70, constant.Minimum.Nanoseconds);
        Assert.Equal(0UL, chance.Drawn);
    }

    [Fact]
    public void Each_interval_is_as_likely_and_filled_evenly()
    {
        PhiloxSequence chance = Chance();
        CostDistribution table = new(Table(100, 200, 1_200));
        long[] drawn =
        [
            .. Enumerable.Range(0, 20_000).Select(_ => table.Draw(ref chance).Nanoseconds),
        ];
        Assert.Equal(20_000UL, chance.Drawn);
        Assert.InRange(drawn.Min(), 100, 102);
        Assert.InRange(drawn.Max(), 1_190, 1_199);
        Assert.InRange(drawn.Count(cost => cost < 200), 9_800, 10_200);
        Assert.InRange(drawn.Count(cost => cost < 150), 4_800, 5_200);
        Assert.InRange(drawn.Count(cost => cost >= 700), 4_800, 5_200);
    }

    [Fact]
    public void Table_that_stays_level_is_taken()
    {
        PhiloxSequence chance = Chance();
        Assert.Equal(9, new CostDistribution(Table(9, 9, 9)).Draw(ref chance).Nanoseconds);
        Assert.Equal(VirtualDuration.Zero, new CostDistribution(Table(0)).Minimum);
    }

    [Fact]
    public void Table_that_is_empty_negative_or_descending_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new CostDistribution(Table()));
        Assert.Throws<ArgumentException>(() => new CostDistribution(quantiles: default));
        Assert.Throws<ArgumentException>(() => new CostDistribution(Table(-1, 5)));
        Assert.Throws<ArgumentException>(() => new CostDistribution(Table(5, 7, 6)));
        Assert.Throws<ArgumentException>(() => new CostDistribution(Table(5, 4)));
    }
}
