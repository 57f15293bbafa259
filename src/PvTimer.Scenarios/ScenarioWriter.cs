using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios.Costs;
using PvTimer.Scenarios.Reading;

namespace PvTimer.Scenarios;

/// <summary>
/// Writes a resolved scenario as HOCON: every default said, the cost profile in full, traces by absolute
/// path. Reading it again, from anywhere, gives the same scenario.
/// </summary>
public static class ScenarioWriter
{
    public static string Write(Scenario scenario)
    {
        StringBuilder text = new();
        text.Append("scenario {\n");
        Line(text, 1, "name", Quoted(scenario.Name));
        if (scenario.Question is { } question)
        {
            Line(text, 1, "question", Quoted(question));
        }
        Line(text, 1, "seed", Text($"{scenario.Seed}"));
        Line(text, 1, "duration", Units.Write(scenario.Duration));
        Line(
            text,
            1,
            "backends",
            $"[{string.Join(", ", scenario.Backends.Select(backend => backend.Name))}]"
        );
        Line(text, 1, "hosts", Text($"{scenario.Hosts}"));
        WriteHost(text, scenario);
        WriteOtherHosts(text, scenario.OtherHosts);
        WritePvTimer(text, scenario.PvTimer);
        text.Append("  vms = [\n");
        foreach (VmSettings vm in scenario.Vms)
        {
            WriteVm(text, vm);
        }
        text.Append("  ]\n");
        WriteNetwork(text, scenario);
        WriteEvents(text, scenario);
        WritePlacement(text, scenario.Placement);
        if (!scenario.IsLazy)
        {
            text.Append("  engine {\n");
            Line(text, 2, "lazy", "false");
            text.Append("  }\n");
        }
        WriteSweep(text, scenario.Sweep);
        text.Append("  thresholds {\n");
        foreach (Threshold threshold in scenario.Thresholds)
        {
            Line(text, 2, Quoted(threshold.Path), Quoted(threshold.Condition));
        }
        text.Append("  }\n}\n");
        return text.ToString();
    }

    private static void WriteSweep(StringBuilder text, SweepSettings sweep)
    {
        if (sweep is { Over.IsEmpty: true, Repeat: null })
        {
            return;
        }
        text.Append("  sweep {\n");
        Line(text, 2, "over", $"[{string.Join(", ", sweep.Over.Select(Quoted))}]");
        if (sweep.Repeat is { } repeat)
        {
            Line(text, 2, "repeat", Text($"{repeat}"));
        }
        text.Append("  }\n");
    }

    private static void WritePlacement(StringBuilder text, PlacementSettings placement)
    {
        text.Append("  placement {\n");
        Line(text, 2, "policy", KebabCase.Of(placement.Policy.ToString()));
        text.Append("    pins {\n");
        foreach (
            (string key, string node) in placement.Pins.OrderBy(
                pin => pin.Key,
                StringComparer.Ordinal
            )
        )
        {
            Line(text, 3, Quoted(key), Quoted(node));
        }
        text.Append("    }\n  }\n");
    }

    private static void WriteHost(StringBuilder text, Scenario scenario)
    {
        HostSettings host = scenario.Host;
        bool isMissed =
            scenario.Backends.Any(backend => backend.NeedsReservedCpu)
            || scenario.Vms.Any(vm => vm.Backend is { NeedsReservedCpu: true })
            || scenario.OtherHosts.Any(other => other.Backend is { NeedsReservedCpu: true });
        string absent = isMissed ? "offline" : "none";
        text.Append("  host {\n");
        Line(text, 2, "cpus", Text($"{host.Cpus}"));
        Line(text, 2, "sockets", Text($"{host.Sockets}"));
        if (host.Distances is { } distances)
        {
            Line(text, 2, "distances", $"[{string.Join(", ", distances.Rows.Select(Quoted))}]");
        }
        Line(text, 2, "tsc", Units.Write(host.Tsc));
        Line(text, 2, "uptime", Units.Write(host.Uptime));
        Line(text, 2, "timer-cpu", host.TimerCpu is { } cpu ? Text($"{cpu}") : absent);
        Line(text, 2, "timer-cpu-shared", Word(host.TimerCpuShared));
        Line(text, 2, "halt-poll", Units.Write(host.HaltPoll));
        Line(text, 2, "halt-poll-grow", Text($"{host.HaltPolling.Grow}"));
        Line(text, 2, "halt-poll-grow-start", Units.Write(host.HaltPolling.GrowStart));
        Line(text, 2, "halt-poll-shrink", Text($"{host.HaltPolling.Shrink}"));
        Line(text, 2, "timer-advance", Advance(host.TimerAdvance, host.TunesTimerAdvance));
        Line(text, 2, "hv-timer", Word(host.HvTimer));
        Line(text, 2, "noise", host.Noise ? "on" : "off");
        text.Append(CostProfileWriter.Write(host.Costs, "    "));
        text.Append("  }\n");
    }

    private static void WriteOtherHosts(
        StringBuilder text,
        ImmutableArray<OtherHostSettings> others
    )
    {
        text.Append("  other-hosts = [\n");
        foreach (OtherHostSettings other in others)
        {
            text.Append("    {\n");
            Line(text, 3, "host", Text($"{other.Host}"));
            Line(text, 3, "tsc", Units.Write(other.Tsc));
            Line(text, 3, "halt-poll", Units.Write(other.HaltPoll));
            Line(text, 3, "timer-advance", Advance(other.TimerAdvance, other.TunesTimerAdvance));
            if (other.Backend is { } backend)
            {
                Line(text, 3, "backend", backend.Name);
            }
            text.Append(CostProfileWriter.Write(other.Costs, "      "));
            text.Append("    }\n");
        }
        text.Append("  ]\n");
    }

    private static string Advance(VirtualDuration advance, bool isTuned) =>
        isTuned ? HostReader.Auto : Units.Write(advance);

    private static void WritePvTimer(StringBuilder text, PvTimerParameters pvTimer)
    {
        bool asPosted = pvTimer.Variant == PvTimerVariant.AsPosted;
        text.Append("  pvtimer {\n");
        Line(text, 2, "variant", asPosted ? "as-posted" : "fixed");
        Line(text, 2, "scan-period", Units.Write(pvTimer.ScanPeriod));
        Line(text, 2, "padding", Text($"{pvTimer.PaddingCycles}cycles"));
        Line(text, 2, "worker", pvTimer.Worker == WorkerMode.Busy ? "busy" : "paced");
        Line(text, 2, "enable-msr", Text($"0x{pvTimer.EnableMsr:x8}"));
        Line(text, 2, "cpuid-bit", Text($"{pvTimer.CpuidBit}"));
        Line(text, 2, "weak-exchange", KebabCase.Of(pvTimer.WeakExchange.ToString()));
        text.Append("    flaws {\n");
        foreach (PropertyInfo flaw in FlawSwitches.All)
        {
            Line(text, 3, KebabCase.Of(flaw.Name), Word((bool)flaw.GetValue(pvTimer.Flaws)!));
        }
        text.Append("    }\n  }\n");
    }

    private static void WriteVm(StringBuilder text, VmSettings vm)
    {
        string pin = vm.Pin switch
        {
            PinPolicy.Listed => $"[{string.Join(", ", vm.PinList)}]",
            PinPolicy.Pack => "pack",
            _ => "spread",
        };
        text.Append("    {\n");
        Line(text, 3, "name", Quoted(vm.Name));
        Line(text, 3, "count", Text($"{vm.Count}"));
        Line(text, 3, "vcpus", Text($"{vm.Vcpus}"));
        Line(text, 3, "pin", pin);
        if (vm.Backend is { } own)
        {
            Line(text, 3, "backend", own.Name);
        }
        if (vm.Tsc is { } tsc)
        {
            Line(text, 3, "tsc", Units.Write(tsc));
        }
        if (vm.Guest is not TraceGuest)
        {
            Line(text, 3, "tsc-offset", Text($"{vm.TscOffset}cycles"));
        }
        Line(
            text,
            3,
            "restore-order",
            $"[{string.Join(", ", vm.RestoreOrder.Select(step => KebabCase.Of($"{step}")))}]"
        );
        Line(text, 3, "clock-event", KebabCase.Of($"{vm.ClockEvent}"));
        Line(text, 3, "tsc-scaling", Word(vm.TscScaling));
        Line(text, 3, "tsc-skew", Text($"{vm.TscSkew}cycles"));
        Line(text, 3, "apic-bus-cycle", Units.Write(vm.ApicBusCycle));
        Line(text, 3, "cpu-quota", Units.Write(vm.Bandwidth?.Quota ?? VirtualDuration.Zero));
        Line(text, 3, "cpu-period", Units.Write(vm.Bandwidth?.Period ?? CpuBandwidth.UsualPeriod));
        Line(text, 3, "apicv", vm.HasApicv ? "on" : "off");
        Line(text, 3, "hlt-exits", Word(vm.HltExits));
        Line(text, 3, "mwait", vm.HasMwait ? "exposed" : "hidden");
        Line(text, 3, "cpu-weight", Text($"{vm.Weight}"));
        if (vm.GuestHaltPolling is { } polling)
        {
            Line(text, 3, "guest-halt-poll", Units.Write(polling.Longest));
            Line(text, 3, "guest-halt-poll-grow", Text($"{polling.Grow}"));
            Line(text, 3, "guest-halt-poll-grow-start", Units.Write(polling.GrowStart));
            Line(text, 3, "guest-halt-poll-shrink", Text($"{polling.Shrink}"));
            Line(text, 3, "guest-halt-poll-allow-shrink", Word(polling.AllowsShrink));
        }
        Line(text, 3, "move-every", Units.Write(vm.MoveEvery));
        Line(text, 3, "idle", vm.Guest.Idle == GuestIdle.Poll ? "poll" : "halt");
        if (vm.Host is { } pinned)
        {
            Line(text, 3, "host", Text($"{pinned}"));
        }
        text.Append($"      guest {{ {GuestText.Write(vm)} }}\n    }}\n");
    }

    private static void WriteNetwork(StringBuilder text, Scenario scenario)
    {
        if (scenario.Network is { } network)
        {
            text.Append("  network {\n");
            Line(text, 2, "latency", Units.Write(network.Latency));
            Line(text, 2, "bandwidth", Units.Write(network.Bandwidth));
            text.Append("  }\n");
        }
        MigrationParameters migration = scenario.Migration;
        text.Append("  migration {\n");
        Line(text, 2, "memory", Units.Write(migration.Memory));
        Line(text, 2, "dirty-rate", Units.Write(migration.DirtyRate));
        if (migration.Bandwidth is { } bandwidth)
        {
            Line(text, 2, "bandwidth", Units.Write(bandwidth));
        }
        Line(text, 2, "max-downtime", Units.Write(migration.MaxDowntime));
        Line(text, 2, "max-rounds", Text($"{migration.MaxRounds}"));
        Line(text, 2, "tsc", KebabCase.Of(migration.Tsc.ToString()));
        text.Append("  }\n");
    }

    private static void WriteEvents(StringBuilder text, Scenario scenario)
    {
        text.Append("  events = [\n");
        foreach (EventSettings happening in scenario.Events)
        {
            text.Append($"    {{ at = {Units.Write(happening.At)}, {What(happening)} }}\n");
        }
        text.Append("  ]\n");
    }

    private static string What(EventSettings happening) =>
        happening switch
        {
            MigrateSettings migrate => Text($"migrate = \"{migrate.Vm}\", to = h{migrate.ToHost}"),
            PauseSettings pause => Text(
                $"pause = \"{pause.Vm}\", for = {Units.Write(pause.Length)}"
            ),
            MoveSettings move => $"move = {NameOf(move)}, " + Text($"to = pcpu-{move.ToPcpu}"),
            CommandSettings { Handler: { } handler } command =>
                $"guest = {NameOf(command)}, do = {Words(command.Instructions)}, in-handler = {Words(handler)}",
            CommandSettings command =>
                $"guest = {NameOf(command)}, do = {Words(command.Instructions)}",
            InterruptSettings interrupt => $"interrupt = {NameOf(interrupt)}, "
                + Text($"vector = 0x{interrupt.Vector:x}"),
            SetMsrSettings set => $"set-msr = {NameOf(set)}, "
                + Text($"msr = 0x{set.Msr:x}, value = {set.Value}"),
            StallSettings stall => Text($"stall = \"h{stall.Host}/pcpu-{stall.Pcpu}\", ")
                + $"for = {Units.Write(stall.Length)}",
            OfflineSettings offline => Text($"offline = \"h{offline.Host}/pcpu-{offline.Pcpu}\""),
            SaveRestoreSettings save => $"save-restore = {NameOf(save)}",
            _ => throw new ArgumentOutOfRangeException(nameof(happening)),
        };

    private static string NameOf(VcpuEventSettings happening) =>
        Text($"\"{happening.Vm}/vcpu-{happening.Vcpu}\"");

    private static string Words(ImmutableArray<GuestInstruction> instructions) =>
        $"[{string.Join(", ", instructions.Select(each => Quoted(InstructionText.Write(each))))}]";

    private static void Line(StringBuilder text, int depth, string key, string value) =>
        text.Append(' ', 2 * depth).Append(key).Append(" = ").Append(value).Append('\n');

    private static string Word(bool value) => value ? "true" : "false";

    internal static string Quoted(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
