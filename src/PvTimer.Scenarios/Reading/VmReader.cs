using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Apic;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Model.Topology;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>vms = [ ... ]</c>: who runs, how many, and where.</summary>
internal static class VmReader
{
    private const int MostVcpus = 4_096;
    private static readonly VirtualDuration LongestBusCycle = VirtualDuration.FromMicroseconds(1);

    private static readonly VirtualDuration ShortestBandwidth = VirtualDuration.FromMilliseconds(1);
    private const string ClockEventKey = "clock-event";
    private const string PinForms = "pin = spread, pack, or a list of one cpu per vCPU";

    public static ImmutableArray<VmSettings> ReadAll(
        Settings from,
        HostSettings host,
        ImmutableArray<OtherHostSettings> others,
        int hosts,
        ReadingContext context
    )
    {
        List<VmSettings> vms = [];
        ImmutableArray<Settings> sections = [.. from.Sections("vms")];
        foreach (Settings section in sections)
        {
            VmSettings vm = Read(section, host, hosts, context);
            if (vms.Any(other => other.Name == vm.Name))
            {
                throw section.Error(
                    "name",
                    $"'{vm.Name}' is the name of another VM",
                    "a name of its own"
                );
            }
            if (vm.Backend is { } own)
            {
                BackendReader.RejectUnpriced(
                    section,
                    own,
                    [host.Costs, .. others.Select(other => other.Costs)]
                );
            }
            vms.Add(vm);
        }
        if (vms.Count == 0)
        {
            throw from.Missing("vms", "vms = [ { name, vcpus, guest { type = ... } }, ... ]");
        }
        VmTscReader.RejectOutOfRange(sections, [.. vms], host, others, hosts);
        return [.. vms];
    }

    /// <summary>What a back-end is without APICv is said; one that needs it is refused.</summary>
    /// <exception cref="ScenarioException">A VM has no APICv, and a back-end needs it.</exception>
    public static void CheckApicv(
        Settings from,
        ImmutableArray<VmSettings> vms,
        ImmutableArray<TimerBackend> backends,
        ReadingContext context
    )
    {
        foreach ((VmSettings vm, Settings section) in vms.Zip(from.Sections("vms")))
        {
            if (vm.HasApicv)
            {
                continue;
            }
            foreach (TimerBackend backend in vm.Backend is { } own ? [own] : backends)
            {
                if (backend.NeedsApicvFor is { } purpose)
                {
                    throw section.Error(
                        "apicv",
                        $"back-end {backend} needs APICv: {purpose}",
                        $"on, or backends without {backend}"
                    );
                }
                if (backend.WithoutApicv is { } remark)
                {
                    context.Warnings.Add($"{backend} without APICv, VM {vm.Name}: {remark}");
                }
            }
        }
    }

    private static VmSettings Read(
        Settings from,
        HostSettings host,
        int hosts,
        ReadingContext context
    )
    {
        string name = from.Name("name", NameRule.Vm);
        int count = from.Whole("count", 1, MostVcpus, 1);
        TscFrequency? tsc = VmTscReader.Rate(from);
        Settings guestSection = from.Section("guest");
        (GuestDescription guest, string? trace, TraceChoice choice) = GuestReader.Read(
            guestSection,
            tsc,
            context
        );
        GuestIdle idle = from.Choice<GuestIdle>(
            "idle",
            guest.Idle,
            ("halt", GuestIdle.Halt),
            ("poll", GuestIdle.Poll)
        );
        RecordedGuest? recording = (guest as TraceGuest)?.Recording;
        int vcpus = Vcpus(from, recording);
        (PinPolicy pin, ImmutableArray<int> list) = Pin(from, host, vcpus);
        VmSettings vm = new(
            name,
            count,
            vcpus,
            pin,
            list,
            recording?.Frequency ?? tsc,
            VmTscReader.Offset(from, recording),
            from.Span("move-every", VirtualDuration.Zero, VirtualDuration.Zero),
            from.Has("host") ? from.Whole("host", 0, hosts - 1, 0) : NoHost(from),
            guest with
            {
                Idle = idle,
            },
            trace
        )
        {
            Backend = BackendReader.ReadOwn(from),
            TraceChoice = choice,
            ClockEvent = from.Choice<ClockEvent>(
                ClockEventKey,
                ClockEvent.Lapic,
                ("lapic", ClockEvent.Lapic),
                ("hyperv-stimer", ClockEvent.HypervStimer),
                ("hyperv-stimer-direct", ClockEvent.HypervStimerDirect)
            ),
            RestoreOrder = RestoreOrderOf(from),
            ApicBusCycle = from.Span(
                "apic-bus-cycle",
                Lapic.UsualBusCycle,
                LongestBusCycle,
                Lapic.UsualBusCycle
            ),
            TscSkew = from.Cycles("tsc-skew", 0, least: -Bounds.MostCycles),
            TscScaling = VmTscReader.Scaling(from, recording),
            Bandwidth = Bandwidth(from),
            Weight = from.Whole("cpu-weight", 1, CpuWeight.Most, CpuWeight.Usual),
            HasApicv = from.Choice<bool>("apicv", true, ("on", true), ("off", false)),
            HltExits = from.Flag("hlt-exits", true),
            HasMwait = from.Choice<bool>("mwait", false, ("hidden", false), ("exposed", true)),
            GuestHaltPolling = GuestHaltPollingReader.Read(from, guest, idle),
        };
        CheckCount(guestSection, vm, context);
        RejectFullDynticks(guestSection, vm);
        RejectNoLapicTimer(from, vm);
        from.RejectUnknown();
        return vm;
    }

    /// <exception cref="ScenarioException">Its recording has another number.</exception>
    private static int Vcpus(Settings from, RecordedGuest? recording)
    {
        int vcpus = from.Whole("vcpus", 1, MostVcpus, recording?.Vcpus.Length ?? 1);
        return recording is null || recording.Vcpus.Length == vcpus
            ? vcpus
            : throw from.Error(
                "vcpus",
                Text($"the trace has {recording.Vcpus.Length} vCPUs, not {vcpus}"),
                Text($"vcpus = {recording.Vcpus.Length}")
            );
    }

    /// <summary>As control groups have them: a quota of 1 ms at least, a period of 1 ms to 1 s.</summary>
    /// <exception cref="ScenarioException">More than a period, or less than Linux accepts.</exception>
    private static CpuBandwidth? Bandwidth(Settings from)
    {
        VirtualDuration period = from.Span(
            "cpu-period",
            ShortestBandwidth,
            VirtualDuration.FromSeconds(1),
            CpuBandwidth.UsualPeriod
        );
        VirtualDuration quota = from.Span(
            "cpu-quota",
            VirtualDuration.Zero,
            VirtualDuration.FromSeconds(1),
            VirtualDuration.Zero
        );
        if (quota == VirtualDuration.Zero)
        {
            return null;
        }
        return quota >= ShortestBandwidth && quota <= period
            ? new CpuBandwidth(quota, period)
            : throw from.Error(
                "cpu-quota",
                $"{Units.Write(quota)} in a period of {Units.Write(period)}",
                $"0ns (none), or 1ms to {Units.Write(period)}"
            );
    }

    /// <summary>A period that KVM does not keep is said.</summary>
    /// <exception cref="ScenarioException">The counter of 32 bits does not hold the guest's period.</exception>
    private static void CheckCount(Settings guest, VmSettings vm, ReadingContext context)
    {
        if (vm.Guest is not LapicTimerGuest lapic)
        {
            return;
        }
        VirtualDuration longest = vm.ApicBusCycle * uint.MaxValue;
        if (lapic.Period > longest || lapic.Period < vm.ApicBusCycle)
        {
            throw guest.Error(
                "period",
                "the LAPIC's counter of 32 bits cannot hold it",
                $"{Units.Write(vm.ApicBusCycle)} to {Units.Write(longest)}, or another apic-bus-cycle"
            );
        }
        if (lapic.IsPeriodic && lapic.Period < Lapic.MinimumPeriod)
        {
            context.Warnings.Add(
                $"VM {vm.Name}: KVM has a periodic LAPIC timer of {Units.Write(lapic.Period)} fire each {Units.Write(Lapic.MinimumPeriod)} (min_timer_period_us)"
            );
        }
    }

    /// <exception cref="ScenarioException">It has synthetic timers, and something that is for LAPICs' timers.</exception>
    private static void RejectNoLapicTimer(Settings from, VmSettings vm)
    {
        if (vm.ClockEvent == ClockEvent.Lapic)
        {
            return;
        }
        if (vm.Backend is { } own)
        {
            throw from.Error(
                "backend",
                $"'{own}' is for LAPICs' timers, and this VM has clock-event = {KebabCase.Of($"{vm.ClockEvent}")}",
                "one of the two keys"
            );
        }
        ImmutableArray<GuestDescription> guests = vm.Guest is MixGuest mix
            ? mix.Guests
            : [vm.Guest];
        if (guests.Any(guest => guest is LapicTimerGuest or TscDeadlineGuest))
        {
            throw from.Error(
                ClockEventKey,
                "guests of type lapic-timer and tscdeadline write their LAPICs' own registers",
                "lapic, or another guest"
            );
        }
    }

    /// <exception cref="ScenarioException">A guest's only vCPU is the one that keeps time.</exception>
    private static void RejectFullDynticks(Settings guest, VmSettings vm)
    {
        if (vm.Vcpus == 1 && vm.Guest is TickGuest { NoHz: NoHz.Full })
        {
            throw guest.Error(
                "no-hz",
                "'full' stops the tick on none of one vCPU: vCPU 0 keeps time",
                "off or idle, or vcpus = 2 or more"
            );
        }
    }

    private static int? NoHost(Settings from)
    {
        from.Find("host");
        return null;
    }

    private static (PinPolicy Policy, ImmutableArray<int> List) Pin(
        Settings from,
        HostSettings host,
        int vcpus
    )
    {
        const string Key = "pin";
        if (from.Find(Key) is not SourceList)
        {
            PinPolicy policy = from.Choice<PinPolicy>(
                Key,
                PinPolicy.Spread,
                ("spread", PinPolicy.Spread),
                ("pack", PinPolicy.Pack)
            );
            return (policy, []);
        }
        List<int> cpus = [];
        foreach (SourceText word in from.Words(Key))
        {
            bool number = int.TryParse(word.Value, CultureInfo.InvariantCulture, out int cpu);
            if (!number || cpu < 0 || cpu >= host.Cpus)
            {
                throw new ScenarioException(
                    word.At,
                    word.Path,
                    $"there is no cpu {word.Value}",
                    Text($"a cpu from 0 to {host.Cpus - 1}")
                );
            }
            RejectTimerCpu(host, cpu, word.At, word.Path);
            cpus.Add(cpu);
        }
        return cpus.Count == vcpus
            ? (PinPolicy.Listed, [.. cpus])
            : throw from.Error(Key, Text($"{cpus.Count} cpus for {vcpus} vCPUs"), PinForms);
    }

    /// <exception cref="ScenarioException">It is the timer CPU, and that is not shared.</exception>
    public static void RejectTimerCpu(HostSettings host, int cpu, SourcePosition at, string path)
    {
        if (!host.TakesVcpus(cpu))
        {
            throw new ScenarioException(
                at,
                path,
                Text($"cpu {cpu} is the timer cpu"),
                "another cpu, or host.timer-cpu-shared = true"
            );
        }
    }

    private static ImmutableArray<RestoreStep> RestoreOrderOf(Settings from)
    {
        const string Key = "restore-order";
        if (!from.Has(Key))
        {
            return RestoreOrder.Default;
        }
        ImmutableArray<SourceText> words = [.. from.Words(Key)];
        ImmutableArray<RestoreStep> steps =
        [
            .. RestoreOrder.Default.OrderBy(step =>
                words.Select(word => word.Value).ToList().IndexOf(KebabCase.Of($"{step}"))
            ),
        ];
        bool isAll =
            words.Length == steps.Length
            && steps.All(step => words.Any(word => word.Value == KebabCase.Of($"{step}")));
        return isAll
            ? steps
            : throw from.Error(
                Key,
                $"'{string.Join(", ", words.Select(word => word.Value))}' is no order of the three steps",
                "lapic, tsc and msrs in any order, such as [lapic, tsc, msrs]"
            );
    }

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
