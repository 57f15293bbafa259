using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>
/// The ledger of what the series gets wrong: for each flaw the smallest scenario of `config/scenarios/flaws`, run with
/// the flaw and without it. What comes out is what the ledger says, and differs. UPDATE_GOLDEN=1 rewrites it.
/// </summary>
public sealed class FlawLedgerTests
{
    /// <param name="File">Without its ending; its number is that of the list of flaws.</param>
    /// <param name="Seen">What a guest, or who looks at the host, sees of it.</param>
    /// <param name="Figure">Where in a back-end's part of summary.json; slashes between the keys.</param>
    /// <param name="Unit">Behind the figure.</param>
    private sealed record Row(string File, string Seen, string Figure, string Unit);

    private static readonly Row[] Rows =
    [
        new("01-worker", "the dedicated CPU is never idle", "cpu_ns/kthread", " ns in the kthread"),
        new("02-stale-armed-timer", "an interrupt before its deadline", "timers/early", " early"),
        new(
            "03-disarm-is-lost",
            "an interrupt of a timer that was disarmed",
            "timers/fired",
            " fired"
        ),
        new("04-msr-value-ignored", "no interrupt at all", "timers/lost", " lost"),
        new(
            "05-rdmsr-sees-only-armed",
            "RDMSR returns 0 for a timer that will come",
            "trace_hash",
            ""
        ),
        new("06-enable-before-validation", "no interrupt, after a #GP", "timers/lost", " lost"),
        new(
            "07-four-byte-alignment",
            "split locks: 400 ns each",
            "flaws/split_locks",
            " split locks"
        ),
        new(
            "08-disable-leaves-timer-armed",
            "an interrupt before its deadline",
            "timers/early",
            " early"
        ),
        new(
            "09-foreign-address-space",
            "another process's memory; counted only",
            "flaws/foreign_address_space_reads",
            " counted"
        ),
        new(
            "10-lock-held-over-scan",
            "whoever wants kvm_lock waits; counted only",
            "flaws/lock_held_ns",
            " ns at the most"
        ),
        new(
            "11-scans-every-vcpu",
            "scans as long as if pvtimer were on",
            "cpu_ns/kthread",
            " ns in the kthread"
        ),
        new(
            "11-padding-ignores-late-scan",
            "timers that miss a whole scan",
            "lateness_ns/max",
            " ns late at the most"
        ),
        new("12-no-fallback-without-timer-cpu", "no interrupt at all", "timers/lost", " lost"),
        new(
            "13-ipi-per-doorbell",
            "an interrupt of the dedicated CPU for each",
            "cpu_ns/interrupt",
            " ns in interrupts"
        ),
        new(
            "14-preemption-timer-from-foreign-cpu",
            "a VMWRITE that fails; counted only",
            "flaws/foreign_vmcs_writes",
            " counted"
        ),
        new(
            "15-advance-is-not-waited-for",
            "an interrupt before its deadline",
            "timers/early",
            " early"
        ),
        new(
            "16-cancel-spins-across-cpus",
            "interrupts off while another CPU is waited for",
            "flaws/cancel_spin_ns",
            " ns"
        ),
        new(
            "17-no-fairness-between-guests",
            "the dedicated CPU has time for nothing else",
            "timer_cpu/busy_ns",
            " ns busy"
        ),
        new("18-deliver-leaves-timer-armed", "a second interrupt", "timers/fired", " fired"),
    ];

    /// <summary>What stands above the ledger's rows.</summary>
    private const string Head = "|---|---|---|---|---|";

    private static string Folder => ScenarioFolder.Repository("config/scenarios/flaws");

    public static TheoryData<string> Files => [.. Rows.Select(row => row.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Flaw_shows_in_its_smallest_scenario_and_is_gone_without_its_switch(string file)
    {
        (string with, string without) = Run(Rows.Single(row => row.File == file));
        Assert.NotEqual(with, without, StringComparer.Ordinal);
    }

    [Fact]
    public void Ledger_says_what_comes_out()
    {
        string path = Path.Combine(Folder, "README.md");
        string[] lines = [.. Rows.Select(LineOf)];
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
            Rows.Select(row => row.File).Order(StringComparer.Ordinal),
            files.Order(StringComparer.Ordinal)
        );
        Assert.All(
            typeof(Model.Timers.Paravirt.PvTimerFlaws)
                .GetProperties()
                .Where(flaw => flaw.PropertyType == typeof(bool)),
            flaw => Assert.Contains(files, file => file[3..] == KebabCase.Of(flaw.Name))
        );
    }

    private static string LineOf(Row row)
    {
        (string with, string without) = Run(row);
        return $"| {row.File[..2]} `{row.File[3..]}` | [scenario]({row.File}.conf) | {row.Seen} | {with}{row.Unit} | {without}{row.Unit} |";
    }

    private static (string With, string Without) Run(Row row)
    {
        string off =
            row.File == "01-worker"
                ? "pvtimer.worker=paced"
                : $"pvtimer.flaws.{row.File[3..]}=false";
        return (Figure(row), Figure(row, off));
    }

    private static string Figure(Row row, params string[] sets)
    {
        Scenario scenario = ScenarioReader.Read(Path.Combine(Folder, row.File + ".conf"), sets);
        ExperimentResult result = Experiment.Run(
            scenario,
            EngineKind.Sequential,
            1,
            static (_, _) => true
        );
        JsonNode? at = SummaryDocument.Of(result.Backends.Single(), scenario);
        foreach (string key in row.Figure.Split('/'))
        {
            at = at![key];
        }
        return at!.GetValueKind() == System.Text.Json.JsonValueKind.Number
            ? ((long)at).ToString("N0", CultureInfo.InvariantCulture).Replace(',', ' ')
            : $"trace {((string)at!)[..8]}";
    }
}
