using System.IO;
using PvTimer.Formats.Writers;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Writers;

/// <summary>The layout of cyclictest -h, with two threads as it was captured.</summary>
public class CyclictestHistogramTests
{
    [Fact]
    public void Buckets_and_footers_are_cyclictests()
    {
        ExactDistribution first = new();
        first.Add(VirtualDuration.FromNanoseconds(1_999), 10);
        first.Add(VirtualDuration.FromNanoseconds(2_000), 900);
        first.Add(VirtualDuration.FromNanoseconds(-5));
        ExactDistribution second = new();
        second.Add(VirtualDuration.FromMilliseconds(2));
        using StringWriter text = new() { NewLine = "\n" };
        CyclictestHistogram.Write(text, [first, second]);
        string[] lines = text.ToString().Split('\n');
        Assert.Equal("# Histogram", lines[0]);
        Assert.Equal("000000 000001\t000000", lines[1]);
        Assert.Equal("000001 000010\t000000", lines[2]);
        Assert.Equal("000002 000900\t000000", lines[3]);
        Assert.Equal(
            """
            # Total: 000000911 000000001
            # Min Latencies: 00000 02000
            # Avg Latencies: 00001 02000
            # Max Latencies: 00002 02000
            # Histogram Overflows: 00000 00001
            # Histogram Overflow at cycle number:
            # Thread 0:
            # Thread 1: # 00001 others

            """,
            string.Join('\n', lines[(CyclictestHistogram.Buckets + 1)..])
        );
    }
}
