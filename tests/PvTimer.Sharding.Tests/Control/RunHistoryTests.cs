using System;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>Every formation and every checkpoint carries the history: it has a bound.</summary>
public sealed class RunHistoryTests
{
    [Theory]
    [InlineData(400, 0)]
    [InlineData(401, 2)]
    [InlineData(1_000, 601)]
    public void Long_history_leaves_out_its_middle_and_says_how_much(int lines, int leftOut)
    {
        RunHistory history = new();
        for (int line = 1; line <= lines; line++)
        {
            history.Note(
                string.Create(CultureInfo.InvariantCulture, $"line {line}"),
                DateTimeOffset.UnixEpoch
            );
        }
        string[] kept = [.. history.Lines];
        Assert.Equal(Math.Min(lines, RunHistory.MostLines), kept.Length);
        Assert.EndsWith("line 1", kept[0], StringComparison.Ordinal);
        Assert.EndsWith(
            string.Create(CultureInfo.InvariantCulture, $"line {lines}"),
            kept[^1],
            StringComparison.Ordinal
        );
        string[] gaps =
        [
            .. kept.Where(line => line.EndsWith("left out here", StringComparison.Ordinal)),
        ];
        Assert.Equal(leftOut == 0 ? 0 : 1, gaps.Length);
        Assert.All(
            gaps,
            gap =>
                Assert.StartsWith(
                    string.Create(CultureInfo.InvariantCulture, $"{leftOut} "),
                    gap,
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void History_that_another_coordinator_has_shortened_goes_on_counting()
    {
        RunHistory first = new();
        first.Inherit(Enumerable.Range(1, 500).Select(line => $"line {line}"));
        RunHistory second = new();
        second.Inherit(first.Lines);
        second.Note("one more", DateTimeOffset.UnixEpoch);
        Assert.Contains(second.Lines, line => line.StartsWith("102 ", StringComparison.Ordinal));
        Assert.Equal(RunHistory.MostLines, second.Lines.Length);
    }
}
