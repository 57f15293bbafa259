using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer validate and pvtimer ledger: what they print, and what they refuse.</summary>
public sealed class ValidateCommandTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Row_within_its_tolerances_ends_with_0_and_says_what_was_fitted()
    {
        _pvtimer.Succeed("validate", "--row", "2");

        string line = LineOf("2c ");
        Assert.Contains("-17.6 %", line, StringComparison.Ordinal);
        Assert.EndsWith("fitted", line, StringComparison.Ordinal);
        Assert.Contains(
            "the cost fast-msr-write-handler was taken from it",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "rows: 0 exact, 1 within, 0 off",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Row_that_is_off_says_so_and_ends_with_1()
    {
        Assert.Equal(1, _pvtimer.Run("validate", "--row", "1", "2"));

        Assert.EndsWith("off", LineOf("1c "), StringComparison.Ordinal);
        Assert.Contains(
            "rows: 0 exact, 1 within, 1 off",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Row_that_is_not_covered_says_what_is_lacking_and_ends_with_0()
    {
        _pvtimer.Succeed("validate", "--row", "11");

        Assert.EndsWith("not covered", LineOf("11a "), StringComparison.Ordinal);
        Assert.Contains("11a: not modelled: ", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_pvtimer_is_called_validated_but_a_prediction()
    {
        _pvtimer.Run("validate", "--row", "8");
        Assert.Contains("is a prediction.", _pvtimer.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("validated", _pvtimer.Output, StringComparison.Ordinal);
        _pvtimer.Run("ledger");
        Assert.Contains("is a prediction.", _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_has_published_and_emulated_figures_and_what_repeats_them()
    {
        _pvtimer.Succeed("validate", "--json", "--row", "2");

        JsonNode document = JsonNode.Parse(_pvtimer.Output)!;
        JsonNode figure = document["rows"]![0]!["figures"]![0]!;
        Assert.Equal(3028.5, (double)figure["published"]!);
        Assert.Equal("within", (string)figure["verdict"]!);
        Assert.Equal(1, (int)document["summary"]!["rows"]!["within"]!);
        Assert.Equal(2, (int)document["summary"]!["figures"]!["fitted"]!);
        string command = (string)figure["commands"]![0]!;
        string[] words = command.Split(' ');
        Assert.Equal("pvtimer", words[0]);
        words[2] = CommandLine.Repository(words[2]);
        _pvtimer.Succeed([.. words[1..], "--json", "--quiet", "--out", _pvtimer.Out]);
        JsonNode again = JsonNode.Parse(_pvtimer.Output)!;
        double cycles =
            (double)again["duration_ns"]!
            * 2.6
            / (double)again["backends"]!["preemption-timer"]!["timers"]!["fired"]!;
        Assert.Equal(cycles, (double)figure["emulated"]!, 1e-3);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("18")]
    public void Unknown_row_is_refused(string row)
    {
        Assert.Equal(2, _pvtimer.Run("validate", "--row", "2", row));
        Assert.Equal(
            $"pvtimer validate: --row: there is no row {row}; accepted: 1 to 17\n",
            _pvtimer.Error
        );
        Assert.Empty(_pvtimer.Output);
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("ledger")]
    public void Output_that_cannot_be_written_is_refused(string command)
    {
        foreach (
            string file in new[]
            {
                _pvtimer.Folder,
                Path.Combine(_pvtimer.ScenarioFile, "below-a-file"),
                "/proc/pvtimer/validation.txt",
            }
        )
        {
            Assert.Equal(2, _pvtimer.Run(command, "--out", file));
            Assert.StartsWith(
                $"pvtimer {command}: --out: '",
                _pvtimer.Error,
                StringComparison.Ordinal
            );
            Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public void Output_goes_into_the_file_and_nowhere_else()
    {
        string file = Path.Combine(_pvtimer.Folder, "new", "row.txt");
        _pvtimer.Succeed("validate", "--row", "11");
        string printed = _pvtimer.Output;

        _pvtimer.Succeed("validate", "--row", "11", "--out", file);

        Assert.Empty(_pvtimer.Output);
        Assert.Equal(printed, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("ledger")]
    public void Interrupted_command_ends_with_130_and_writes_nothing(string command)
    {
        string file = Path.Combine(_pvtimer.Folder, "late.txt");
        CancellationToken stopped = new(canceled: true);

        Assert.Equal(130, _pvtimer.Run(stopped, command, "--out", file));

        Assert.False(File.Exists(file));
        Assert.Contains("interrupted", _pvtimer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ledger_has_a_line_for_each_flaw_with_what_a_guest_sees_of_it()
    {
        _pvtimer.Succeed("ledger");

        string[] cells = LineOf("02 ").Split("  ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                "02 stale-armed-timer",
                "1 early",
                "0 early",
                "500 000",
                "0",
                "0",
                "500 000",
                "0",
                "an interrupt before its deadline",
            ],
            cells.Select(cell => cell.Trim()),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Ledgers_document_has_every_flaw_and_no_rate_where_there_was_no_timer()
    {
        _pvtimer.Succeed("ledger", "--json");

        JsonArray flaws = JsonNode.Parse(_pvtimer.Output)!["flaws"]!.AsArray();
        Assert.Equal(19, flaws.Count);
        JsonNode lost = flaws.Single(flaw => (string)flaw!["flaw"]! == "msr-value-ignored")!;
        Assert.Equal(1_000_000, (long)lost["per_million_timers"]!["lost"]!);
        Assert.True(
            File.Exists(CommandLine.Repository((string)lost["scenario"]!)),
            (string)lost["scenario"]!
        );
        JsonNode idle = flaws.Single(flaw => (string)flaw!["flaw"]! == "scans-every-vcpu")!;
        Assert.Empty(idle["per_million_timers"]!.AsObject());
    }

    /// <summary>The line of the table that begins so, but for blanks.</summary>
    private string LineOf(string beginning) =>
        _pvtimer
            .Output.Split('\n')
            .Single(line => line.TrimStart().StartsWith(beginning, StringComparison.Ordinal));
}
