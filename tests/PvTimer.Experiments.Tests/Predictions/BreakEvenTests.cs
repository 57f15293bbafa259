using System.Linq;
using PvTimer.Experiments.Predictions;

namespace PvTimer.Experiments.Tests.Predictions;

/// <summary>From how many vCPUs on a timer CPU pays: between the numbers that were run, or beyond them.</summary>
public sealed class BreakEvenTests
{
    [Fact]
    public void It_pays_where_the_saving_reaches_a_whole_CPU_between_two_numbers_that_were_run()
    {
        BreakEven line = Line(saved: 0.02, fixedTime: 0.1, each: 0.001, [16, 32, 64]);
        Assert.Equal(new BreakEvenAnswer(50, IsEmulated: true), line.Whole);
    }

    [Fact]
    public void Counted_by_its_busy_time_the_fixed_part_is_paid_first()
    {
        // 0.02 v = 0.1 + 0.01 v: v = 10.
        BreakEven line = Line(saved: 0.02, fixedTime: 0.1, each: 0.01, [1, 2, 4, 8, 16]);
        Assert.Equal(new BreakEvenAnswer(10, IsEmulated: true), line.Busy);
    }

    [Fact]
    public void Beyond_the_numbers_that_were_run_it_is_carried_on_and_says_so()
    {
        BreakEven line = Line(saved: 0.001, fixedTime: 0, each: 0.0001, [1, 64]);
        Assert.Equal(new BreakEvenAnswer(1_000, IsEmulated: false), line.Whole);
    }

    [Fact]
    public void Vcpu_that_costs_more_than_it_saves_never_pays()
    {
        BreakEven line = Line(saved: 0.001, fixedTime: 0.02, each: 0.002, [1, 64]);
        Assert.Equal(new BreakEvenAnswer(null, IsEmulated: false), line.Busy);
    }

    [Fact]
    public void First_number_that_pays_already_is_the_answer()
    {
        BreakEven line = Line(saved: 0.5, fixedTime: 0, each: 0, [4, 8]);
        Assert.Equal(new BreakEvenAnswer(4, IsEmulated: true), line.Whole);
    }

    private static BreakEven Line(double saved, double fixedTime, double each, int[] vcpus) =>
        new(
            "hrtimer",
            [.. vcpus.Select(v => new BreakEvenPoint(v, saved * v, fixedTime + (each * v)))]
        );
}
