using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>From which side a recording is, what it can be used for, and what it lacks.</summary>
/// <param name="Side">Null: its events are of neither side, or of both and none is chosen.</param>
/// <param name="Uses">What can be done with it; empty: nothing.</param>
/// <param name="Missing">What would make more of it, one line each, in words that name the events.</param>
public sealed record TraceUsability(
    TraceSide? Side,
    ImmutableArray<string> Uses,
    ImmutableArray<string> Missing
)
{
    /// <param name="trace">The recording.</param>
    /// <param name="choice">Which side is meant, if it has both.</param>
    /// <param name="compiled">The guest in it; null if it cannot be compiled.</param>
    public static TraceUsability Of(
        RecordedTrace trace,
        TraceChoice choice,
        CompiledTrace? compiled
    )
    {
        HashSet<string> names = [.. trace.Events.Select(next => next.Name)];
        TraceSide? side = SideOf(trace, choice);
        return new TraceUsability(
            side,
            compiled is null ? [] : UsesOf(compiled.Guest),
            side switch
            {
                TraceSide.Host => compiled?.Host is { } facts
                    ? HostNeeds.Missing(trace, facts)
                    : HostNeeds.Missing(names),
                TraceSide.Guest => OfGuest(names, compiled),
                _ => OfNeither(names),
            }
        );
    }

    private static TraceSide? SideOf(RecordedTrace trace, TraceChoice choice)
    {
        try
        {
            return choice.Side ?? TraceSides.Of(trace);
        }
        catch (TraceFormatException)
        {
            // Both, and none is chosen: that is what compiling it says.
            return null;
        }
    }

    private static ImmutableArray<string> UsesOf(RecordedGuest guest) =>
        guest.LatenessEnd == LatenessEnd.Injection
            ? ["replay", "lateness to the injection", .. guest.Exits.IsEmpty ? [] : Exits]
            : ["replay", "lateness to the interrupt's entry", "fit"];

    private static string[] Exits => ["exits by reason"];

    private static ImmutableArray<string> OfGuest(HashSet<string> names, CompiledTrace? compiled)
    {
        List<string> missing = [];
        if (!names.Contains("write_msr"))
        {
            missing.Add("record msr:write_msr as well: without it there are no deadlines");
        }
        if (!names.Contains("local_timer_entry"))
        {
            missing.Add(
                "record irq_vectors:local_timer_entry as well: without it nothing says when the timer's interrupts came"
            );
        }
        if (!names.Contains("cpu_idle"))
        {
            missing.Add("record power:cpu_idle as well: without it halts are inferred");
        }
        if (names.Contains("local_timer_entry") && !names.Contains("local_timer_exit"))
        {
            missing.Add(
                "record irq_vectors:local_timer_exit as well: without it handlers end where they begin"
            );
        }
        bool sends =
            compiled?.Guest.Vcpus.Any(steps =>
                steps.Any(step => step.Kind == RecordedStepKind.SendIpi)
            ) == true;
        if (sends && !names.Any(name => IsIpi(name)))
        {
            missing.Add(
                "record irq_vectors:reschedule_entry and irq_vectors:call_function_single_entry as well: it sends IPIs, and nothing says when they came"
            );
        }
        if (compiled?.Guest.Reference.IsRelative == true)
        {
            missing.Add(
                "record under trace_clock x86-tsc: with this clock latenesses are relative to the smallest"
            );
        }
        return [.. missing];
    }

    private static bool IsIpi(string name) =>
        name is "reschedule_entry" or "call_function_entry" or "call_function_single_entry";

    private static ImmutableArray<string> OfNeither(HashSet<string> names) =>
        names.Contains("write_msr") || names.Contains("kvm_msr")
            ? []
            :
            [
                "record msr:write_msr and irq_vectors:local_timer_entry in the guest, or kvm:kvm_msr and kvm:kvm_inj_virq on its host; see `pvtimer trace recipe`",
            ];
}
