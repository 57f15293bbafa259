using CsCheck;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("250us", 250_000)]
    [InlineData("1.5 ms", 1_500_000)]
    [InlineData("2S", 2_000_000_000)]
    [InlineData("0ns", 0)]
    [InlineData("-3ns", -3)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    public void Span_is_read_with_its_unit(string text, long nanoseconds)
    {
        Assert.True(Units.TryParseSpan(text, out VirtualDuration span));
        Assert.Equal(nanoseconds, span.Nanoseconds);
    }

    [Theory]
    [InlineData("250")]
    [InlineData("us")]
    [InlineData("1.5ns")]
    [InlineData("1e3us")]
    [InlineData("1,5ms")]
    [InlineData("9223372037s")]
    [InlineData("5 m")]
    [InlineData("")]
    public void Span_without_its_unit_or_finer_than_a_nanosecond_is_refused(string text) =>
        Assert.False(Units.TryParseSpan(text, out _));

    [Theory]
    [InlineData("2499998khz", 2_499_998)]
    [InlineData("2500mhz", 2_500_000)]
    [InlineData("2.1GHz", 2_100_000)]
    public void Frequency_is_read_with_its_unit(string text, long kilohertz)
    {
        Assert.True(Units.TryParseFrequency(text, out TscFrequency frequency));
        Assert.Equal(kilohertz, frequency.Kilohertz);
    }

    [Theory]
    [InlineData("0khz")]
    [InlineData("101ghz")]
    [InlineData("2500")]
    [InlineData("0.5khz")]
    public void Frequency_out_of_range_is_refused(string text) =>
        Assert.False(Units.TryParseFrequency(text, out _));

    [Fact]
    public void Span_is_written_in_its_largest_whole_unit_and_read_back_as_it_was()
    {
        Assert.Equal("250us", Units.Write(VirtualDuration.FromMicroseconds(250)));
        Assert.Equal("1500ns", Units.Write(VirtualDuration.FromNanoseconds(1_500)));
        Gen.Long[-4_000_000_000_000_000_000, 4_000_000_000_000_000_000]
            .Sample(nanoseconds =>
            {
                VirtualDuration span = VirtualDuration.FromNanoseconds(nanoseconds);
                Assert.True(Units.TryParseSpan(Units.Write(span), out VirtualDuration back));
                Assert.Equal(span, back);
            });
    }
}
