using System.Linq;
using PvTimer.Formats.Traces;
using PvTimer.Model.Guests;
using static PvTimer.Model.Guests.RecordedStepKind;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>
/// A write of the ICR is recorded after it has returned, perhaps after interrupts. A cycle is a nanosecond.
/// </summary>
public class IpiOrderTests
{
    private const string Deadline = " a-1 [000] ..... 500: write_msr: 6e0, value 1\n";

    [Fact]
    public void Crossing_ipis_are_sent_before_their_senders_interrupts()
    {
        CompiledTrace compiled = TraceText.Compile(
            Deadline
                + """
                 b-2 [001] d.h3. 200000: call_function_single_entry: vector=251
                 a-1 [000] d.h3. 200600: call_function_single_entry: vector=251
                 a-1 [000] ...3. 205000: write_msr: 830, value 1000000fb
                 b-2 [001] ...3. 206000: write_msr: 830, value fb
                """
        );

        Assert.Equal([SendIpi, IpiInterrupt, InterruptEnd], Kinds(compiled, 0)[1..]);
        Assert.Equal([SendIpi, IpiInterrupt, InterruptEnd], Kinds(compiled, 1));
        Assert.Equal(200_600UL, compiled.Guest.Vcpus[0][1].At.Value);
        Assert.Equal(0, compiled.BrokenWaits);
    }

    [Fact]
    public void Ipi_recorded_after_a_long_handler_is_sent_before_it()
    {
        // 60 us of handlers between the WRMSR and its record.
        CompiledTrace compiled = TraceText.Compile(
            Deadline
                + """
                 b-2 [001] d.h3. 200000: call_function_single_entry: vector=251
                 b-2 [001] d.h3. 201000: call_function_single_exit: vector=251
                 a-1 [000] d.h3. 199900: local_timer_entry: vector=236
                 a-1 [000] d.h3. 230000: write_msr: 6e0, value 1
                 a-1 [000] d.h3. 240000: local_timer_exit: vector=236
                 a-1 [000] d.h3. 241000: call_function_single_entry: vector=251
                 a-1 [000] d.h3. 259000: call_function_single_exit: vector=251
                 a-1 [000] ...3. 260000: write_msr: 830, value 1000000fb
                """
        );

        Assert.Equal(
            [
                ProgramDeadline,
                SendIpi,
                TimerInterrupt,
                ProgramDeadline,
                InterruptEnd,
                DeviceInterrupt,
                InterruptEnd,
            ],
            Kinds(compiled, 0)
        );
        Assert.Equal(IpiInterrupt, Kinds(compiled, 1)[0]);
    }

    [Fact]
    public void Ipi_sent_in_a_handler_stays_in_it()
    {
        CompiledTrace compiled = TraceText.Compile(
            Deadline
                + """
                 a-1 [000] d.h3. 199000: local_timer_entry: vector=236
                 b-2 [001] d.h3. 200000: reschedule_entry: vector=253
                 a-1 [000] d.h3. 203000: write_msr: 830, value 1000000fd
                 a-1 [000] d.h3. 240000: local_timer_exit: vector=236
                """
        );

        Assert.Equal([ProgramDeadline, TimerInterrupt, SendIpi, InterruptEnd], Kinds(compiled, 0));
        Assert.Equal(IpiInterrupt, Kinds(compiled, 1)[0]);
    }

    [Fact]
    public void Ipi_to_oneself_is_sent_before_its_interrupt()
    {
        CompiledTrace compiled = TraceText.Compile(
            Deadline
                + """
                 a-1 [000] d.h3. 199000: irq_work_entry: vector=246
                 a-1 [000] ...3. 203000: write_msr: 830, value 400f6
                """
        );

        Assert.Equal([ProgramDeadline, SendIpi, IpiInterrupt, InterruptEnd], Kinds(compiled, 0));
    }

    [Fact]
    public void Circle_of_waits_is_broken_at_its_earliest_interrupt()
    {
        // Each write is part of a handler that, by its stamp, the other one's write brought about.
        CompiledTrace compiled = TraceText.Compile(
            Deadline
                + """
                 a-1 [000] d.h3. 200000: reschedule_entry: vector=253
                 b-2 [001] d.h3. 200000: reschedule_entry: vector=253
                 a-1 [000] d.h3. 201000: write_msr: 830, value 1000000fd
                 b-2 [001] d.h3. 201000: write_msr: 830, value fd
                 a-1 [000] d.h3. 202000: reschedule_exit: vector=253
                 b-2 [001] d.h3. 202000: reschedule_exit: vector=253
                """
        );

        Assert.Equal([BrokenIpiInterrupt, SendIpi, InterruptEnd], Kinds(compiled, 0)[1..]);
        Assert.Equal([IpiInterrupt, SendIpi, InterruptEnd], Kinds(compiled, 1));
        Assert.Equal(1, compiled.BrokenWaits);
        Assert.Contains(compiled.Notes(), note => note.Contains("in a circle"));
    }

    [Fact]
    public void Ipis_that_coalesced_are_answered_by_one_interrupt()
    {
        CompiledTrace compiled = TraceText.Compile(
            Deadline
                + """
                 a-1 [000] ..... 10000: write_msr: 830, value 1000000fd
                 a-1 [000] ..... 15000: write_msr: 830, value 1000000fd
                 a-1 [000] ..... 19500: write_msr: 830, value 1000000fd
                 b-2 [001] d.h1. 20000: reschedule_entry: vector=253
                 a-1 [000] ..... 70000: write_msr: 830, value 1000000fd
                 b-2 [001] d.h1. 80000: reschedule_entry: vector=253
                """
        );

        // The write 0.5 us before the first entry had no interrupt of its own: the first answered it too.
        Assert.Equal(
            [3, 1],
            compiled
                .Guest.Vcpus[1]
                .Where(step => step.Kind == IpiInterrupt)
                .Select(step => step.Answers)
        );
    }

    private static RecordedStepKind[] Kinds(CompiledTrace compiled, int vcpu) =>
        [.. compiled.Guest.Vcpus[vcpu].Select(step => step.Kind)];
}
