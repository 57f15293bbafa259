using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments;
using PvTimer.Formats.Traces;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Formats.Writers;
using PvTimer.Model.Reports;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>Which side a recording is from, what it can be used for, and what is missing.</summary>
internal static class SideReport
{
    public static void Write(StringWriter text, TraceInspection inspection)
    {
        TraceUsability usability = inspection.Usability;
        text.WriteLine($"side        {NameOf(usability.Side)}");
        string uses = usability.Uses.IsEmpty
            ? "nothing as it is"
            : string.Join(", ", usability.Uses);
        text.WriteLine($"usable for  {uses}");
        foreach (string missing in usability.Missing)
        {
            text.WriteLine($"missing     {missing}");
        }
        if (inspection.TimerUse?.Compiled.Host is { } host)
        {
            Write(text, host);
        }
    }

    public static JsonObject Json(TraceInspection inspection)
    {
        TraceUsability usability = inspection.Usability;
        JsonObject side = new()
        {
            ["side"] = usability.Side is { } known ? KebabCase.Of(known.ToString()) : null,
            ["usable_for"] = new JsonArray([.. usability.Uses.Select(use => (JsonNode)use)]),
            ["missing"] = new JsonArray([.. usability.Missing.Select(line => (JsonNode)line)]),
        };
        if (inspection.TimerUse?.Compiled.Host is { } host)
        {
            side["host"] = Json(host);
        }
        return side;
    }

    private static void Write(StringWriter text, HostRecording host)
    {
        foreach (HostThread thread in host.Threads)
        {
            text.WriteLine($"vCPU {thread.Vcpu, -7}thread {thread.Id} ({thread.Name})");
        }
        text.WriteLine(
            $"injection   {InjectionOf(host.Injection)}, timer vector {host.TimerVector}, {Quantities.Count(host.HeldToDeadline)} injected early and held to the deadline"
        );
        text.WriteLine($"guest TSC   by {ClockOf(host.Clock)}");
        if (host.Remark is { } remark)
        {
            text.WriteLine($"            {remark}");
        }
        foreach (ExitStatistics exit in host.Exits)
        {
            text.WriteLine(
                $"exits       {Quantities.Count(exit.Count), 9}  {VmExitReasonNames.NameOf(exit.Reason)}, {Quantities.Span(exit.Total.Nanoseconds)}"
            );
        }
        if (host.CutExits > 0)
        {
            text.WriteLine($"            {Quantities.Count(host.CutExits)} of them without an end");
        }
        if (host.Unreadable > 0)
        {
            text.WriteLine(
                $"            {Quantities.Count(host.Unreadable)} events of KVM do not say what such events say: not used"
            );
        }
    }

    private static JsonObject Json(HostRecording host)
    {
        JsonObject exits = [];
        foreach (ExitStatistics exit in host.Exits)
        {
            exits[VmExitReasonNames.NameOf(exit.Reason)] = new JsonObject
            {
                ["count"] = exit.Count,
                ["time"] = exit.Total.Nanoseconds,
            };
        }
        return new JsonObject
        {
            ["threads"] = new JsonArray([
                .. host.Threads.Select(thread =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["vcpu"] = thread.Vcpu,
                            ["id"] = thread.Id,
                            ["name"] = thread.Name,
                        }
                ),
            ]),
            ["injection"] = KebabCase.Of(host.Injection.ToString()),
            ["timer_vector"] = host.TimerVector,
            ["guest_tsc_by"] = KebabCase.Of(host.Clock.ToString()),
            ["held_to_deadline"] = host.HeldToDeadline,
            ["cut_exits"] = host.CutExits,
            ["unreadable"] = host.Unreadable,
            ["remark"] = host.Remark,
            ["exits"] = exits,
        };
    }

    private static string NameOf(TraceSide? side) =>
        side switch
        {
            TraceSide.Guest => "guest: recorded inside it",
            TraceSide.Host => "host: recorded by KVM",
            _ => "not clear",
        };

    private static string InjectionOf(InjectionSource source) =>
        source switch
        {
            InjectionSource.Injected => "kvm_inj_virq",
            InjectionSource.Entered => "kvm_entry's intr_info",
            _ => "kvm_apic_accept_irq, at the next kvm_entry where the vCPU was not in the guest",
        };

    private static string ClockOf(HostClockSource source) =>
        source switch
        {
            HostClockSource.TscOffsetEvent => "kvm_write_tsc_offset",
            HostClockSource.Given => "the tsc-offset given",
            HostClockSource.Hrtimers =>
                "KVM's own timers, to a microsecond and the host's lapic_timer_advance_ns",
            _ => "the promptest injection: latenesses are relative to the smallest",
        };
}
