using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Model.Costs;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Lateness;

public class QuantileTableTests
{
    private static long[] EvenSpread { get; } =
    [.. Enumerable.Range(1, 16_000).Select(i => (long)i)];

    [Fact]
    public void Table_of_an_even_spread_is_even()
    {
        CostDistribution table = QuantileTable.Of(Spans.Of(EvenSpread), VirtualDuration.Zero);

        Assert.Equal(
            Enumerable.Range(0, 17).Select(i => i * 1_000L),
            table.Quantiles.Select(quantile => quantile.Nanoseconds)
        );
        Assert.Equal(8_000, QuantileTable.Median(table).Nanoseconds);
    }

    [Fact]
    public void Table_is_less_what_is_known_and_never_below_zero()
    {
        CostDistribution table = QuantileTable.Of(
            Spans.Of(EvenSpread),
            VirtualDuration.FromNanoseconds(2_500)
        );

        Assert.Equal([0L, 0, 0, 500], table.Quantiles.Take(4).Select(each => each.Nanoseconds));
        Assert.Equal(13_500, table.Quantiles[^1].Nanoseconds);
    }

    [Fact]
    public void Table_is_not_stretched_by_a_single_outlier()
    {
        ExactDistribution recorded = Spans.Of(EvenSpread);
        recorded.Add(VirtualDuration.FromSeconds(1));

        CostDistribution table = QuantileTable.Of(recorded, VirtualDuration.Zero);

        Assert.InRange(table.Quantiles[^1].Nanoseconds, 15_990, 16_010);
    }

    [Fact]
    public void Table_ends_make_the_line_pass_through_p99()
    {
        // 98 at 1 000, 2 at 10 000: p99 is 10 000, and 15/16 is still 1 000.
        ExactDistribution recorded = new();
        recorded.Add(VirtualDuration.FromNanoseconds(1_000), 98);
        recorded.Add(VirtualDuration.FromNanoseconds(10_000), 2);

        CostDistribution table = QuantileTable.Of(recorded, VirtualDuration.Zero);

        long above = table.Quantiles[16].Nanoseconds - table.Quantiles[15].Nanoseconds;
        Assert.Equal(1_000, table.Quantiles[15].Nanoseconds);
        Assert.InRange(1_000 + (above * 525 / 625), 9_995, 10_000);
    }
}
