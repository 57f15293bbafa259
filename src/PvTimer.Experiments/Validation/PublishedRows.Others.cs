namespace PvTimer.Experiments.Validation;

/// <content>Rows that are covered in part or not at all, and pvtimer's own closed forms.</content>
public static partial class PublishedRows
{
    /// <summary>What rows with timer advance assume.</summary>
    private const string AdvanceRemark = "The advance is self-tuning, which is KVM's default.";

    private const string PvTimerBackend = "pvtimer";

    private static PublishedRow Passthrough()
    {
        const string Lacks =
            "memcached (neither a request's computation nor its timers were published), and what passthrough adds to every exit";
        return new PublishedRow(
            8,
            "memcached, Xeon 8260, 8 vCPUs, idle=poll",
            "preemption-timer -> passthrough",
            "ByteDance's timer passthrough (RFC of 2020)",
            [
                Uncovered("change of operations", "+25 %", Lacks),
                Uncovered("change of the mean latency", "-20 %", Lacks),
            ]
        );
    }

    private static PublishedRow ProductionMix()
    {
        const string Lacks =
            "what that guest did: IPIs and device interrupts beside timers are a scenario's input here, no outcome";
        return new PublishedRow(
            9,
            "a production VM on isolated CPUs",
            "hrtimer",
            "published perf kvm stat table and trace",
            [
                Uncovered("TSC_DEADLINE of all MSR_WRITE", "62.5 %", Lacks),
                Uncovered("vector 236 of all EXTERNAL_INTERRUPT", "93 %", Lacks),
            ]
        );
    }

    private static PublishedRow HaltPolling()
    {
        const string Idle = "10-idle-250hz";
        ValidationRunKey adaptive = Run(Idle, Hrtimer);
        ValidationRunKey never = Run(Idle, Hrtimer, "host.halt-poll=0ns");
        return new PublishedRow(
            10,
            "TCP_RR; an idle guest with a tick of 250 Hz",
            "no halt polling; adaptive; always",
            "Linux aca6ff29",
            [
                Figure(
                    "CPU share of the idle guest, no polling",
                    1.1,
                    Percent,
                    Measurement.Plain(never, static run => run.BusyShare)
                ),
                Figure(
                    "CPU share of the idle guest, adaptive by none",
                    1.2 / 1.1,
                    "",
                    Measurement.Ratio(never, adaptive, static run => run.BusyShare)
                ),
                Uncovered(
                    "CPU share of the idle guest, always",
                    "4.6 to 14 %",
                    "a polling window that does not adapt, KVM's before that commit"
                ),
                Uncovered(
                    "TCP_RR round trip, no polling and always",
                    "34; 27 us",
                    "a network, and guests that wait for each other"
                ),
            ]
        )
        {
            Remark =
                "Its processor was not published: skylake stands for it. The published share holds all that kept the CPU out of C-states, the host's own work too.",
        };
    }

    private static PublishedRow GuestPolling() =>
        new(
            11,
            "contextswitch benchmark",
            "no guest polling -> 20 us",
            "x86/idle: guest poll, August 2017",
            [
                Uncovered(
                    "time per switch",
                    "2 493; 1 391 ns",
                    "guests whose threads wake each other on other vCPUs"
                ),
            ]
        );

    private static PublishedRow RcuWait() =>
        new(
            12,
            "kvm-unit-tests tscdeadline_latency, halting",
            "swait -> rcuwait",
            "KVM: rcuwait for the vCPU's wait queue",
            [
                Uncovered(
                    "change of the mean",
                    "-15 to -20 %",
                    "the parts of a wake-up: a cost profile has one cost for all of it"
                ),
            ]
        );

    private static PublishedRow IpiVirtualization() =>
        new(
            13,
            "kvm-unit-tests vmexit ipi, x2APIC",
            "no IPI virtualization -> IPI virtualization",
            "IPI virtualization series for KVM",
            [
                Uncovered(
                    "one IPI",
                    "4 338; 3 645 cycles",
                    "IPI virtualization, and guests that wait for each other's memory"
                ),
            ]
        );

    private static PublishedRow SyntheticTimer() =>
        new(
            14,
            "Hyper-V synthetic timer",
            "message -> direct mode",
            "Linux 8644f771",
            [
                Uncovered(
                    "cycles per expiry",
                    "1 500; 350 cycles",
                    "what sending takes, but as these very figures: nothing independent is left"
                ),
            ]
        );

    private static PublishedRow UnpinnedTimer() =>
        new(
            15,
            "nohz_full, hrtimer not pinned, no posted interrupts",
            "hrtimer",
            "Linux 61abdbe0",
            [
                Uncovered(
                    "longest lateness",
                    "milliseconds",
                    "an expiry on another CPU that waits for the vCPU's next exit, KVM's defect before that commit: here it is posted"
                ),
            ]
        );

    private static PublishedRow Paratick() =>
        new(
            16,
            "guests with a periodic tick",
            "hrtimer -> paratick",
            "Paratick, ICPP 2021",
            [
                Uncovered(
                    "change of exits",
                    "up to -80 %",
                    "the paper's guests, of which its abstract has only the best; of one that only ticks: pvtimer backends config/scenarios/tick-1khz.conf"
                ),
            ]
        );

    private static PublishedRow ClosedForms() =>
        new(
            17,
            "pvtimer: deadlines a distance d ahead, scans each T = 250 us, padding p = 10 us, costs of nothing",
            "pvtimer (variant fixed)",
            "closed form: P(exit) = 1 if d < p, 1 - d/T if p <= d < T, 0 if d >= T",
            [
                Locked(200, 1.0 / 5),
                Locked(125, 1.0 / 2),
                Locked(250, 0),
                Locked(300, 0),
                Scattered("4us", "6us", 1) with
                {
                    Tolerance = Tolerance.Exact,
                },
                Scattered("45us", "55us", 0.8),
                Scattered("90us", "110us", 0.6),
                Scattered("180us", "220us", 0.2),
                Scattered("250us", "350us", 0) with
                {
                    Tolerance = Tolerance.Exact,
                },
            ]
        );

    /// <summary>Deadlines on a grid that is locked to the scans.</summary>
    private static PublishedFigure Locked(int microseconds, double exits)
    {
        string period = $"vms.0.guest.period={microseconds}us";
        return Figure(
            $"exits per timer, period {microseconds} us",
            exits,
            "",
            Measurement.FurtherExits(
                Run("17-periodic", PvTimerBackend, period),
                Run("17-periodic", PvTimerBackend, period, "duration=2s")
            )
        ) with
        {
            Tolerance = Tolerance.Exact,
        };
    }

    /// <summary>Deadlines in any phase, at distances around a mean, over which the formula is linear.</summary>
    private static PublishedFigure Scattered(string shortest, string longest, double exits) =>
        Figure(
            $"exits per timer, {shortest} to {longest} ahead",
            exits,
            "",
            Measurement.Plain(
                Run(
                    "17-uniform",
                    PvTimerBackend,
                    $"vms.0.guest.shortest={shortest}",
                    $"vms.0.guest.longest={longest}"
                ),
                static run => run.ProgrammingExits
            )
        ) with
        {
            Tolerance = new Tolerance(ToleranceKind.Share, 0.01),
        };
}
