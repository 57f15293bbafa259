using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Tests;

/// <summary>Who wins by what, and what is said about it. Each run here is one second long.</summary>
public sealed class VerdictTests
{
    private static readonly VirtualDuration Second = VirtualDuration.FromSeconds(1);

    private static readonly ComparedBackend Hrtimer = new(
        "hrtimer",
        Exits: 6_000,
        Busy: VirtualDuration.FromMilliseconds(1_500),
        Polling: VirtualDuration.FromMilliseconds(1_400),
        Fired: 5_000,
        Median: VirtualDuration.FromNanoseconds(1_400),
        Tail: VirtualDuration.FromMicroseconds(4)
    );

    private static readonly ComparedBackend PvTimer = new(
        "pvtimer",
        Exits: 1_000,
        Busy: VirtualDuration.FromMilliseconds(170),
        Polling: VirtualDuration.FromMilliseconds(50),
        Fired: 5_000,
        Median: VirtualDuration.FromNanoseconds(17_900),
        Tail: VirtualDuration.FromMicroseconds(30)
    );

    [Fact]
    public void Each_criterion_has_its_own_winner()
    {
        Verdict verdict = Verdict.Of([Hrtimer, PvTimer]);

        Assert.Equal(
            "exits pvtimer, cpu_without_polling hrtimer, cpu_with_polling pvtimer, "
                + "lateness_p50 hrtimer, lateness_p99 hrtimer",
            string.Join(", ", verdict.Criteria.Select(each => $"{each.Name} {each.Winner}"))
        );
        Assert.Equal(100_000_000, verdict.Criteria[1].Of("hrtimer"));
        Assert.Equal(120_000_000, verdict.Criteria[1].Of("pvtimer"));
    }

    [Fact]
    public void Words_say_what_got_better_what_got_worse_and_what_was_polling_only()
    {
        string[] lines = [.. VerdictWords.Of(Verdict.Of([Hrtimer, PvTimer]), Second)];

        AssertSaid("exits: pvtimer wins (hrtimer 6 000/s, pvtimer 1 000/s)", lines);
        AssertSaid("median lateness: hrtimer wins (hrtimer 1.40 us, pvtimer 17.9 us)", lines);
        string better = Assert.Single(
            lines,
            line => line.Contains(", better: ", StringComparison.Ordinal)
        );
        string worse = Assert.Single(
            lines,
            line => line.Contains(", worse: ", StringComparison.Ordinal)
        );
        Assert.StartsWith(
            "pvtimer against hrtimer, better: exits 6 000/s -> 1 000/s (-83.3 %)",
            better,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "median lateness 1.40 us -> 17.9 us (12.8 times)",
            worse,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "CPU time without polling 100 ms/s -> 120 ms/s (+20.0 %)",
            worse,
            StringComparison.Ordinal
        );
        AssertSaid(
            "pvtimer's halt polling took 50.0 ms/s, hrtimer's 1.40 s/s: with it all pCPUs are 1.33 s/s less busy, without it 20.0 ms/s busier",
            lines
        );
    }

    [Fact]
    public void Equal_figures_are_a_tie_and_no_winner()
    {
        Verdict verdict = Verdict.Of([Hrtimer, Hrtimer with { Name = "other" }]);

        Assert.All(verdict.Criteria, each => Assert.Null(each.Winner));
        string[] lines = [.. VerdictWords.Of(verdict, Second)];
        AssertSaid("exits: a tie (hrtimer 6 000/s, other 6 000/s)", lines);
        Assert.DoesNotContain(lines, line => line.Contains("better", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("worse", StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_figure_wins_and_loses_nothing()
    {
        ComparedBackend silent = PvTimer with { Fired = 0, Median = null, Tail = null };

        Verdict verdict = Verdict.Of([Hrtimer, silent]);

        Assert.Null(verdict.Criteria.First(each => each.Name == "lateness_p50").Winner);
        string[] lines = [.. VerdictWords.Of(verdict, Second)];
        AssertSaid("median lateness: not decided (hrtimer 1.40 us, pvtimer none)", lines);
        Assert.DoesNotContain(
            lines,
            line => line.Contains("median lateness 1.40 us ->", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            line => line.Contains("did not do the same work", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Third_backend_is_measured_against_the_baseline_and_can_win()
    {
        ComparedBackend third = PvTimer with { Name = "third", Exits = 10 };

        Verdict verdict = Verdict.Of([third, PvTimer, Hrtimer]);

        Assert.Equal("third", verdict.Criteria[0].Winner);
        Assert.Null(verdict.Criteria[2].Winner);
        string[] lines = [.. VerdictWords.Of(verdict, Second)];
        Assert.Contains(
            lines,
            line => line.StartsWith("third against hrtimer, better", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            line => line.StartsWith("pvtimer against hrtimer, better", StringComparison.Ordinal)
        );
        AssertSaid(
            "CPU time with polling: a tie of third and pvtimer (third 170 ms/s, pvtimer 170 ms/s, hrtimer 1.50 s/s)",
            lines
        );
    }

    [Fact]
    public void Backend_that_runs_alone_wins_nothing_and_nothing_is_said()
    {
        ImmutableArray<ComparedBackend> alone = [PvTimer];

        Assert.All(Verdict.Of(alone).Criteria, each => Assert.Null(each.Winner));
        Assert.Empty(VerdictWords.Of(Verdict.Of(alone), Second));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 500)]
    [InlineData(-700, 500)]
    public void No_share_is_said_of_nothing_and_of_negative_lateness(long before, long after)
    {
        ComparedBackend early = Hrtimer with { Median = VirtualDuration.FromNanoseconds(before) };
        ComparedBackend late = Hrtimer with
        {
            Name = "other",
            Median = VirtualDuration.FromNanoseconds(after),
        };

        string text = string.Join('\n', VerdictWords.Of(Verdict.Of([early, late]), Second));

        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", text, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", text, StringComparison.Ordinal);
    }

    private static void AssertSaid(string expected, string[] lines) =>
        Assert.True(
            Array.Exists(lines, line => line == expected),
            $"{expected}\nis not in\n{string.Join('\n', lines)}"
        );
}
