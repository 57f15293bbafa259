using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Apic;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>vms = [ ... ]</c>: who runs, how many, and where.</summary>
internal static class VmReader
{
    private const int MostVcpus = 4_096;
    private static readonly VirtualDuration LongestBusCycle = VirtualDuration.FromMicroseconds(1);

    private static readonly VirtualDuration ShortestBandwidth = VirtualDuration.FromMilliseconds(1);
    private const string PinForms = "pin = spread, pack, or a list of one cpu per vCPU";

    public static ImmutableArray<VmSettings> ReadAll(
        Settings from,
        HostSettings host,
        int hosts,
        ReadingContext context
    )
    {
        List<VmSettings> vms = [];
        foreach (Settings section in from.Sections("vms"))
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
            vms.Add(vm);
        }
        return vms.Count > 0
            ? [.. vms]
            : throw from.Missing("vms", "vms = [ { name, vcpus, guest { type = ... } }, ... ]");
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
        TscFrequency tsc = from.Frequency("tsc", host.Tsc);
        Settings guestSection = from.Section("guest");
        (GuestDescription guest, string? trace, TraceChoice choice) = GuestReader.Read(
            guestSection,
            from.Has("tsc") ? tsc : null,
            context
        );
        GuestIdle idle = from.Choice<GuestIdle>(
            "idle",
            guest.Idle,
            ("halt", GuestIdle.Halt),
            ("poll", GuestIdle.Poll)
        );
        RecordedGuest? recording = (guest as TraceGuest)?.Recording;
        int vcpus = from.Whole("vcpus", 1, MostVcpus, recording?.Vcpus.Length ?? 1);
        if (recording is not null && recording.Vcpus.Length != vcpus)
        {
            throw from.Error(
                "vcpus",
                Text($"the trace has {recording.Vcpus.Length} vCPUs, not {vcpus}"),
                Text($"vcpus = {recording.Vcpus.Length}")
            );
        }
        (PinPolicy pin, ImmutableArray<int> list) = Pin(from, host, vcpus);
        VmSettings vm = new(
            name,
            count,
            vcpus,
            pin,
            list,
            recording?.Frequency ?? tsc,
            TscAtStart(from, host, tsc, recording),
            from.Span("move-every", VirtualDuration.Zero, VirtualDuration.Zero),
            from.Has("host") ? from.Whole("host", 0, hosts - 1, 0) : NoHost(from),
            guest with
            {
                Idle = idle,
            },
            trace
        )
        {
            TraceChoice = choice,
            RestoreOrder = RestoreOrderOf(from),
            ApicBusCycle = from.Span(
                "apic-bus-cycle",
                Lapic.UsualBusCycle,
                LongestBusCycle,
                Lapic.UsualBusCycle
            ),
            TscSkew = from.Cycles("tsc-skew", 0, least: -Bounds.MostCycles),
            TscScaling = TscScaling(from, recording),
            Bandwidth = Bandwidth(from),
        };
        RejectLongCount(guestSection, vm);
        RejectSkew(from, vm);
        from.RejectUnknown();
        return vm;
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

    /// <exception cref="ScenarioException">A rate of its own is said, which needs it.</exception>
    private static bool TscScaling(Settings from, RecordedGuest? recording)
    {
        bool scales = from.Flag("tsc-scaling", true);
        return scales || (recording is null && !from.Has("tsc"))
            ? scales
            : throw from.Error(
                "tsc-scaling",
                "a guest whose TSC has a rate of its own needs it",
                "true, or no key tsc and no recording"
            );
    }

    /// <exception cref="ScenarioException">The counter of 32 bits does not hold the guest's period.</exception>
    private static void RejectLongCount(Settings guest, VmSettings vm)
    {
        VirtualDuration longest = vm.ApicBusCycle * uint.MaxValue;
        if (
            vm.Guest is LapicTimerGuest lapic
            && (lapic.Period > longest || lapic.Period < vm.ApicBusCycle)
        )
        {
            throw guest.Error(
                "period",
                "the LAPIC's counter of 32 bits cannot hold it",
                $"{Units.Write(vm.ApicBusCycle)} to {Units.Write(longest)}, or another apic-bus-cycle"
            );
        }
    }

    /// <exception cref="ScenarioException">A vCPU's TSC would not be one.</exception>
    private static void RejectSkew(Settings from, VmSettings vm)
    {
        Int128 last = (Int128)vm.TscAtStart.Value + ((Int128)vm.TscSkew * (vm.Vcpus - 1));
        if (last < 0 || last > ulong.MaxValue)
        {
            throw from.Error(
                "tsc-skew",
                Text($"the TSC of vCPU {vm.Vcpus - 1} would begin at {last}"),
                "a skew that leaves every TSC between 0 and 2^64, or a longer host.uptime"
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

    /// <summary>
    /// The host's TSC when the run begins, which its uptime gives, and the offset: negative as KVM has it, as long as
    /// the guest's TSC is not. A replayed guest starts at its recording's first time stamp.
    /// </summary>
    private static TscTicks TscAtStart(
        Settings from,
        HostSettings host,
        TscFrequency tsc,
        RecordedGuest? recording
    )
    {
        const string Key = "tsc-offset";
        if (recording is not null && from.Has(Key))
        {
            throw from.Error(
                Key,
                "a replayed guest starts at the trace's first time stamp",
                "no such key"
            );
        }
        if (recording is not null)
        {
            return recording.Start;
        }
        long offset = from.Cycles(Key, 0, least: -Bounds.MostCycles);
        ulong hosts = (ulong)tsc.CyclesIn(host.Uptime);
        if (offset < 0 && hosts < (ulong)-offset)
        {
            throw from.Error(
                Key,
                Text($"the guest's TSC would begin {(ulong)-offset - hosts} cycles below 0"),
                Text($"at least -{hosts}cycles, or a longer host.uptime")
            );
        }
        ulong atStart = offset < 0 ? hosts - (ulong)-offset : hosts + (ulong)offset;
        return atStart <= Bounds.MostCycles
            ? new TscTicks(atStart)
            : throw from.Error(
                Key,
                Text($"with the host's uptime the guest's TSC would begin at {atStart} cycles"),
                Text($"at most {Bounds.MostCycles - (long)hosts}cycles")
            );
    }

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
