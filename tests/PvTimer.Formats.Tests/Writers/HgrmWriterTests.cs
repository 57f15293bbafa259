using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Formats.Tests.Lateness;
using PvTimer.Formats.Writers;

namespace PvTimer.Formats.Tests.Writers;

public class HgrmWriterTests
{
    [Fact]
    public void Hgrm_has_header_percentiles_in_microseconds_and_footer()
    {
        string text = Write(1_000, 2_000, 2_000, 3_000);
        string[][] rows = Rows(text);

        Assert.StartsWith("       Value     Percentile TotalCount 1/(1-Percentile)\n\n", text);
        Assert.Equal(["1.000", "0.000000000000", "1", "1.00"], rows[0]);
        // As HdrHistogram does: the largest value of the bucket, here 2 ns wide.
        Assert.Equal(["3.001", "1.000000000000", "4"], rows[^1]);
        Assert.Contains("#[Mean    =        2.000", text);
        Assert.Contains("Total count    =            4]", text);
    }

    [Fact]
    public void Hgrm_keeps_three_significant_digits()
    {
        string largest = Rows(Write(1_234_567, 100))[^1][0];

        Assert.InRange(double.Parse(largest, CultureInfo.InvariantCulture), 1_234.567, 1_235.8);
    }

    [Fact]
    public void Hgrm_of_an_early_interrupt_has_it_as_zero() =>
        Assert.Equal("0.000", Rows(Write(-5))[^1][0]);

    [Fact]
    public void Hgrm_of_nothing_has_no_row_and_no_number_but_its_count()
    {
        string text = Write();

        Assert.StartsWith("       Value     Percentile TotalCount 1/(1-Percentile)\n\n", text);
        Assert.Empty(Rows(text));
        Assert.Contains("#[Mean    =         none", text);
        Assert.Contains("Total count    =            0]", text);
        Assert.DoesNotContain("NaN", text);
    }

    private static string[][] Rows(string text) =>
        [
            .. text.Split('\n')
                .Select(line => line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words.Length >= 3 && char.IsAsciiDigit(words[0][0])),
        ];

    private static string Write(params long[] nanoseconds)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        HgrmWriter.Write(text, Spans.Of(nanoseconds));
        return text.ToString();
    }
}
