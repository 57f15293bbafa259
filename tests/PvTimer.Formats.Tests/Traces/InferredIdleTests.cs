using System.Linq;
using PvTimer.Formats.Traces;
using PvTimer.Model.Guests;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>Idle periods of CPUs that record no cpu_idle. A cycle is a nanosecond.</summary>
public class InferredIdleTests
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

    [Theory]
    [InlineData("state=0", RecordedStepKind.Poll, IdleSource.PollsAsSiblings, "polls is inferred")]
    [InlineData("state=1", RecordedStepKind.Halt, IdleSource.HaltsAsSiblings, "halts is inferred")]
    public void Idle_period_is_what_the_siblings_do_with_their_approach(
        string state,
        RecordedStepKind kind,
        IdleSource source,
        string note
    )
    {
        // CPU 0 comes to its idle loop 3 us after the event before, each time.
        CompiledTrace compiled = TraceText.Compile(
            $"""
             a-1 [000] ..... 10000: write_msr: 6e0, value 3000
             b-2 [001] ..... 10000: write_msr: 6e0, value 3000
             <idle>-0 [000] d.... 13000: cpu_idle: {state} cpu_id=0
             <idle>-0 [000] d.h1. 90000: local_timer_entry: vector=236
             <idle>-0 [001] d.h1. 90000: local_timer_entry: vector=236
            """
        );

        Assert.Contains(new RecordedStep(kind, new(13_000), 0), compiled.Guest.Vcpus[1]);
        Assert.Equal([IdleSource.Recorded, source], compiled.Cpus.Select(cpu => cpu.Idle));
        Assert.Contains(note, Assert.Single(compiled.Notes()));
    }

    [Fact]
    public void Idle_period_of_a_recording_without_any_is_assumed_to_be_a_halt()
    {
        CompiledTrace compiled = TraceText.Compile(
            """
             a-1 [000] ..... 10000: write_msr: 6e0, value 3000
             <idle>-0 [000] d.h1. 90000: local_timer_entry: vector=236
            """
        );

        Assert.Equal(IdleSource.HaltsAssumed, compiled.Cpus[0].Idle);
        Assert.Contains("assumed", Assert.Single(compiled.Notes()));
    }
}
