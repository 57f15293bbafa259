using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Experiments.Validation;
using PvTimer.Scenarios;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Experiments.Tests.Validation;

/// <summary>
/// Published figures beside emulated ones. The verdict of each is in a golden file: what moves one fails here, for better
/// or worse. UPDATE_GOLDEN=1 rewrites it.
/// </summary>
public sealed partial class ValidationTests
{
    private static readonly Lazy<ValidationResult> Whole = new(() =>
        ValidationResult.Of(PublishedRows.All, CancellationToken.None)
    );

    private static IEnumerable<(PublishedRow Row, PublishedFigure Figure)> Figures =>
        PublishedRows.All.SelectMany(row => row.Figures.Select(figure => (row, figure)));

    [Fact]
    public void Verdicts_are_those_that_were_found_before()
    {
        string golden = ScenarioFolder.Repository(
            "tests/PvTimer.Experiments.Tests/Golden/validation-verdicts.txt"
        );
        string verdicts = string.Concat(
            Whole
                .Value.Rows.SelectMany(row => row.Figures)
                .Select(figure =>
                    $"{figure.Key} {ValidationDocument.NameOf(figure.Verdict)}: {figure.Published.What}\n"
                )
        );
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, verdicts);
        }
        Assert.Equal(File.ReadAllText(golden), verdicts);
    }

    /// <summary>Every number of the column "emulated" is that of a figure of its row, rounded as the page has it.</summary>
    [Fact]
    public void Page_shows_what_is_emulated()
    {
        string page = File.ReadAllText(ScenarioFolder.Repository("config/VALIDATION.md"));
        MatchCollection rows = PageRow().Matches(page);
        Assert.Equal(9, rows.Count);
        Assert.All(
            rows,
            row =>
            {
                int number = int.Parse(row.Groups["row"].Value, CultureInfo.InvariantCulture);
                ValidatedRow validated = Whole.Value.Rows.Single(each =>
                    each.Published.Number == number
                );
                Assert.All(
                    (IEnumerable<Match>)Number().Matches(row.Groups["emulated"].Value),
                    shown =>
                        Assert.Contains(validated.Figures, figure => IsShown(figure, shown.Value))
                );
            }
        );
    }

    private static bool IsShown(ValidatedFigure figure, string shown)
    {
        string digits = shown.Replace(" ", "", StringComparison.Ordinal);
        int point = digits.IndexOf('.', StringComparison.Ordinal);
        return figure.Emulated is { } emulated
            && Math.Round(emulated, point < 0 ? 0 : digits.Length - point - 1)
                == double.Parse(digits, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Rows_are_numbered_from_1_to_17() =>
        Assert.Equal(Enumerable.Range(1, 17), PublishedRows.All.Select(row => row.Number));

    [Fact]
    public void Closed_form_of_locked_periods_is_met_exactly()
    {
        ValidatedRow row = Whole.Value.Rows.Single(each => each.Published.Number == 17);

        Assert.All(
            row.Figures.Where(figure =>
                figure.Published.What.Contains("period", StringComparison.Ordinal)
            ),
            figure => Assert.Equal(ValidationVerdict.Exact, figure.Verdict)
        );
        Assert.Equal([0.2, 0.5, 0.0], row.Figures.Take(3).Select(figure => figure.Emulated));
    }

    [Fact]
    public void Figure_is_either_measured_or_says_what_is_lacking()
    {
        Assert.All(
            Figures,
            each =>
            {
                Assert.NotEqual(each.Figure.Runs.IsEmpty, each.Figure.Lacks is null);
                Assert.NotEqual(each.Figure.Value is null, each.Figure.Text is null);
                Assert.True(each.Figure.Runs.IsEmpty || each.Figure.Value is not null);
            }
        );
    }

    /// <summary>The comment above the key of the profile names the publication that the row has the figure from.</summary>
    [Fact]
    public void Fitted_figure_names_the_cost_that_was_taken_from_its_publication()
    {
        (PublishedRow Row, PublishedFigure Figure)[] fitted =
        [
            .. Figures.Where(each => each.Figure.FittedBy is not null),
        ];
        Assert.NotEmpty(fitted);
        Assert.All(
            fitted,
            each =>
                Assert.Contains(
                    each.Row.Source,
                    Comment(each.Figure.FittedBy!),
                    StringComparison.Ordinal
                )
        );
    }

    /// <summary>A row whose publication a cost was taken from has a figure that says so.</summary>
    [Fact]
    public void Row_whose_publication_is_the_source_of_a_cost_has_a_fitted_figure()
    {
        string[] keys =
        [
            .. Profile.Where(line => Key().IsMatch(line)).Select(line => Key().Match(line).Value),
        ];
        PublishedRow[] sources =
        [
            .. PublishedRows.All.Where(row =>
                keys.Any(key => Comment(key).Contains(row.Source, StringComparison.Ordinal))
            ),
        ];
        Assert.True(sources.Length > 1);
        Assert.All(
            sources.GroupBy(row => row.Source, StringComparer.Ordinal),
            rows =>
                Assert.Contains(
                    rows.SelectMany(row => row.Figures),
                    figure => figure.FittedBy is not null
                )
        );
    }

    /// <summary>No row has constants of its own: its costs are a shipped profile, as it is.</summary>
    [Fact]
    public void Row_has_no_costs_of_its_own()
    {
        ValidationRunKey[] runs = [.. Figures.SelectMany(each => each.Figure.Runs)];
        Assert.All(
            runs,
            run =>
            {
                Scenario scenario = ShippedScenarios.Read(run.Scenario, run.Sets);
                string name = scenario.Host.Costs.Name;
                Assert.Contains(name, ShippedProfiles.Names, StringComparer.Ordinal);
                Scenario other = ShippedScenarios.Read(run.Scenario, [$"host.costs={name}"]);
                Assert.Equal(
                    CostProfileWriter.Write(other.Host.Costs, ""),
                    CostProfileWriter.Write(scenario.Host.Costs, "")
                );
                Assert.False(scenario.Host.Noise);
            }
        );
    }

    [Fact]
    public void Every_shipped_scenario_of_the_validation_belongs_to_a_figure() =>
        Assert.Equal(
            ShippedScenarios.In("validation"),
            Figures
                .SelectMany(each => each.Figure.Runs)
                .Select(run => run.Scenario)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
            StringComparer.Ordinal
        );

    [Fact]
    public void Row_alone_is_the_same_as_among_all()
    {
        ValidationResult alone = ValidationResult.Of(
            [.. PublishedRows.All.Where(row => row.Number == 3)],
            CancellationToken.None
        );

        Assert.Equal(Whole.Value.Rows[2].Figures.AsEnumerable(), Assert.Single(alone.Rows).Figures);
    }

    [Fact]
    public void Stopped_validation_ends_with_the_run_that_it_is_in() =>
        Assert.Throws<OperationCanceledException>(() =>
            ValidationResult.Of(PublishedRows.All, new CancellationToken(canceled: true))
        );

    [Theory]
    [InlineData(ToleranceKind.Exact, 0, 0.2, 0.2, true)]
    [InlineData(ToleranceKind.Exact, 0, 0.2, 0.2001, false)]
    [InlineData(ToleranceKind.Share, 0.25, 100, 125, true)]
    [InlineData(ToleranceKind.Share, 0.25, 100, 74, false)]
    [InlineData(ToleranceKind.Share, 0.25, -100, -126, false)]
    [InlineData(ToleranceKind.Points, 5, -17.6, -22.6, true)]
    [InlineData(ToleranceKind.Points, 5, -17.6, -12, false)]
    public void Tolerance_holds_up_to_its_width(
        ToleranceKind kind,
        double width,
        double published,
        double emulated,
        bool holds
    ) => Assert.Equal(holds, new Tolerance(kind, width).Holds(published, emulated));

    private static string[] Profile =>
        File.ReadAllLines(ScenarioFolder.Repository("config/costs/skylake.conf"));

    /// <summary>The lines of comment above a key of the profile skylake, as one.</summary>
    private static string Comment(string key)
    {
        string[] lines = Profile;
        int at = Array.FindIndex(
            lines,
            line => line.StartsWith($"  {key} =", StringComparison.Ordinal)
        );
        return string.Join(
            ' ',
            lines[..at]
                .Reverse()
                .TakeWhile(line => line.StartsWith("  #", StringComparison.Ordinal))
                .Reverse()
        );
    }

    [GeneratedRegex(@"(?<=^  )[a-z-]+(?= =)", RegexOptions.None, 1_000)]
    private static partial Regex Key();

    [GeneratedRegex(
        @"^\| (?<row>\d+) [^|]+\|[^|]+\|(?<emulated>[^|]+)\|",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex PageRow();

    [GeneratedRegex(
        @"-?\d{1,3}( \d{3})+|-?\d+(\.\d+)?",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000
    )]
    private static partial Regex Number();
}
