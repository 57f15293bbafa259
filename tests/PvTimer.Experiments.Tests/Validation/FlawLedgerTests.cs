using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Experiments.Validation;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Validation;

/// <summary>
/// The ledger of what the series gets wrong: for each flaw the smallest scenario of `config/scenarios/flaws`, run with
/// the flaw and without it. What comes out is what the ledger says, and differs. UPDATE_GOLDEN=1 rewrites it.
/// </summary>
public sealed class FlawLedgerTests
{
    /// <summary>What stands above the ledger's rows.</summary>
    private const string Head = "|---|---|---|---|---|";

    private static readonly Lazy<ImmutableArray<FlawEntry>> Ledger = new(() =>
        FlawLedger.Of(CancellationToken.None)
    );

    private static string Folder => ScenarioFolder.Repository("config/scenarios/flaws");

    public static TheoryData<string> Names => [.. Flaw.All.Select(flaw => flaw.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Flaw_shows_in_its_smallest_scenario_and_is_gone_without_its_switch(string name)
    {
        FlawEntry entry = EntryOf(name);
        Assert.NotEqual(entry.Posted.Figure, entry.Fixed.Figure, StringComparer.Ordinal);
    }

    [Fact]
    public void Ledger_says_what_comes_out()
    {
        string path = Path.Combine(Folder, "README.md");
        string[] lines = [.. Ledger.Value.Select(LineOf)];
        string text = File.Exists(path) ? File.ReadAllText(path) : "";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            int end = text.IndexOf(Head, StringComparison.Ordinal) + Head.Length;
            File.WriteAllText(path, $"{text[..end]}\n{string.Join('\n', lines)}\n");
            return;
        }
        Assert.All(lines, line => Assert.Contains(line, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_switch_has_its_scenario()
    {
        ImmutableArray<string> files =
        [
            .. Directory
                .GetFiles(Folder, "*.conf")
                .Select(file => Path.GetFileNameWithoutExtension(file)),
        ];
        Assert.Equal(
            Flaw.All.Select(flaw => flaw.Name).Order(StringComparer.Ordinal),
            files.Order(StringComparer.Ordinal)
        );
        Assert.All(
            typeof(PvTimerFlaws).GetProperties().Where(flaw => flaw.PropertyType == typeof(bool)),
            flaw => Assert.Contains(files, file => file[3..] == KebabCase.Of(flaw.Name))
        );
    }

    [Fact]
    public void Guest_that_re_arms_fast_makes_other_guests_timers_late() =>
        Assert.True(EntryOf("17-no-fairness-between-guests").Late > 10_000);

    [Theory]
    [InlineData("02-stale-armed-timer", 500_000, 0, 0, 500_000)]
    [InlineData("03-disarm-is-lost", 1_000_000, 0, null, 1_000_000)]
    [InlineData("04-msr-value-ignored", 0, 1_000_000, 0, 0)]
    [InlineData("09-foreign-address-space", 0, 0, 0, 0)]
    [InlineData("18-deliver-leaves-timer-armed", 500_000, 0, 0, 500_000)]
    public void Guest_sees_so_many_of_a_million_timers(
        string name,
        int early,
        int lost,
        int? late,
        int unexpected
    )
    {
        FlawEntry entry = EntryOf(name);
        Assert.Equal(
            (early, lost, late, unexpected),
            (entry.Early, entry.Lost, entry.Late, entry.Unexpected)
        );
    }

    [Fact]
    public void Late_is_what_comes_later_than_the_latest_timer_without_the_flaw()
    {
        FlawEntry entry = EntryOf("11-padding-ignores-late-scan");
        long latest = entry.Fixed.Lateness.Quantile(10_000).Nanoseconds;
        long later = entry
            .Posted.Lateness.Ascending()
            .Where(each => each.Span.Nanoseconds > latest)
            .Sum(each => each.Count);
        Assert.True(later > 0);
        Assert.Equal((long)Math.Round(1e6 * later / entry.Posted.Timers.Armed), entry.Late!.Value);
    }

    [Fact]
    public void Flaw_without_timers_has_no_rates()
    {
        FlawEntry entry = EntryOf("11-scans-every-vcpu");
        Assert.Equal(0, entry.Posted.Timers.Armed);
        Assert.Null(entry.Early);
        Assert.Null(entry.Late);
        Assert.Null(entry.ExtraExits);
    }

    private static FlawEntry EntryOf(string name) =>
        Ledger.Value.Single(entry => entry.Flaw.Name == name);

    private static string LineOf(FlawEntry entry) =>
        $"| {entry.Flaw.Number} `{entry.Flaw.Key}` | [scenario]({entry.Flaw.Name}.conf) | {entry.Flaw.Seen} | {entry.Posted.Figure} | {entry.Fixed.Figure} |";
}
