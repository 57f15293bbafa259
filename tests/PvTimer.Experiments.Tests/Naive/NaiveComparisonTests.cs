using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Experiments.Tests.Naive.Machine;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Backends;
using PvTimer.Model.Reports;

namespace PvTimer.Experiments.Tests.Naive;

/// <summary>
/// The machine against <see cref="NaiveMachine"/>, on random configurations of every back-end. More of them:
/// PVTIMER_NAIVE=20000, from PVTIMER_NAIVE_SEED.
/// </summary>
public sealed class NaiveComparisonTests : IDisposable
{
    private const int Usual = 500;

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> BackEnds =>
        [.. Enum.GetValues<NaiveBackEnd>().Select(backEnd => backEnd.ToString())];

    [Theory]
    [MemberData(nameof(BackEnds))]
    public void Back_end_counts_as_a_naive_machine_does_and_is_as_late(string name)
    {
        NaiveBackEnd backEnd = Enum.Parse<NaiveBackEnd>(name);
        int first = NumberOf("PVTIMER_NAIVE_SEED", 1);
        AssertAgree(backEnd, Enumerable.Range(first, NumberOf("PVTIMER_NAIVE", Usual)));
    }

    /// <summary>Another CPU queues a timer while hrtimer_interrupt has begun and has not looked at its queue yet.</summary>
    [Fact]
    public void Configurations_that_once_differed_agree() =>
        AssertAgree(NaiveBackEnd.PiInject, [10_107, 10_398, 10_773, 11_110, 11_286, 12_691]);

    private void AssertAgree(NaiveBackEnd backEnd, IEnumerable<int> seeds)
    {
        List<string> wrong = [];
        foreach (int seed in seeds)
        {
            NaiveConfiguration drawn = RandomConfigurations.Draw(
                seed,
                Comparison.Profile,
                rearms: backEnd != NaiveBackEnd.PvTimer
            );
            if (backEnd == NaiveBackEnd.Paratick)
            {
                drawn = RandomConfigurations.WithTicks(drawn);
            }
            MachineReport report = Comparison.Run(drawn, _folder, backEnd);
            wrong.AddRange(
                Comparison
                    .Differences(report, NaiveMachine.Run(drawn, backEnd))
                    .Select(difference => $"seed {seed}: {difference}")
            );
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count}\n{string.Join('\n', wrong.Take(40))}");
    }

    [Fact]
    public void Every_back_end_has_a_naive_one() =>
        Assert.Equal(
            TimerBackends.All.Select(backend => backend.Name),
            Enum.GetValues<NaiveBackEnd>().Select(Comparison.NameOf),
            StringComparer.Ordinal
        );

    [Theory]
    [MemberData(nameof(ExplainedDifferences.Names), MemberType = typeof(ExplainedDifferences))]
    public void Explained_difference_still_occurs_and_is_no_larger_than_it_says(string name)
    {
        ExplainedDifference explained = ExplainedDifferences.Of(name);
        long most = 0;
        foreach (NaiveConfiguration as_is in explained.Examples(Comparison.Profile))
        {
            MachineReport report = Comparison.Run(as_is, _folder, NaiveBackEnd.PvTimer);
            Assert.Empty(
                Comparison.Differences(report, NaiveMachine.Run(as_is, NaiveBackEnd.PvTimer))
            );
            NaiveResult naive = NaiveMachine.Run(explained.Without(as_is), NaiveBackEnd.PvTimer);
            Assert.Equal(report.Lateness.Count, naive.Lateness.Count);
            most = Comparison
                .LatenessOf(report)
                .Zip(naive.Lateness.Order(), (one, other) => Math.Abs(one - other))
                .Append(most)
                .Max();
        }
        Assert.InRange(most, Comparison.Tolerance + 1, explained.Bound(Comparison.Profile));
    }

    [Fact]
    public void List_of_explained_differences_does_not_grow() =>
        Assert.Equal(2, ExplainedDifferences.Names.Count);

    [Fact]
    public void Naive_machine_uses_nothing_of_what_it_is_held_against()
    {
        string[] files = Directory.GetFiles(
            ScenarioFolder.Repository("tests/PvTimer.Experiments.Tests/Naive/Machine")
        );
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string text = File.ReadAllText(file)
                .Replace(
                    "namespace PvTimer.Experiments.Tests.Naive.Machine",
                    "",
                    StringComparison.Ordinal
                );
            Assert.DoesNotContain("PvTimer.", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Model.", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Engine.", text, StringComparison.Ordinal);
        }
    }

    private static int NumberOf(string name, int otherwise) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(name),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int number
        )
            ? number
            : otherwise;
}
