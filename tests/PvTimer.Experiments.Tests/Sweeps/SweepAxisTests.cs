using System.Linq;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Experiments.Tests.Sweeps;

public sealed class SweepAxisTests
{
    [Theory]
    [InlineData("host.cpus=4,8", "4 8")]
    [InlineData("scenario.host.cpus=4", "4")]
    [InlineData("a=1..4096:x2", "1 2 4 8 16 32 64 128 256 512 1024 2048 4096")]
    [InlineData("a=1..10:+3", "1 4 7 10")]
    [InlineData("a=1..9:+3,12", "1 4 7 12")]
    [InlineData("a=50us..1ms:x2", "50us 100us 200us 400us 800us")]
    [InlineData("a=900us..2ms:+550us", "900us 1450us 2ms")]
    [InlineData("a=1000cycles..4000cycles:x2", "1000cycles 2000cycles 4000cycles")]
    [InlineData("a=0.5..2:x2", "0.5 1 2")]
    [InlineData("a=[1, 2],[3]", "[1, 2] [3]")]
    [InlineData("a=\"../traces/x.gz\",b", "\"../traces/x.gz\" b")]
    [InlineData("a=../traces/x.gz", "../traces/x.gz")]
    public void Values_are_listed_or_computed(string text, string values)
    {
        SweepAxis axis = SweepAxis.Parse(text);
        Assert.Equal(
            values,
            string.Join(' ', Enumerable.Range(0, axis.Values.Length).Select(axis.ValueAt))
        );
        Assert.Equal(axis.Text, SweepAxis.Parse(axis.Text).Text);
    }

    [Fact]
    public void Keys_in_one_axis_move_together()
    {
        SweepAxis axis = SweepAxis.Parse("host.cpus=3,5,9; vms.0.vcpus=2..8:x2");
        Assert.Equal("host.cpus; vms.0.vcpus", axis.Name);
        Assert.Equal("host.cpus=3,5,9; vms.0.vcpus=2,4,8", axis.Text);
        Assert.Equal("5; 4", axis.ValueAt(1));
    }

    [Theory]
    [InlineData("host.cpus", "has no key")]
    [InlineData("=4", "has no key")]
    [InlineData("a=", "empty value")]
    [InlineData("a=1,,2", "empty value")]
    [InlineData("a=1,1", "a value twice")]
    [InlineData("a=1..10", "is no range")]
    [InlineData("a=1..10:3", "is no range")]
    [InlineData("a=10..1:+1", "does not ascend")]
    [InlineData("a=1..10:x1", "does not ascend")]
    [InlineData("a=0..10:x2", "does not ascend")]
    [InlineData("a=1us..10:x2", "do not fit")]
    [InlineData("a=1us..10us:+2", "do not fit")]
    [InlineData("a=1us..10us:x2us", "do not fit")]
    [InlineData("a=1..100000:+1", "at most 10000")]
    [InlineData("a=1,2; b=1", "a has 2 values and b has 1")]
    [InlineData("a=1,2; a=1,2", "a key twice")]
    [InlineData("seed=1,2", "accepted: --repeat")]
    [InlineData("scenario.backends=[hrtimer],[pvtimer]", "accepted: --backend")]
    public void What_is_no_axis_is_refused_in_one_line(string text, string why)
    {
        SweepException refused = Assert.Throws<SweepException>(() => SweepAxis.Parse(text));
        Assert.Contains(why, refused.Message, System.StringComparison.Ordinal);
        Assert.Contains("accepted:", refused.Message, System.StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }
}
