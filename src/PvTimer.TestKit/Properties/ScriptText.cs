using System;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Properties;

/// <summary>
/// A scenario as a script in C#, ready to be pasted into a test project. It does to the machine what the
/// scenario does, at the same instants, and asserts what was asked of it.
/// </summary>
/// <remarks>A scenario's name, its thresholds and its placement are nothing that happens to the machine.</remarks>
public static class ScriptText
{
    private const string Head = """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using PvTimer.ActorTime;
        using PvTimer.Model.Backends;
        using PvTimer.Model.Costs;
        using PvTimer.Model.Description;
        using PvTimer.Model.Guests;
        using PvTimer.Model.Messages;
        using PvTimer.Model.Migration;
        using PvTimer.Model.Msrs;
        using PvTimer.Model.Threads;
        using PvTimer.Model.Time;
        using PvTimer.Model.Timers;
        using PvTimer.Model.Timers.Paravirt;
        using PvTimer.Model.Timers.Synthetic;
        using PvTimer.Model.Topology;
        using PvTimer.Model.Vmx;
        using PvTimer.Scenarios;
        using PvTimer.TestKit;
        using PvTimer.TestKit.Faults;
        using PvTimer.TestKit.Machines;
        using PvTimer.TestKit.Properties;
        using PvTimer.TestKit.Results;
        using Xunit;

        public sealed class GeneratedScript : PvTimerTestKit
        {

        """;

    /// <param name="scenario">
    /// With one back-end, VMs of one instance, commanded or built-in guests and a cost profile of
    /// <see cref="Model.Costs.SimpleCosts"/>, as generated scripts are.
    /// </param>
    /// <param name="traceHash">
    /// What the scenario ends with; null: nothing is known about it. Without a property the script asserts it;
    /// else it is a comment, as a machine that is mended ends with another one.
    /// </param>
    /// <param name="property">
    /// What was asked of the end, as C#: "(script, result) => result.ShouldLose(0)". The script asserts it. Null:
    /// nothing was.
    /// </param>
    /// <param name="faults">
    /// What happens to messages on their way, of which the property is asked then: "(faults, result) => ..."; null: nothing.
    /// </param>
    /// <exception cref="NotSupportedException">Something in it has no words in a script.</exception>
    public static string Write(
        Scenario scenario,
        string? traceHash = null,
        string? property = null,
        MessageSchedule? faults = null
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        HostOptions options = HostText.OptionsOf(scenario);
        string[] vms = [.. scenario.Vms.Select(VmText.Of)];
        RejectWhatIsNotSaid(scenario, options);
        StringBuilder text = new(Head);
        text.Append("    [Fact]\n    public void Script()\n    {\n");
        Line(text, $"var hosts = Hosts({CodeText.Of(scenario.Hosts)}, {HostText.Of(options)});");
        foreach (OtherHostSettings other in scenario.OtherHosts)
        {
            Line(text, $"{Host(other.Host)}.Differ({HostText.Of(other, scenario.Host)});");
        }
        foreach ((string said, (_, string name, int host)) in vms.Zip(scenario.Instances))
        {
            Line(text, $"VmHandle {Variable(scenario, name)} = hosts[{CodeText.Of(host)}].{said};");
        }
        if (faults is not null)
        {
            Line(text, $"MessageSchedule faults = {faults};");
            Line(text, "faults.Apply(Faults);");
        }
        VirtualDuration now = VirtualDuration.Zero;
        Scenario soFar = scenario with { Events = [] };
        foreach (EventSettings happening in scenario.Events.OrderBy(each => each.At.Nanoseconds))
        {
            Advance(text, ref now, happening.At);
            Line(text, $"{Act(soFar, happening)};");
            soFar = soFar with { Events = soFar.Events.Add(happening) };
        }
        Advance(text, ref now, scenario.Duration);
        WriteEnd(text, traceHash, property, faults is null ? "Scenario" : nameof(MessageSchedule));
        return text.Append("    }\n}\n").ToString();
    }

    private static void WriteEnd(
        StringBuilder text,
        string? traceHash,
        string? property,
        string about
    )
    {
        if (property is null)
        {
            Line(
                text,
                traceHash is null ? "Finish();" : $"Finish().ShouldHaveHash(\"{traceHash}\");"
            );
            return;
        }
        if (!property.Contains("=>", StringComparison.Ordinal))
        {
            Line(text, $"// {property} is a name of the test that it was found by.");
        }
        Line(text, $"// Found with trace hash {traceHash ?? "none: the run broke"}.");
        Line(
            text,
            $"Action<{about}, ScriptResult> property = {property.ReplaceLineEndings("\n        ")};"
        );
        Line(
            text,
            about == nameof(MessageSchedule)
                ? "property(faults, Finish());"
                : "property(ToScenario(), Finish());"
        );
    }

    /// <summary>The scenario that the script amounts to has to be the one that was asked for.</summary>
    private static void RejectWhatIsNotSaid(Scenario scenario, HostOptions options)
    {
        Scenario said = Description.Of(scenario.Hosts, options) with
        {
            Duration = scenario.Duration,
            OtherHosts = scenario.OtherHosts,
            Vms =
            [
                .. scenario.Instances.Select(vm =>
                    Description.Vm(
                        vm.Of.Name,
                        vm.Of.Vcpus,
                        vm.Host,
                        vm.Of.Guest,
                        vm.Of.Pin == PinPolicy.Listed ? vm.Of.PinList : null,
                        VmText.OptionsOf(vm.Of)
                    )
                ),
            ],
            Events = scenario.Events,
        };
        Scenario asked = said with
        {
            Backends = scenario.Backends,
            Network = scenario.Hosts > 1 ? scenario.Network : null,
            Vms = [.. scenario.Instances.Select(vm => vm.Of with { Host = vm.Host })],
        };
        string? unsaid = Lines(asked)
            .Zip(Lines(said))
            .Where(pair => pair.First != pair.Second)
            .Select(pair => pair.First)
            .FirstOrDefault();
        if (unsaid is not null)
        {
            throw new NotSupportedException($"a script has no words for {unsaid.Trim()}");
        }
    }

    private static string[] Lines(Scenario scenario) => ScenarioWriter.Write(scenario).Split('\n');

    private static void Advance(StringBuilder text, ref VirtualDuration now, VirtualDuration to)
    {
        if (to > now)
        {
            Line(text, $"Clock.AdvanceTo({CodeText.Span(to)});");
            now = to;
        }
    }

    private static string Act(Scenario scenario, EventSettings happening) =>
        happening switch
        {
            MigrateSettings migrate =>
                $"{Variable(scenario, migrate.Vm)}.MigrateTo({Host(migrate.ToHost)})",
            PauseSettings pause =>
                $"{Variable(scenario, pause.Vm)}.Pause({CodeText.Span(pause.Length)})",
            StallSettings stall =>
                $"{Host(stall.Host)}.Pcpu({CodeText.Of(stall.Pcpu)}).Stall({CodeText.Span(stall.Length)})",
            OfflineSettings offline => $"{Host(offline.Host)}.TimerCpu.GoOffline()",
            VcpuEventSettings toVcpu =>
                $"{Variable(scenario, toVcpu.Vm)}.Vcpu({CodeText.Of(toVcpu.Vcpu)}).{ActOn(scenario, toVcpu)}",
            _ => throw new NotSupportedException($"a script has no words for {happening}"),
        };

    private static string ActOn(Scenario scenario, VcpuEventSettings happening) =>
        happening switch
        {
            MoveSettings move =>
                $"MoveTo({Host(scenario.HostIndexOf(move.Vm))}.Pcpu({CodeText.Of(move.ToPcpu)}))",
            CommandSettings { Handler: { } handler } both =>
                $"Guest.Do({CodeText.List(both.Instructions)}, inHandler: {CodeText.List(handler)})",
            CommandSettings
            {
                Instructions: [{ Kind: GuestInstructionKind.Program, Span: var span }]
            } => $"Guest.ProgramDeadline(@in: {CodeText.Span(span)})",
            CommandSettings command => $"Guest.Do({CodeText.List(command.Instructions)})",
            InterruptSettings interrupt => string.Create(
                CultureInfo.InvariantCulture,
                $"RaiseInterrupt(0x{interrupt.Vector:x})"
            ),
            SetMsrSettings set => $"SetMsr({CodeText.Of(set.Msr)}, {CodeText.Of(set.Value)})",
            SaveRestoreSettings => "SaveAndRestore()",
            _ => throw new NotSupportedException($"a script has no words for {happening}"),
        };

    private static string Host(int index) => $"hosts[{CodeText.Of(index)}]";

    private static string Variable(Scenario scenario, string instance) =>
        $"vm{CodeText.Of(scenario.Instances.TakeWhile(vm => vm.Name != instance).Count())}";

    private static void Line(StringBuilder text, string line) =>
        text.Append(' ', 8).Append(line).Append('\n');
}
