using System;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Tests.Traces.Hosts;

/// <summary>Host recordings as other hosts, tools and hypervisors make them. One cycle is a nanosecond.</summary>
public class HostKindTests
{
    private const long Offset = -5_000_000_000;
    private const int Timers = 20;

    [Theory]
    [InlineData("CPU {0}/KVM")]
    [InlineData("fc_vcpu {0}")]
    [InlineData("vcpu{0}")]
    [InlineData("crosvm_vcpu{0}")]
    [InlineData("qemu-system-x86")]
    public void Thread_is_a_vcpu_whatever_its_hypervisor_calls_it(string name)
    {
        CompiledTrace compiled = Compile(new HostText { Name = name });

        Assert.Equal(2 * Timers, compiled.DeadlineWrites);
        Assert.Equal([0, 1], compiled.Host!.Threads.Select(thread => thread.Vcpu));
        AssertLate(compiled, 4_000);
    }

    [Fact]
    public void Vcpus_that_are_not_numbered_from_zero_keep_their_numbers()
    {
        CompiledTrace compiled = Compile(new HostText { FirstVcpu = 4 });

        Assert.Equal([4, 5], compiled.Host!.Threads.Select(thread => thread.Vcpu));
        AssertLate(compiled, 4_000);
    }

    [Fact]
    public void Recording_that_begins_in_a_halt_has_no_halt_before_its_first_interrupt()
    {
        HostText text = new();
        string[] lines = text.ToString().Split('\n');
        int interrupt = Array.FindIndex(
            lines,
            line => line.Contains("kvm_inj_virq", StringComparison.Ordinal)
        );

        CompiledTrace compiled = Compile(string.Join('\n', lines.Skip(interrupt)));

        Assert.Equal((2 * Timers) - 1, compiled.DeadlineWrites);
        Assert.Equal(
            RecordedStepKind.TimerInterrupt,
            compiled.Guest.Vcpus[0].First(step => step.Kind != RecordedStepKind.InterruptEnd).Kind
        );
    }

    [Fact]
    public void Two_vms_are_refused_with_their_threads_and_one_is_taken_when_it_is_chosen()
    {
        string both = Merge(new HostText(), new HostText { FirstThread = 5_700, GuestAhead = 7 });

        TraceFormatException refusal = Assert.Throws<TraceFormatException>(() => Compile(both));
        Assert.Contains("records 2 VMs", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("5700 (CPU 0/KVM)", refusal.Message, StringComparison.Ordinal);
        CompiledTrace chosen = Compile(both, TraceChoice.None with { Vm = "5701" });
        Assert.Equal([5_700, 5_701], chosen.Host!.Threads.Select(thread => thread.Id));
        Assert.Equal(2 * Timers, chosen.DeadlineWrites);
    }

    [Fact]
    public void Vm_that_is_not_there_is_refused_with_those_that_are()
    {
        TraceFormatException refusal = Assert.Throws<TraceFormatException>(() =>
            Compile(new HostText().ToString(), TraceChoice.None with { Vm = "17" })
        );

        Assert.Contains("4700 (CPU 0/KVM)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_that_raised_gp_is_no_deadline()
    {
        string text =
            new HostText().ToString()
            + HostText.Line(
                4_700,
                "CPU 0/KVM",
                9_000_000_000,
                "kvm_msr: msr_write 6e0 = 0xfff (#GP)"
            );

        Assert.Equal(2 * Timers, Compile(text).DeadlineWrites);
    }

    [Fact]
    public void Events_of_both_sides_are_refused_until_one_is_chosen()
    {
        string mixed =
            new HostText()
            + HostText.Line(1, "task", 9_000_000_000, "write_msr: 6e0, value 2540be400");

        TraceFormatException refusal = Assert.Throws<TraceFormatException>(() => Compile(mixed));
        Assert.Contains("--side host", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(
            2 * Timers,
            Compile(mixed, TraceChoice.None with { Side = TraceSide.Host }).DeadlineWrites
        );
        Assert.Equal(
            1,
            Compile(mixed, TraceChoice.None with { Side = TraceSide.Guest }).DeadlineWrites
        );
    }

    [Fact]
    public void Interrupt_injected_before_its_deadline_counts_from_the_deadline()
    {
        CompiledTrace compiled = Compile(new HostText { Late = -3_000 });

        AssertLate(compiled, 0);
        Assert.Equal(2 * Timers, compiled.Host!.HeldToDeadline);
    }

    [Fact]
    public void Exits_that_no_timer_caused_are_the_guests_own_with_reason_and_length()
    {
        CompiledTrace compiled = Compile(new HostText { OwnExit = "EPT_VIOLATION" });

        RecordedExit[] own =
        [
            .. compiled
                .Guest.Vcpus.SelectMany(steps => steps)
                .Where(step => step.Kind == RecordedStepKind.Exit)
                .Select(step => RecordedExit.Of(step.Value)),
        ];
        Assert.Equal(2 * Timers, own.Length);
        Assert.All(own, exit => Assert.Equal(VmExitReason.EptViolation, exit.Reason));
        Assert.All(own, exit => Assert.Equal(2_500, exit.Length.Nanoseconds));
        ExitStatistics recorded = compiled.Guest.Exits.Single(exit =>
            exit.Reason == VmExitReason.EptViolation
        );
        Assert.Equal(
            (2 * Timers, 2_500 * 2 * Timers),
            (recorded.Count, recorded.Total.Nanoseconds)
        );
    }

    [Fact]
    public void Exit_that_the_timer_caused_is_none_of_the_guests_own()
    {
        CompiledTrace compiled = Compile(new HostText { Running = true });

        Assert.DoesNotContain(
            compiled.Guest.Vcpus.SelectMany(steps => steps),
            step => step.Kind is RecordedStepKind.Exit or RecordedStepKind.Halt
        );
        AssertLate(compiled, 4_000);
    }

    [Fact]
    public void Offset_that_contradicts_the_recording_is_refused_with_the_one_that_fits()
    {
        TraceFormatException refusal = Assert.Throws<TraceFormatException>(() =>
            Compile(
                new HostText { RecordsOffset = false }.ToString(),
                TraceChoice.None with
                {
                    TscOffset = Offset * 1_000,
                }
            )
        );

        Assert.Contains("`tsc-offset` near -50000", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vcpus_interrupts_are_known_from_the_apic_where_they_are_posted()
    {
        string text = new HostText().ToString();
        string posted = string.Join(
            '\n',
            text.Split('\n').Where(line => !line.Contains("kvm_inj_virq", StringComparison.Ordinal))
        );

        CompiledTrace compiled = Compile(posted);

        Assert.Equal(InjectionSource.Accepted, compiled.Host!.Injection);
        // At the entry, 200 ns after the injection.
        AssertLate(compiled, 4_200);
    }

    private static void AssertLate(CompiledTrace compiled, long nanoseconds)
    {
        ExactDistribution lateness = RecordedLateness.Distribution(
            RecordedLateness.Of(compiled.Guest)
        );
        Assert.Equal(2 * Timers, lateness.Count);
        Assert.Equal(nanoseconds, lateness.Quantile(0).Nanoseconds);
        Assert.Equal(nanoseconds, lateness.Quantile(10_000).Nanoseconds);
    }

    private static CompiledTrace Compile(HostText text) => Compile(text.ToString());

    private static CompiledTrace Compile(string text) => Compile(text, TraceChoice.None);

    private static CompiledTrace Compile(string text, TraceChoice choice) =>
        TraceCompiler.Compile(TraceText.Read(text), TraceText.OneGigahertz, choice);

    private static string Merge(HostText one, HostText other) => one.ToString() + other;

    /// <summary>Two vCPUs with a timer of 1 ms each, as the host records them.</summary>
    private sealed record HostText
    {
        public string Name { get; init; } = "CPU {0}/KVM";

        public int FirstVcpu { get; init; }

        public int FirstThread { get; init; } = 4_700;

        /// <summary>The guest's clock, in hours before the one of <see cref="Offset"/>.</summary>
        public int GuestAhead { get; init; }

        public long Late { get; init; } = 4_000;

        public string? OwnExit { get; init; }

        public bool Running { get; init; }

        public bool RecordsOffset { get; init; } = true;

        private long TscOffset => Offset + (GuestAhead * 3_600_000_000_000);

        public static string Line(int thread, string name, long at, string text) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}-{thread} [003] d.... {at}: {text}\n"
            );

        public override string ToString()
        {
            StringBuilder text = new();
            for (int vcpu = 0; RecordsOffset && vcpu < 2; vcpu++)
            {
                ulong bits = unchecked((ulong)TscOffset); // reason: KVM prints it as 64 bits
                string next = bits.ToString(CultureInfo.InvariantCulture);
                Add(
                    text,
                    vcpu,
                    7_000_000_000,
                    $"kvm_write_tsc_offset: vcpu={FirstVcpu + vcpu} prev=0 next={next}"
                );
            }
            for (int i = 0; i < Timers; i++)
            {
                for (int vcpu = 0; vcpu < 2; vcpu++)
                {
                    AddTimer(text, vcpu, 8_000_000_000 + (i * 1_000_000) + (vcpu * 300_000));
                }
            }
            return text.ToString();
        }

        private void AddTimer(StringBuilder text, int vcpu, long at)
        {
            string number = (FirstVcpu + vcpu).ToString(CultureInfo.InvariantCulture);
            long deadline = at + 600_000;
            string value = (deadline + TscOffset).ToString("x", CultureInfo.InvariantCulture);
            Exit(text, vcpu, at, "MSR_WRITE");
            Add(text, vcpu, at + 300, $"kvm_msr: msr_write 6e0 = 0x{value}");
            Add(text, vcpu, at + 700, $"kvm_entry: vcpu {number}, rip 0x12");
            if (OwnExit is { } reason)
            {
                Exit(text, vcpu, at + 10_000, reason);
                Add(text, vcpu, at + 12_500, $"kvm_entry: vcpu {number}, rip 0x12");
            }
            Exit(
                text,
                vcpu,
                Running ? deadline + 2_000 : at + 20_000,
                Running ? "EXTERNAL_INTERRUPT" : "HLT"
            );
            Add(
                text,
                vcpu,
                deadline + Late - 500,
                $"kvm_apic_accept_irq: apicid {number} vec 236 (Fixed|edge)"
            );
            Add(text, vcpu, deadline + Late, "kvm_inj_virq: IRQ 0xec");
            Add(text, vcpu, deadline + Late + 200, $"kvm_entry: vcpu {number}, rip 0x13");
        }

        private void Exit(StringBuilder text, int vcpu, long at, string reason) =>
            Add(
                text,
                vcpu,
                at,
                $"kvm_exit: vcpu {(FirstVcpu + vcpu).ToString(CultureInfo.InvariantCulture)} reason {reason} rip 0x10 info1 0x0 info2 0x0"
            );

        private void Add(StringBuilder text, int vcpu, long at, string what) =>
            text.Append(
                Line(
                    FirstThread + vcpu,
                    string.Format(CultureInfo.InvariantCulture, Name, FirstVcpu + vcpu),
                    at,
                    what
                )
            );
    }
}
