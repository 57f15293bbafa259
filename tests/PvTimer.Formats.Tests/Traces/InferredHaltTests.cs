using System.Linq;
using PvTimer.Formats.Traces;
using PvTimer.Model.Guests;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>Halts of CPUs that record no cpu_idle. A cycle is a nanosecond.</summary>
public class InferredHaltTests
{
    [Theory]
    [InlineData("<idle>-0", 12_001, 12_000UL)] // idle found after a gap: halted 2 us after the last event
    [InlineData("<idle>-0", 90_000, 12_000UL)]
    [InlineData("<idle>-0", 12_000, null)] // too short a gap
    [InlineData("busy-7", 90_000, null)] // a task was running
    public void Halt_is_inferred_from_an_interrupt_of_the_idle_task_after_a_gap(
        string task,
        long entry,
        ulong? haltedAt
    )
    {
        CompiledTrace compiled = TraceText.Compile(
            $"""
             a-1 [000] ..... 10000: write_msr: 6e0, value 3000
             {task} [000] d.h1. {entry}: local_timer_entry: vector=236
            """
        );

        RecordedStep? halt = compiled
            .Guest.Vcpus[0]
            .Where(step => step.Kind == RecordedStepKind.Halt)
            .Select(step => (RecordedStep?)step)
            .SingleOrDefault();
        Assert.Equal(haltedAt, halt?.At.Value);
        Assert.True(compiled.Cpus[0].HaltsInferred);
    }

    [Fact]
    public void Halt_is_not_inferred_where_the_cpu_records_its_idle_loop()
    {
        CompiledTrace compiled = TraceText.Compile(
            """
             a-1 [000] ..... 10000: write_msr: 6e0, value 3000
             <idle>-0 [000] d.h1. 90000: local_timer_entry: vector=236
             <idle>-0 [000] d..1. 95000: cpu_idle: state=1 cpu_id=0
            """
        );

        Assert.Equal(
            [95000UL],
            compiled
                .Guest.Vcpus[0]
                .Where(step => step.Kind == RecordedStepKind.Halt)
                .Select(step => step.At.Value)
        );
    }

    [Theory]
    [InlineData("", RecordedStep.NoWrite)]
    [InlineData("\n <idle>-0 [000] d..1. 9000000: cpu_idle: state=1 cpu_id=0", 0UL)]
    public void Interrupt_a_millisecond_late_belongs_to_an_unrecorded_write_of_the_idle_loop(
        string recordsIdle,
        ulong write
    )
    {
        // Due at 12 288; at 2 ms on a CPU that hides its idle loop it must have been re-armed there.
        CompiledTrace compiled = TraceText.Compile(
            """
             a-1 [000] ..... 10000: write_msr: 6e0, value 3000
             <idle>-0 [000] d.h1. 2000000: local_timer_entry: vector=236
            """ + recordsIdle
        );

        Assert.Equal(
            write,
            compiled
                .Guest.Vcpus[0]
                .Single(step => step.Kind == RecordedStepKind.TimerInterrupt)
                .Value
        );
    }
}
