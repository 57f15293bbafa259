using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.Formats.Traces;
using PvTimer.Model.Guests;
using static PvTimer.Model.Guests.RecordedStepKind;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>From events to steps, one rule per test. A cycle is a nanosecond.</summary>
public class TraceCompilerTests
{
    [Fact]
    public void Timer_interrupt_is_paired_with_the_write_that_armed_it()
    {
        AssertSteps(
            """
             a-1 [000] ..... 1000: write_msr: 6e0, value 7d0
             <idle>-0 [000] d.... 1100: cpu_idle: state=1 cpu_id=0
             <idle>-0 [000] d.h1. 2500: local_timer_entry: vector=236
             <idle>-0 [000] d.h1. 2600: write_msr: 6e0, value 0
             <idle>-0 [000] d.h1. 2700: local_timer_exit: vector=236
             <idle>-0 [000] d.... 2800: cpu_idle: state=4294967295 cpu_id=0
            """,
            (ProgramDeadline, 1000, 2000),
            (Halt, 1100, 0),
            (TimerInterrupt, 2500, 0),
            (ProgramDeadline, 2600, 0),
            (InterruptEnd, 2700, 0)
        );
    }

    [Fact]
    public void Timer_interrupt_on_its_way_while_overwritten_belongs_to_the_old_deadline()
    {
        // Due at 2000, overwritten at 2100 by 5000, entered at 2200 all the same.
        Assert.Equal(
            [0UL, 1UL],
            TimerInterrupts(
                """
                 a-1 [000] ..... 1000: write_msr: 6e0, value 7d0
                 a-1 [000] ..... 2100: write_msr: 6e0, value 1388
                 a-1 [000] ..... 2200: local_timer_entry: vector=236
                 a-1 [000] ..... 5100: local_timer_entry: vector=236
                """
            )
        );
    }

    [Fact]
    public void Timer_interrupt_never_belongs_to_a_deadline_replaced_before_it_was_due()
    {
        // 2000 was replaced at 1500: what comes at 2200 was armed by neither write.
        Assert.Equal(
            [RecordedStep.NoWrite],
            TimerInterrupts(
                """
                 a-1 [000] ..... 1000: write_msr: 6e0, value 7d0
                 a-1 [000] ..... 1500: write_msr: 6e0, value 1388
                 a-1 [000] ..... 2200: local_timer_entry: vector=236
                """
            )
        );
    }

    [Fact]
    public void Timer_write_has_one_interrupt_at_most()
    {
        Assert.Equal(
            [RecordedStep.NoWrite, 0UL, RecordedStep.NoWrite],
            TimerInterrupts(
                """
                 a-1 [000] ..... 900: local_timer_entry: vector=236
                 a-1 [000] ..... 1000: write_msr: 6e0, value 7d0
                 a-1 [000] ..... 2200: local_timer_entry: vector=236
                 a-1 [000] ..... 2300: local_timer_entry: vector=236
                """
            )
        );
    }

    [Fact]
    public void Failed_msr_write_is_no_step()
    {
        AssertSteps(
            """
             a-1 [000] ..... 1000: write_msr: 6e0, value 7d0 #GP
             a-1 [000] ..... 1001: write_msr: 6e0, value 7d1
            """,
            (ProgramDeadline, 1001, 2001)
        );
    }

    [Theory]
    [InlineData("1000000fb", true)] // physical, x2APIC id 1
    [InlineData("fb", false)] // physical, id 0
    [InlineData("2000000fb", false)] // a CPU that is not there
    [InlineData("1000000fd", false)] // another vector
    [InlineData("2000008fb", true)] // logical, cluster 0, bit 1
    [InlineData("1000008fb", false)] // logical, cluster 0, bit 0
    [InlineData("c00fb", true)] // all but self
    [InlineData("400fb", false)] // self
    [InlineData("ffffffff000000fb", true)] // broadcast
    public void Ipi_interrupt_is_explained_by_destination_and_vector(string icr, bool explained)
    {
        CompiledTrace compiled = TraceText.Compile(
            $"""
             a-1 [000] ..... 500: write_msr: 6e0, value 1
             a-1 [000] ..... 1000: write_msr: 830, value {icr}
             b-2 [001] d.h1. 1600: call_function_single_entry: vector=251
            """
        );

        Assert.Equal(explained ? IpiInterrupt : DeviceInterrupt, compiled.Guest.Vcpus[1][0].Kind);
        Assert.Equal(251UL, compiled.Guest.Vcpus[1][0].Value);
        Assert.Equal(SendIpi, compiled.Guest.Vcpus[0][1].Kind);
    }

    [Fact]
    public void Ipi_entries_are_explained_once_per_write_unless_they_coalesce()
    {
        CompiledTrace compiled = TraceText.Compile(
            """
             a-1 [000] ..... 500: write_msr: 6e0, value 1
             a-1 [000] ..... 1000: write_msr: 830, value 1000000fb
             a-1 [000] ..... 2000: write_msr: 830, value 1000000fb
             b-2 [001] d.h1. 9000: call_function_single_entry: vector=251
             b-2 [001] d.h1. 9500: call_function_single_entry: vector=251
             b-2 [001] d.h1. 50000: call_function_single_entry: vector=251
             a-1 [000] ..... 55000: write_msr: 830, value 1000000fb
            """
        );

        // Both writes met in the IRR; the last one was recorded after its interrupt was entered.
        Assert.Equal(
            [IpiInterrupt, DeviceInterrupt, IpiInterrupt],
            compiled
                .Guest.Vcpus[1]
                .Where(step => step.Kind != InterruptEnd)
                .Select(step => step.Kind)
        );
    }

    [Fact]
    public void Interrupt_whose_exits_are_not_recorded_ends_at_once()
    {
        AssertSteps(
            """
             a-1 [000] ..... 500: write_msr: 6e0, value 1
             a-1 [000] d.h1. 1600: reschedule_entry: vector=253
             a-1 [000] d.h1. 1700: irq_handler_entry: irq=24 name=virtio0
             a-1 [000] d.h1. 1800: irq_handler_exit: irq=24 ret=handled
             a-1 [000] ..s1. 1900: softirq_entry: vec=1 [action=TIMER]
            """,
            (ProgramDeadline, 500, 1),
            (DeviceInterrupt, 1600, 253),
            (InterruptEnd, 1600, 0),
            (DeviceInterrupt, 1700, 24),
            (InterruptEnd, 1800, 0)
        );
    }

    [Fact]
    public void Interrupt_exit_without_entry_is_counted_and_left_out()
    {
        CompiledTrace compiled = TraceText.Compile(
            """
             a-1 [000] d.h1. 400: local_timer_exit: vector=236
             a-1 [000] ..... 500: write_msr: 6e0, value 1
            """
        );

        Assert.Single(compiled.Guest.Vcpus[0]);
        Assert.Equal(
            new CompiledCpu(0, true, 0, 1) { Idle = IdleSource.HaltsAssumed, Deadlines = 1 },
            Assert.Single(compiled.Cpus)
        );
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void Deadline_that_never_comes_is_replaced_without_a_word(ulong deadline)
    {
        CompiledTrace compiled = TraceText.Compile(
            $"""
             a-1 [000] ..... 500: write_msr: 6e0, value {deadline:x}
             a-1 [000] ..... 700: write_msr: 6e0, value 320
             a-1 [000] d.h1. 900: local_timer_entry: vector=236
            """
        );

        Assert.Equal(0, Assert.Single(compiled.Cpus).UnansweredDeadlines);
    }

    [Theory]
    [InlineData("local_timer_entry", 2, 0)]
    [InlineData("write_msr", 0, 2)]
    public void Events_that_are_missing_without_a_word_are_said(
        string lost,
        int unanswered,
        int unpaired
    )
    {
        const int Timer = 1_000_000;
        StringWriter text = new();
        for (int i = 1; i <= 10; i++)
        {
            int at = i * Timer * 2;
            bool isGap = i is 5 or 8;
            text.Write($" a-1 [000] ..... {at - 10}: cpu_idle: state=4294967295 cpu_id=0\n");
            if (!isGap || lost != "write_msr")
            {
                text.Write($" a-1 [000] ..... {at}: write_msr: 6e0, value {at + Timer:x}\n");
            }
            text.Write($" a-1 [000] ..... {at + 10}: cpu_idle: state=1 cpu_id=0\n");
            if (!isGap || lost != "local_timer_entry")
            {
                text.Write($" a-1 [000] d.h1. {at + Timer + 20}: local_timer_entry: vector=236\n");
                text.Write($" a-1 [000] d.h1. {at + Timer + 30}: local_timer_exit: vector=236\n");
            }
        }
        CompiledTrace compiled = TraceText.Compile(text.ToString());

        CompiledCpu cpu = Assert.Single(compiled.Cpus);
        Assert.Equal((unanswered, unpaired), (cpu.UnansweredDeadlines, cpu.UnpairedInterrupts));
        Assert.Contains("events are missing", Assert.Single(compiled.Notes()));
    }

    [Fact]
    public void Idle_exit_without_interrupt_is_a_device()
    {
        AssertSteps(
            """
             a-1 [000] ..... 500: write_msr: 6e0, value 1
             <idle>-0 [000] d..1. 1000: cpu_idle: state=1 cpu_id=0
             <idle>-0 [000] d..1. 3000: cpu_idle: state=4294967295 cpu_id=0
             <idle>-0 [000] d..1. 4000: cpu_idle: state=0 cpu_id=0
             <idle>-0 [000] d..1. 5000: cpu_idle: state=4294967295 cpu_id=0
            """,
            (ProgramDeadline, 500, 1),
            (Halt, 1000, 0),
            (DeviceInterrupt, 3000, 0),
            (InterruptEnd, 3000, 0),
            (Poll, 4000, 0)
        );
    }

    [Fact]
    public void Vcpus_are_the_recorded_cpus_in_the_order_of_their_numbers()
    {
        CompiledTrace compiled = TraceText.Compile(
            """
             a-1 [005] ..... 1: write_msr: 6e0, value 55
             a-1 [002] ..... 2: write_msr: 6e0, value 22
            """
        );

        Assert.Equal([2, 5], compiled.Cpus.Select(cpu => cpu.Cpu));
        Assert.Equal([0x22UL, 0x55UL], compiled.Guest.Vcpus.Select(steps => steps[0].Value));
        Assert.Equal((1UL, 2UL), (compiled.Guest.Start.Value, compiled.Guest.End.Value));
    }

    private static IEnumerable<ulong> TimerInterrupts(string text) =>
        TraceText
            .Compile(text + "\n <idle>-0 [000] d..1. 90000: cpu_idle: state=1 cpu_id=0")
            .Guest.Vcpus[0]
            .Where(step => step.Kind == TimerInterrupt)
            .Select(step => step.Value);

    private static void AssertSteps(
        string text,
        params (RecordedStepKind Kind, ulong At, ulong Value)[] expected
    )
    {
        CompiledTrace compiled = TraceText.Compile(text);
        Assert.Equal(
            expected,
            compiled.Guest.Vcpus[0].Select(step => (step.Kind, step.At.Value, step.Value))
        );
    }
}
