using System.Collections.Immutable;

namespace PvTimer.Experiments.Validation;

/// <summary>One thing that the series gets wrong, and the smallest scenario that shows it.</summary>
/// <param name="Name">Of its scenario in config/scenarios/flaws: "02-stale-armed-timer".</param>
/// <param name="Seen">What a guest, or who looks at the host, sees of it.</param>
/// <param name="Figure">Where in a back-end's part of summary.json it shows; slashes between the keys.</param>
/// <param name="Unit">Behind the figure.</param>
public sealed record Flaw(string Name, string Seen, string Figure, string Unit)
{
    /// <summary>The number in the list of flaws; of one that the list lacked, a number behind its end.</summary>
    public string Number => Name[..2];

    /// <summary>"stale-armed-timer": its key below `pvtimer.flaws`, but for the worker.</summary>
    public string Key => Name[3..];

    /// <summary>As <see cref="Scenarios.ShippedScenarios"/> has it.</summary>
    public string Scenario => $"{Folder}/{Name}";

    /// <summary>What sets the scenario right.</summary>
    public string Correction =>
        Key == "worker" ? "pvtimer.worker=paced" : $"pvtimer.flaws.{Key}=false";

    private const string Folder = "flaws";

    private const string InKthread = "ns in the kthread";
    private const string EarlyInterrupt = "an interrupt before its deadline";
    private const string NoInterrupt = "no interrupt at all";

    /// <summary>By their numbers.</summary>
    public static ImmutableArray<Flaw> All { get; } =
    [
        new("01-worker", "the dedicated CPU is never idle", "cpu_ns/kthread", InKthread),
        new("02-stale-armed-timer", EarlyInterrupt, "timers/early", "early"),
        new(
            "03-disarm-is-lost",
            "an interrupt of a timer that was disarmed",
            "timers/fired",
            "fired"
        ),
        new("04-msr-value-ignored", NoInterrupt, "timers/lost", "lost"),
        new(
            "05-rdmsr-sees-only-armed",
            "RDMSR returns 0 for a timer that will come",
            "flaws/misread_deadlines",
            "read as 0"
        ),
        new("06-enable-before-validation", "no interrupt, after a #GP", "timers/lost", "lost"),
        new(
            "07-four-byte-alignment",
            "split locks: 400 ns each",
            "flaws/split_locks",
            "split locks"
        ),
        new("08-disable-leaves-timer-armed", EarlyInterrupt, "timers/early", "early"),
        new(
            "09-foreign-address-space",
            "another process's memory; counted only",
            "flaws/foreign_address_space_reads",
            "counted"
        ),
        new(
            "10-lock-held-over-scan",
            "whoever wants kvm_lock waits; counted only",
            "flaws/lock_held_ns",
            "ns at the most"
        ),
        new(
            "11-scans-every-vcpu",
            "scans as long as if pvtimer were on",
            "cpu_ns/kthread",
            InKthread
        ),
        new(
            "11-padding-ignores-late-scan",
            "timers that miss a whole scan",
            "lateness_ns/max",
            "ns late at the most"
        ),
        new("12-no-fallback-without-timer-cpu", NoInterrupt, "timers/lost", "lost"),
        new(
            "13-ipi-per-doorbell",
            "an interrupt of the dedicated CPU for each",
            "cpu_ns/interrupt",
            "ns in interrupts"
        ),
        new(
            "14-preemption-timer-from-foreign-cpu",
            "a VMWRITE that fails; counted only",
            "flaws/foreign_vmcs_writes",
            "counted"
        ),
        new("15-advance-is-not-waited-for", EarlyInterrupt, "timers/early", "early"),
        new(
            "16-cancel-spins-across-cpus",
            "interrupts off while another CPU is waited for",
            "flaws/cancel_spin_ns",
            "ns"
        ),
        new(
            "17-no-fairness-between-guests",
            "timers of all guests are late",
            "lateness_ns/p99",
            "ns late, one in a hundred"
        ),
        new("18-deliver-leaves-timer-armed", "a second interrupt", "timers/fired", "fired"),
    ];
}
