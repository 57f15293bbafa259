using System;
using System.IO;
using System.Linq;
using System.Threading;
using PvTimer.Experiments.Comparisons;
using PvTimer.Experiments.Statistics;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Backends;

namespace PvTimer.Experiments.Tests.Comparisons;

/// <summary>Two scenarios side by side, with the same seeds.</summary>
public sealed class PairedComparisonTests : IDisposable
{
    private const string Guests = """
        scenario {
          name = pair
          seed = 7
          duration = 20ms
          backends = [hrtimer, pvtimer]
          host { cpus = 4, costs = cascadelake-kvm, halt-poll = POLL }
          vms = [ { name = g, vcpus = 2, guest { type = uniform, shortest = 100us, longest = 900us } } ]
        }
        """;

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scenario_that_is_compared_with_itself_has_equal_figures_and_events_alike()
    {
        PairedComparison comparison = Compare(Write("200us"), Write("200us"));

        Assert.Empty(comparison.Parameters);
        Assert.Equal(
            [TimerBackends.Hrtimer, TimerBackends.PvTimer],
            comparison.Pairs.Select(pair => pair.Left)
        );
        Assert.All(
            comparison.Pairs.SelectMany(pair => pair.Figures.Concat(pair.Exits)),
            figure => Assert.Equal(PairedVerdict.Equal, figure.Verdict)
        );
        Assert.All(comparison.Pairs, pair => Assert.Null(pair.Divergence));
    }

    [Fact]
    public void Key_that_differs_is_named_and_the_runs_part_where_it_first_matters()
    {
        PairedComparison comparison = Compare(Write("200us"), Write("0us"));

        var parameter = Assert.Single(comparison.Parameters);
        Assert.Equal("host.halt-poll", parameter.Key);
        ComparedPair pair = comparison.Pairs[0];
        Divergence parting = Assert.IsType<Divergence>(pair.Divergence);
        Assert.True(parting.Alike > 50);
        PartingState state = Assert.Single(parting.States);
        Assert.Contains(
            state.Fields,
            field =>
                field.Path.EndsWith("haltPollWindow", StringComparison.Ordinal)
                && field.Left != field.Right
        );
        Assert.Equal(
            PairedVerdict.Lower,
            pair.Figures.Single(figure => figure.Metric == "cpu_with_polling").Verdict
        );
    }

    [Fact]
    public void Back_ends_of_one_scenario_are_compared_with_one_another()
    {
        string file = Write("200us");
        PairedComparison comparison = Compare($"{file}/hrtimer", $"{file}/pvtimer");

        ComparedPair pair = Assert.Single(comparison.Pairs);
        Assert.Equal(
            PairedVerdict.Lower,
            pair.Figures.Single(figure => figure.Metric == "exits").Verdict
        );
        Assert.Equal(
            PairedVerdict.Lower,
            pair.Exits.Single(figure => figure.Metric == "MSR_WRITE").Verdict
        );
        Assert.NotNull(pair.Divergence);
    }

    [Fact]
    public void Seeds_follow_from_that_of_the_first_side_and_begin_with_it()
    {
        PairedComparison comparison = Compare(Write("200us"), Write("0us"));
        Assert.Equal(
            (ulong[])[7, RepetitionSeed.Of(7, 1), RepetitionSeed.Of(7, 2)],
            comparison.Seeds
        );
        Assert.Equal(3, comparison.Seeds.Distinct().Count());
    }

    [Fact]
    public void Sides_without_a_back_end_in_common_are_refused()
    {
        string file = Write("200us");
        string other = file + ".fast.conf";
        File.WriteAllText(
            other,
            File.ReadAllText(file)
                .Replace("[hrtimer, pvtimer]", "[fastpath, avic]", StringComparison.Ordinal)
        );
        var refused = Assert.Throws<InvalidDataException>(() => Compare(file, other));
        Assert.Contains("no back-end in common", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("nowhere/pvtimer")]
    public void Side_that_is_not_there_is_refused_with_what_is_accepted(string name)
    {
        var refused = Assert.Throws<FileNotFoundException>(() => ComparisonSide.Read(name));
        Assert.Contains(ComparisonSide.Accepted, refused.Message, StringComparison.Ordinal);
    }

    private string Write(string poll)
    {
        string file = Path.Combine(_folder.Folder, $"poll-{poll}.conf");
        File.WriteAllText(file, Guests.Replace("POLL", poll, StringComparison.Ordinal));
        return file;
    }

    private static PairedComparison Compare(string left, string right) =>
        PairedComparison.Of(
            ComparisonSide.Read(left),
            ComparisonSide.Read(right),
            repetitions: 3,
            ConfidenceInterval.UsualLevel,
            (_, _) => { },
            CancellationToken.None
        );
}
