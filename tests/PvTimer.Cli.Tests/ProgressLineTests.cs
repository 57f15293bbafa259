using System;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Model.Time;

namespace PvTimer.Cli.Tests;

/// <summary>A progress line never wraps, however wide the terminal is.</summary>
public sealed class ProgressLineTests
{
    private static readonly ProgressText Text = new(
        "hrtimer",
        VirtualDuration.FromMilliseconds(1_234),
        VirtualDuration.FromSeconds(2),
        Events: 12_345_678,
        TimeSpan.FromSeconds(4)
    );

    [Fact]
    public void Text_fits_into_any_number_of_columns()
    {
        foreach (int columns in Enumerable.Range(1, 200))
        {
            Assert.InRange(Text.Fit(columns).Length, 1, columns);
        }
    }

    [Theory]
    [InlineData(
        119,
        "[##############----------] hrtimer  62 %, 1.23 s of 2.00 s virtual, 3.09 M events/s, 2.48 s left"
    )]
    [InlineData(79, "[######----] hrtimer  62 %, 1.23 s of 2.00 s, 3.09 M events/s, 2.48 s left")]
    [InlineData(39, "[######----] hrtimer  62 %, 2.48 s left")]
    [InlineData(20, "hrtimer  62 %")]
    [InlineData(5, "hrtim")]
    public void Text_says_as_much_as_fits(int columns, string expected) =>
        Assert.Equal(expected, Text.Fit(columns));

    [Fact]
    public void Text_for_a_log_is_whole_and_has_no_bar() =>
        Assert.Equal(
            "hrtimer  62 %, 1.23 s of 2.00 s virtual, 3.09 M events/s, 2.48 s left",
            Text.Whole
        );
}
