using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Msrs;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Processors;

/// <summary>`timer-advance = auto`: adjust_lapic_timer_advance, by its constants and in a machine.</summary>
public class TimerAdvanceTuningTests
{
    private static readonly TestMachine s_machine = new()
    {
        TimerAdvance = TimerAdvanceTuning.Initial,
        TunesTimerAdvance = true,
        HaltPoll = VirtualDuration.Zero,
        Duration = VirtualDuration.FromMilliseconds(400),
    };

    /// <summary>What no advance makes shorter: the switch to the guest, and the guest's way to its handler.</summary>
    private static readonly VirtualDuration s_fromEntry =
        s_machine.Costs.EntryTransition + s_machine.Costs.GuestInterruptEntry;

    /// <summary>2.5 GHz: 100 cycles are 40 ns, 10 000 are 4 us.</summary>
    [Theory]
    [InlineData(1_000, 800, 1_100)]
    [InlineData(1_000, -800, 900)]
    [InlineData(1_000, 39, 1_000)]
    [InlineData(1_000, -39, 1_000)]
    [InlineData(1_000, 40, 1_005)]
    [InlineData(1_000, 47, 1_005)]
    [InlineData(1_000, 48, 1_006)]
    [InlineData(1_000, 4_000, 1_500)]
    [InlineData(1_000, 4_001, 1_000)]
    [InlineData(1_000, -4_001, 1_000)]
    [InlineData(4_900, 800, 5_000)]
    [InlineData(4_901, 800, 1_000)]
    [InlineData(100, -800, 0)]
    [InlineData(99, -800, 1_000)]
    public void Advance_moves_by_an_eighth_of_the_error(long advance, long late, long expected)
    {
        VirtualDuration adjusted = TimerAdvanceTuning.Adjust(
            Ns(advance),
            Ns(late),
            TscFrequency.FromMegahertz(2_500)
        );
        Assert.Equal(expected, adjusted.Nanoseconds);
    }

    /// <summary>What counts as noise and as a spike are cycles of the guest's TSC, not nanoseconds.</summary>
    [Theory]
    [InlineData(99, 1_000)]
    [InlineData(100, 1_012)]
    [InlineData(10_000, 2_250)]
    [InlineData(10_001, 1_000)]
    public void Error_is_measured_in_cycles_of_the_guest(long late, long expected) =>
        Assert.Equal(
            expected,
            TimerAdvanceTuning
                .Adjust(Ns(1_000), Ns(late), TscFrequency.FromMegahertz(1_000))
                .Nanoseconds
        );

    /// <summary>
    /// The path of a running guest's timer to the wait before the entry has a fixed length here: the advance comes up, or down, to it in steps of an eighth until less
    /// than 100 cycles are missing. By what is missing the interrupt is late; what is too much is waited for.
    /// </summary>
    [Theory]
    [InlineData("hrtimer", 1_000)]
    [InlineData("preemption-timer", 3_000)]
    [InlineData("avic", 1_000)]
    public void Advance_of_a_running_guest_becomes_the_length_of_the_way_to_its_entry(
        string backend,
        long begin
    )
    {
        TestMachine machine = s_machine with
        {
            Backend = TimerBackends.Of(backend),
            TimerAdvance = Ns(begin),
        };
        VirtualDuration path =
            Run(machine with { TimerAdvance = default, TunesTimerAdvance = false }, 3)
                .Lateness.Quantile(5_000) - s_fromEntry;

        MachineReport report = Run(machine, 150);

        VirtualDuration advance = report.Vcpus.Single().TunedAdvance!.Value;
        Assert.InRange((path - advance).Nanoseconds, -39, 39);
        Assert.NotInRange((path - machine.TimerAdvance).Nanoseconds, -39, 39);
        Assert.Equal((150, 0), (report.Timers.Fired, report.Timers.Early));
        Assert.Equal(
            VirtualDuration.Max(path - advance, VirtualDuration.Zero) + s_fromEntry,
            report.Lateness.Quantile(0)
        );
    }

    /// <summary>Of a guest whose TSC has 1 GHz the last 100 cycles are 100 ns, whatever its host's.</summary>
    [Fact]
    public void Machine_measures_the_error_in_cycles_of_the_guest()
    {
        MachineReport report = Run(
            s_machine with
            {
                GuestTsc = TscFrequency.FromMegahertz(1_000),
            },
            150
        );
        VirtualDuration missing = report.Lateness.Quantile(0) - s_fromEntry;
        Assert.InRange(missing.Nanoseconds, 80, 99);
    }

    /// <summary>Leaving idle takes 30 us: a spike of 75 000 cycles, each time.</summary>
    [Fact]
    public void Wake_ups_of_a_halted_guest_are_spikes_that_tune_nothing()
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < 19; timer++)
        {
            guest.ProgramIn(2_000).Halt();
        }
        MachineReport report = s_machine.Run(guest);
        Assert.Equal(19, report.Timers.Fired);
        Assert.Equal(TimerAdvanceTuning.Initial, report.Vcpus.Single().TunedAdvance);
    }

    /// <summary>lapic_timer_advance_ns is for TSC deadlines: the counter's expiry is not early, and says nothing about it.</summary>
    [Fact]
    public void Counter_of_the_lapic_tunes_nothing()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, 0xec | (1u << 17))
            .Write(MsrIndex.X2ApicDivideConfiguration, 0xb)
            .Write(MsrIndex.X2ApicInitialCount, 1_000_000)
            .Compute(50_500);
        MachineReport report = (
            s_machine with
            {
                Duration = VirtualDuration.FromMilliseconds(50),
            }
        ).Run(guest);
        Assert.Equal(49, report.Timers.Fired);
        Assert.Equal(TimerAdvanceTuning.Initial, report.Vcpus.Single().TunedAdvance);
    }

    [Fact]
    public void Tuned_advance_goes_with_its_vcpu_to_another_pcpu()
    {
        VirtualDuration there = TunedAfter(
            new VcpuMove(At(390), Vm: 0, Vcpu: 0, ToPcpu: 1),
            hosts: 1
        );
        Assert.Equal(TunedAfter(null, hosts: 1), there);
        Assert.NotEqual(TimerAdvanceTuning.Initial, there);
    }

    /// <summary>KVM makes a vCPU anew on the other host, and its LAPIC with it.</summary>
    [Fact]
    public void Tuning_begins_anew_on_another_host() =>
        Assert.Equal(
            TimerAdvanceTuning.Initial,
            TunedAfter(new VmMigration(At(390), Vm: 0, ToHost: 1, Pcpus: [1]), hosts: 2)
        );

    [Fact]
    public void Fixed_advance_stays_as_it_is_and_is_not_called_tuned() =>
        Assert.Null(
            Run(s_machine with { TunesTimerAdvance = false }, 10).Vcpus.Single().TunedAdvance
        );

    private static VirtualDuration TunedAfter(MachineEvent? happening, int hosts) =>
        Run(s_machine with { Hosts = hosts, Events = happening is null ? [] : [happening] }, 100)
            .Vcpus.Single()
            .TunedAdvance!.Value;

    private static MachineReport Run(TestMachine machine, int timers)
    {
        ScriptedProgram guest = new();
        for (int timer = 0; timer < timers; timer++)
        {
            guest.ProgramIn(1_000).Compute(1_500);
        }
        return machine.Run(guest);
    }

    private static VirtualTime At(long milliseconds) =>
        VirtualTime.Zero + VirtualDuration.FromMilliseconds(milliseconds);

    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);
}
