using System;
using System.Collections.Immutable;
using PvTimer.Model.Vmx;

namespace PvTimer.Experiments.Validation;

/// <summary>
/// The published figures that the emulator is held against. A row has no constants of its own: its costs are a shipped
/// profile's, its guest is what the publication says of the workload.
/// </summary>
public static partial class PublishedRows
{
    private const string Hrtimer = "hrtimer";
    private const string Preemption = "preemption-timer";
    private const string Fastpath = "fastpath";
    private const string PiInject = "pi-inject";
    private const string ApicTimer = "apicv-timer";
    private const string Cycles = "cycles";
    private const string Percent = "%";
    private const string Busy = "vms.0.idle=poll";
    private const string Advance = "host.timer-advance=auto";
    private const string Fastpaths = "Linux 26efe2fd";

    private const string Latency = "04-tscdeadline-latency";

    /// <summary>By their numbers, from 1.</summary>
    public static ImmutableArray<PublishedRow> All { get; } =
    [
        RedisLike(),
        TscDeadlineImmed(),
        TscDeadline(),
        TscDeadlineLatency(),
        HvTimer(),
        Cyclictest(),
        ApicTimerVirtualization(),
        Passthrough(),
        ProductionMix(),
        HaltPolling(),
        GuestPolling(),
        RcuWait(),
        IpiVirtualization(),
        SyntheticTimer(),
        UnpinnedTimer(),
        Paratick(),
        ClosedForms(),
    ];

    private static ValidationRunKey Run(string name, string backend, params string[] sets) =>
        new($"validation/{name}", backend, [.. sets]);

    private static PublishedFigure Figure(
        string what,
        double value,
        string unit,
        Measurement measured
    ) => new(what, value, unit) { Measured = measured };

    /// <summary>A change in per cent, within so many points.</summary>
    private static PublishedFigure Change(string what, double value, Measurement measured) =>
        Figure(what, value, Percent, measured) with
        {
            Tolerance = Tolerance.UsualChange,
        };

    private static PublishedFigure Uncovered(string what, string published, string lacks) =>
        new(what, null, "") { Text = published, Lacks = lacks };

    private static PublishedRow RedisLike()
    {
        ValidationRunKey before = Run("01-redis-like", Hrtimer);
        ValidationRunKey after = Run("01-redis-like", PiInject);
        static double? Share(ValidationRun run) => run.ShareOf(VmExitReason.ExternalInterrupt);
        return new PublishedRow(
            1,
            "redis-server, one vCPU per pCPU, nohz_full, HLT in the guest",
            "hrtimer -> pi-inject",
            "Linux 0c5f81da",
            [
                Figure(
                    "EXTERNAL_INTERRUPT of all exits, hrtimer",
                    49.43,
                    Percent,
                    Measurement.Plain(before, Share)
                ),
                Figure(
                    "EXTERNAL_INTERRUPT of all exits, pi-inject",
                    9.29,
                    Percent,
                    Measurement.Plain(after, Share)
                ),
                Figure(
                    "EXTERNAL_INTERRUPT exits, pi-inject by hrtimer",
                    0.160,
                    "",
                    Measurement.Ratio(
                        before,
                        after,
                        static run => run.CountOf(VmExitReason.ExternalInterrupt)
                    )
                ),
                Figure(
                    "mean EXTERNAL_INTERRUPT, hrtimer",
                    0.71,
                    "us",
                    Measurement.Plain(
                        before,
                        static run => run.MeanOf(VmExitReason.ExternalInterrupt)
                    )
                ) with
                {
                    FittedBy = "external-interrupt-handler",
                },
                Uncovered(
                    "mean EXTERNAL_INTERRUPT, pi-inject",
                    "0.72 us",
                    "interrupts of anything but timers: no such exit is left"
                ),
            ]
        )
        {
            Remark =
                "6 871 of the publication's 42 916 exits stayed: interrupts of devices and of the host, of which this one has none. "
                + "Its timers were not published; a tick of 1 kHz stands for them.",
        };
    }

    private static PublishedRow TscDeadlineImmed()
    {
        ValidationRunKey before = Run("02-tscdeadline-immed", Preemption);
        ValidationRunKey after = Run("02-tscdeadline-immed", Fastpath);
        static double? Loop(ValidationRun run) => run.CyclesPerTimer;
        return new PublishedRow(
            2,
            "kvm-unit-tests tscdeadline_immed, Skylake-SP",
            "preemption-timer -> fastpath",
            Fastpaths,
            [
                Figure(
                    "one round, preemption-timer",
                    3028.5,
                    Cycles,
                    Measurement.Plain(before, Loop)
                ),
                Figure("one round, fastpath", 2494.75, Cycles, Measurement.Plain(after, Loop)) with
                {
                    FittedBy = "fast-msr-write-handler",
                },
                Change(
                    "change by the fastpaths",
                    -17.6,
                    Measurement.Change(before, after, Loop)
                ) with
                {
                    FittedBy = "fast-msr-write-handler",
                },
            ]
        )
        {
            Remark =
                "fast-msr-write-handler is msr-write-handler less the published difference, so only the first figure is independent.",
        };
    }

    private static PublishedRow TscDeadline()
    {
        static PublishedFigure Round(string backend, double published, params string[] sets) =>
            Figure(
                $"one round, {backend}{(sets is [] ? "" : ", timer advance")}",
                published,
                Cycles,
                Measurement.Plain(
                    Run("03-tscdeadline", backend, sets),
                    static run => run.CyclesPerTimer
                )
            );
        return new PublishedRow(
            3,
            "kvm-unit-tests tscdeadline (now + 3 000 cycles), Skylake-SP",
            "preemption-timer -> fastpath",
            Fastpaths,
            [
                Round(Preemption, 5765.7),
                Round(Fastpath, 5285),
                Round(Preemption, 4663.75, Advance),
                Round(Fastpath, 4537, Advance),
            ]
        )
        {
            Remark = AdvanceRemark,
        };
    }

    private static PublishedRow TscDeadlineLatency()
    {
        static PublishedFigure Mean(
            string what,
            double published,
            string backend,
            params string[] sets
        ) =>
            Figure(
                what,
                published,
                Cycles,
                Measurement.Plain(Run(Latency, backend, sets), static run => run.MeanLatenessCycles)
            );
        return new PublishedRow(
            4,
            "kvm-unit-tests tscdeadline_latency, Skylake",
            "hrtimer; preemption-timer; the same with timer advance",
            "Linux 3b8a5df6",
            [
                Mean("mean, hrtimer, halting as the test does", 5700, Hrtimer),
                Mean("mean, preemption-timer, busy guest", 2600, Preemption, Busy),
                Mean(
                    "mean, preemption-timer, busy guest, timer advance",
                    1200,
                    Preemption,
                    Busy,
                    Advance
                ),
            ]
        )
        {
            Remark =
                "4a lies between what is emulated with KVM's halt polling, as here, and without (host.halt-poll=0ns); "
                + $"what that host did was not published. {AdvanceRemark}",
        };
    }

    private static PublishedRow HvTimer()
    {
        static PublishedFigure Mean(string what, double published, params string[] sets) =>
            Change(
                what,
                published,
                Measurement.Change(
                    Run(Latency, Hrtimer, sets),
                    Run(Latency, Preemption, sets),
                    static run => run.MeanLatenessCycles
                )
            );
        return new PublishedRow(
            5,
            "kvm-unit-tests tscdeadline_latency, processor not named",
            "hrtimer -> preemption-timer",
            "Linux ce7a058a",
            [
                Mean("change of the mean, halting guest", 0.6) with
                {
                    Tolerance = new Tolerance(ToleranceKind.Points, 1),
                },
                Mean("change of the mean, busy guest", -25, Busy),
            ]
        )
        {
            Remark =
                "Published: +20 of about 3 200 cycles, and -800. The profile skylake stands for the processor.",
        };
    }

    private static PublishedRow Cyclictest() =>
        new(
            6,
            "cyclictest, guest without MWAIT, Skylake-SP",
            "preemption-timer -> fastpath, timer advance",
            Fastpaths,
            [
                Figure(
                    "change of the mean by the fastpaths",
                    -938.5,
                    "ns",
                    Measurement.Difference(
                        Run("06-cyclictest", Preemption),
                        Run("06-cyclictest", Fastpath),
                        static run => run.MeanLateness
                    )
                ),
                Uncovered(
                    "mean, preemption-timer and fastpath",
                    "5 540; 4 602 ns",
                    "what a guest's kernel does from the interrupt to cyclictest's thread, where that ends its measurement"
                ),
            ]
        )
        {
            Remark =
                "A guest that executes HLT has an hrtimer while it is halted, and no exit that could be faster. How it idled, and its interval, were not published.",
        };

    private static PublishedRow ApicTimerVirtualization()
    {
        static PublishedFigure Of(
            string what,
            double published,
            Func<ValidationRun, double?> value,
            params string[] sets
        ) =>
            Change(
                what,
                published,
                Measurement.Change(
                    Run("07-apic-timer", Fastpath, sets),
                    Run("07-apic-timer", ApicTimer, sets),
                    value
                )
            );
        static double? Least(ValidationRun run) => run.LeastLatenessCycles;
        static double? Mean(ValidationRun run) => run.MeanLatenessCycles;
        return new PublishedRow(
            7,
            "KVM selftest timer_latency, a host of 256 CPUs",
            "hv timer (fastpath, timer advance) -> apicv-timer",
            "VMX APIC-timer virtualization v2, 5 March 2026",
            [
                Of("change of the minimum, busy guest", -63, Least, Busy),
                Of("change of the mean, busy guest", -61, Mean, Busy),
                Of("change of the minimum, halting guest", -49, Least),
                Of("change of the mean, halting guest", -24, Mean),
            ]
        )
        {
            Remark =
                "Its processor is none of the profiles': skylake stands for it. Timer advance is on by default in Linux of that time. "
                + AdvanceRemark,
        };
    }
}
