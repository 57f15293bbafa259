using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Paravirt;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Properties;

/// <summary>
/// A scenario as a script in C#, ready to be pasted into a test project. It does to the machine what the
/// scenario does, at the same instants, and ends with the same trace hash.
/// </summary>
public static class ScriptText
{
    private static readonly HostOptions Defaults = new();

    /// <param name="scenario">
    /// With one back-end, VMs of one instance, commanded or built-in guests and a cost profile of
    /// <see cref="SimpleCosts"/>, as generated scripts are.
    /// </param>
    /// <param name="traceHash">What the script is to end with; null: it says nothing about it.</param>
    /// <exception cref="NotSupportedException">Something in it has no words in a script.</exception>
    public static string Write(Scenario scenario, string? traceHash = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        StringBuilder text = new();
        text.Append(
            """
            using PvTimer.Model.Costs;
            using PvTimer.Model.Description;
            using PvTimer.Model.Guests;
            using PvTimer.Model.Migration;
            using PvTimer.Model.Paravirt;
            using PvTimer.Model.Time;
            using PvTimer.TestKit;
            using PvTimer.TestKit.Machines;
            using Xunit;

            public sealed class GeneratedScript : PvTimerTestKit
            {
                [Fact]
                public void Script()
                {

            """
        );
        Line(text, $"var hosts = Hosts({scenario.Hosts}, {Options(scenario)});");
        foreach (VmSettings vm in scenario.Vms)
        {
            Line(
                text,
                $"VmHandle {Name($"{vm.Name}-0")} = hosts[{vm.Host ?? 0}].AddVm({Arguments(vm)});"
            );
        }
        VirtualDuration now = VirtualDuration.Zero;
        foreach (EventSettings happening in scenario.Events)
        {
            Advance(text, ref now, happening.At);
            Line(text, $"{Act(happening)};");
        }
        Advance(text, ref now, scenario.Duration);
        Line(text, traceHash is null ? "Finish();" : $"Finish().ShouldHaveHash(\"{traceHash}\");");
        text.Append("    }\n}\n");
        return text.ToString();
    }

    private static void Advance(StringBuilder text, ref VirtualDuration now, VirtualDuration to)
    {
        if (to > now)
        {
            Line(text, $"Clock.AdvanceTo({Span(to)});");
            now = to;
        }
    }

    private static string Act(EventSettings happening) =>
        happening switch
        {
            MigrateSettings migrate => $"{Name(migrate.Vm)}.MigrateTo(hosts[{migrate.ToHost}])",
            MoveSettings move => $"{Vcpu(move)}.MoveTo(hosts[0].Pcpu({move.ToPcpu}))",
            CommandSettings { Handler: { } handler } both =>
                $"{Vcpu(both)}.Guest.Do({List(both.Instructions)}, inHandler: {List(handler)})",
            CommandSettings command => $"{Vcpu(command)}.Guest.Do({List(command.Instructions)})",
            InterruptSettings interrupt =>
                $"{Vcpu(interrupt)}.RaiseInterrupt(0x{interrupt.Vector:x})",
            SetMsrSettings set => $"{Vcpu(set)}.SetMsr(0x{set.Msr:x}, {set.Value})",
            SaveRestoreSettings save => $"{Vcpu(save)}.SaveAndRestore()",
            StallSettings stall => $"hosts[{stall.Host}].TimerCpu.Stall({Span(stall.Length)})",
            OfflineSettings offline => $"hosts[{offline.Host}].TimerCpu.GoOffline()",
            _ => throw new NotSupportedException($"a script has no words for {happening}"),
        };

    private static string Options(Scenario scenario)
    {
        HostSettings host = scenario.Host;
        List<string> said = [];
        Say(said, "Seed", scenario.Seed, Defaults.Seed);
        Say(said, "Pcpus", host.Cpus, Defaults.Pcpus);
        Say(said, "Sockets", host.Sockets, Defaults.Sockets);
        Say(said, "TimerCpu", host.TimerCpu, Defaults.TimerCpu);
        Say(said, "TimerCpuShared", host.TimerCpuShared, Defaults.TimerCpuShared);
        Say(said, "Backend", scenario.Backends[0], Defaults.Backend);
        Say(said, "HaltPoll", host.HaltPoll, Defaults.HaltPoll);
        Say(said, "TimerAdvance", host.TimerAdvance, Defaults.TimerAdvance);
        Say(said, "HvTimer", host.HvTimer, Defaults.HvTimer);
        if (host.Costs == SimpleCosts.Ideal)
        {
            said.Add("Costs = SimpleCosts.Ideal");
        }
        else if (host.Costs != SimpleCosts.Plausible)
        {
            throw new NotSupportedException(
                $"a script has no words for the costs {host.Costs.Name}"
            );
        }
        said.AddRange(Differences("PvTimer", scenario.PvTimer, Defaults.PvTimer));
        if (scenario.Hosts > 1)
        {
            said.Add(
                $"Migration = new MigrationParameters {{ Memory = new DataSize({scenario.Migration.Memory.Bytes}) }}"
            );
        }
        return $"new HostOptions {{ {string.Join(", ", said)} }}";
    }

    private static IEnumerable<string> Differences(
        string name,
        PvTimerParameters value,
        PvTimerParameters defaults
    )
    {
        List<string> said = [];
        Say(said, "Variant", value.Variant, defaults.Variant);
        Say(said, "Worker", value.Worker, defaults.Worker);
        Say(said, "ScanPeriod", value.ScanPeriod, defaults.ScanPeriod);
        Say(said, "PaddingCycles", value.PaddingCycles, defaults.PaddingCycles);
        Say(said, "WeakExchange", value.WeakExchange, defaults.WeakExchange);
        if (value.Flaws == PvTimerFlaws.All)
        {
            said.Add("Flaws = PvTimerFlaws.All");
        }
        else if (value.Flaws != PvTimerFlaws.None)
        {
            IEnumerable<string> on = typeof(PvTimerFlaws)
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(flaw =>
                    flaw.PropertyType == typeof(bool) && (bool)flaw.GetValue(value.Flaws)!
                )
                .Select(flaw => $"{flaw.Name} = true");
            said.Add($"Flaws = new PvTimerFlaws {{ {string.Join(", ", on)} }}");
        }
        return said.Count == 0
            ? []
            : [$"{name} = new PvTimerParameters {{ {string.Join(", ", said)} }}"];
    }

    private static void Say<T>(List<string> said, string name, T value, T usual)
    {
        if (!EqualityComparer<T>.Default.Equals(value, usual))
        {
            said.Add($"{name} = {Value(value)}");
        }
    }

    private static string Value(object? value) =>
        value switch
        {
            null => "null",
            bool flag => flag ? "true" : "false",
            VirtualDuration span => Span(span),
            Enum word => $"{word.GetType().Name}.{word}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        };

    private static string Arguments(VmSettings vm)
    {
        List<string> said = [$"\"{vm.Name}\"", $"vcpus: {vm.Vcpus}"];
        if (vm.Guest is not CommandedGuest)
        {
            said.Add($"guest: {Guest(vm.Guest)}");
        }
        if (vm.Pin == PinPolicy.Listed)
        {
            said.Add($"pins: [{string.Join(", ", vm.PinList)}]");
        }
        return string.Join(", ", said);
    }

    private static string Guest(GuestDescription guest)
    {
        string made = guest switch
        {
            NanosleepGuest loop => $"new NanosleepGuest({Span(loop.Sleep)}, {Span(loop.Work)})",
            CyclictestGuest test =>
                $"new CyclictestGuest({Span(test.Period)}, {test.Threads}, {Span(test.Offset)}, {Span(test.Work)})",
            UniformGuest random =>
                $"new UniformGuest({Span(random.Shortest)}, {Span(random.Longest)})",
            ExponentialGuest random => $"new ExponentialGuest({Span(random.Mean)})",
            IdleGuest quiet => $"new IdleGuest({Span(quiet.Period)})",
            TickGuest tick =>
                $"new TickGuest({tick.Hertz}, {Value(tick.NoHzIdle)}, {Span(tick.Work)})",
            _ => throw new NotSupportedException($"a script has no words for {guest}"),
        };
        return guest.Idle == GuestIdle.Poll ? $"{made} {{ Idle = GuestIdle.Poll }}" : made;
    }

    private static string List(ImmutableArray<GuestInstruction> instructions) =>
        $"[{string.Join(", ", instructions.Select(Instruction))}]";

    private static string Instruction(GuestInstruction instruction) =>
        instruction.Kind switch
        {
            GuestInstructionKind.Program => $"GuestInstruction.Program({Span(instruction.Span)})",
            GuestInstructionKind.ProgramTsc =>
                $"GuestInstruction.ProgramTsc(new TscTicks({instruction.Value}))",
            GuestInstructionKind.WriteDeadline =>
                $"GuestInstruction.WriteDeadline({Span(instruction.Span)})",
            GuestInstructionKind.WriteMsr =>
                $"GuestInstruction.WriteMsr(0x{instruction.Msr:x}, {instruction.Value})",
            GuestInstructionKind.ReadMsr => $"GuestInstruction.ReadMsr(0x{instruction.Msr:x})",
            GuestInstructionKind.Compute => $"GuestInstruction.Compute({Span(instruction.Span)})",
            _ => $"GuestInstruction.{instruction.Kind}",
        };

    /// <summary>"250.Microseconds()": in the largest unit that it is a multiple of.</summary>
    private static string Span(VirtualDuration span)
    {
        long nanoseconds = span.Nanoseconds;
        (string unit, long size) =
            nanoseconds % 1_000_000 == 0 ? ("Milliseconds", 1_000_000)
            : nanoseconds % 1_000 == 0 ? ("Microseconds", 1_000)
            : ("Nanoseconds", 1L);
        long count = nanoseconds / size;
        return Math.Abs(count) <= int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"{count}.{unit}()")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"VirtualDuration.FromNanoseconds({nanoseconds})"
            );
    }

    private static string Vcpu(VcpuEventSettings happening) =>
        $"{Name(happening.Vm)}.Vcpu({happening.Vcpu})";

    private static string Name(string vm) => vm.Replace('-', '_');

    private static void Line(StringBuilder text, string line) =>
        text.Append(' ', 8).Append(line).Append('\n');
}
