using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads the keys of a VM's TSC: its rate, where it begins, what a migration does to it.</summary>
internal static class VmTscReader
{
    private const string OffsetKey = "tsc-offset";

    /// <summary>A rate of its own; null: that of the host it boots on.</summary>
    public static TscFrequency? Rate(Settings from)
    {
        const string Key = "tsc";
        if (from.Has(Key))
        {
            return from.Frequency(Key, null);
        }
        from.Find(Key);
        return null;
    }

    /// <exception cref="ScenarioException">A replayed guest has its recording's.</exception>
    public static long Offset(Settings from, RecordedGuest? recording)
    {
        if (recording is not null && from.Has(OffsetKey))
        {
            throw from.Error(
                OffsetKey,
                "a replayed guest starts at the trace's first time stamp",
                "no such key"
            );
        }
        return from.Cycles(OffsetKey, 0, least: -Bounds.MostCycles);
    }

    /// <exception cref="ScenarioException">A rate of its own is said, which needs it.</exception>
    public static bool Scaling(Settings from, RecordedGuest? recording)
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

    /// <exception cref="ScenarioException">On a host that a VM boots on, a vCPU's TSC would not be one.</exception>
    public static void RejectOutOfRange(
        ImmutableArray<Settings> sections,
        ImmutableArray<VmSettings> vms,
        HostSettings host,
        ImmutableArray<OtherHostSettings> others,
        int hosts
    )
    {
        TscFrequency RateOf(int index) =>
            others.FirstOrDefault(other => other.Host == index)?.Tsc ?? host.Tsc;

        foreach (
            (VmSettings vm, TscFrequency rate) in MachineDescriptionBuilder
                .InstancesOf(vms, hosts)
                .Select(instance => (instance.Of, instance.Of.Tsc ?? RateOf(instance.Host)))
                .Distinct()
        )
        {
            Settings from = sections[vms.IndexOf(vm)];
            RejectOffset(from, vm, rate, rate.CyclesIn(host.Uptime));
            RejectSkew(from, vm, vm.TscAtStart(rate, host.Uptime));
        }
    }

    /// <exception cref="ScenarioException">The first vCPU's TSC would be below 0, or too large.</exception>
    private static void RejectOffset(Settings from, VmSettings vm, TscFrequency rate, long hostTsc)
    {
        if (vm.Guest is TraceGuest)
        {
            return;
        }
        Int128 atStart = (Int128)hostTsc + vm.TscOffset;
        string clock = $"at {Units.Write(rate)} the guest's TSC would begin";
        if (atStart < 0)
        {
            throw from.Error(
                OffsetKey,
                Text($"{clock} {-atStart} cycles below 0"),
                Text($"at least -{hostTsc}cycles, or a longer host.uptime")
            );
        }
        if (atStart > Bounds.MostCycles)
        {
            throw from.Error(
                OffsetKey,
                Text($"{clock} at {atStart} cycles, with the host's uptime"),
                Text($"at most {Bounds.MostCycles - hostTsc}cycles")
            );
        }
    }

    /// <exception cref="ScenarioException">The last vCPU's TSC would not be one.</exception>
    private static void RejectSkew(Settings from, VmSettings vm, TscTicks atStart)
    {
        Int128 last = (Int128)atStart.Value + ((Int128)vm.TscSkew * (vm.Vcpus - 1));
        if (last < 0 || last > ulong.MaxValue)
        {
            throw from.Error(
                "tsc-skew",
                Text($"the TSC of vCPU {vm.Vcpus - 1} would begin at {last}"),
                "a skew that leaves every TSC between 0 and 2^64, or a longer host.uptime"
            );
        }
    }

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
