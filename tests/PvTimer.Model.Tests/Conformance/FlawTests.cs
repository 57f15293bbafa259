using System;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Paravirt;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// Behaviour 53: every flaw of the series shows with its own switch, and only with it. The numbers are the
/// rows of the list of flaws; row 18 says that the memory order is sound, see <see cref="MemoryOrderTests"/>.
/// </summary>
public class FlawTests
{
    [Fact]
    public void Behaviour_53_flaw_01_a_busy_worker_burns_the_dedicated_cpu()
    {
        long Kthread(WorkerMode worker) =>
            Machine(PvTimerFlaws.None, parameters => parameters with { Worker = worker })
                .Run(Ticking())
                .TimerCpu.Kthread.Nanoseconds;
        Assert.True(Kthread(WorkerMode.Busy) > 19_000_000);
        Assert.True(Kthread(WorkerMode.Paced) < 1_000_000);
    }

    [Fact]
    public void Behaviour_53_flaw_02_a_later_deadline_leaves_the_armed_one_to_fire_early() =>
        Shows(
            new PvTimerFlaws { StaleArmedTimer = true },
            () => new ScriptedProgram().ProgramIn(990).Compute(900).ProgramIn(3000).Compute(9000),
            report => report.Timers.Early
        );

    [Fact]
    public void Behaviour_53_flaw_03_a_disarm_cancels_nothing() =>
        Shows(
            new PvTimerFlaws { DisarmIsLost = true },
            () =>
                new ScriptedProgram()
                    .ProgramIn(2000)
                    .Compute(1000)
                    .Then(GuestStep.ProgramDeadline(TscTicks.Zero))
                    .Compute(9000),
            report => report.Timers.Fired
        );

    [Fact]
    public void Behaviour_53_flaw_04_a_deadline_written_to_the_msr_only_is_lost() =>
        Shows(
            new PvTimerFlaws { MsrValueIgnored = true },
            () => new ScriptedProgram().WriteDeadlineIn(2000).Compute(9000),
            report => report.Timers.Lost
        );

    [Fact]
    public void Behaviour_53_flaw_05_rdmsr_does_not_see_a_deadline_in_the_page()
    {
        long Unseen(PvTimerFlaws flaws)
        {
            ScriptedProgram guest = new ScriptedProgram()
                .Compute(550)
                .ProgramIn(2000)
                .Read(MsrIndex.Ia32TscDeadline)
                .Compute(5000);
            Machine(flaws).Run(guest);
            return guest.Accesses[0].Value == 0 ? 1 : 0;
        }
        Assert.Equal(1, Unseen(new PvTimerFlaws { RdmsrSeesOnlyArmed = true }));
        Assert.Equal(0, Unseen(PvTimerFlaws.None));
    }

    [Fact]
    public void Behaviour_53_flaw_06_a_refused_enable_stays_on_and_loses_the_timer() =>
        Shows(
            new PvTimerFlaws { EnableBeforeValidation = true, MsrValueIgnored = true },
            () =>
                new ScriptedProgram()
                    .Write(PvTimerParameters.DefaultEnableMsr, 0)
                    .Write(PvTimerParameters.DefaultEnableMsr, PvTimerMsr.Enable(1UL << 32).Value)
                    .ProgramIn(500)
                    .Compute(9000),
            report => report.Timers.Lost
        );

    [Fact]
    public void Behaviour_53_flaw_07_an_address_aligned_to_4_splits_cache_lines() =>
        Shows(
            new PvTimerFlaws { FourByteAlignment = true },
            () =>
                new ScriptedProgram()
                    .Write(PvTimerParameters.DefaultEnableMsr, PvTimerMsr.Enable(0x10_003c).Value)
                    .ProgramIn(500)
                    .Compute(9000),
            report => report.Flaws.SplitLocks
        );

    [Fact]
    public void Behaviour_53_flaw_08_disabling_leaves_the_armed_timer_running() =>
        Shows(
            new PvTimerFlaws { DisableLeavesTimerArmed = true },
            () =>
                new ScriptedProgram()
                    .ProgramIn(2000)
                    .Compute(1000)
                    .Write(PvTimerParameters.DefaultEnableMsr, 0)
                    .ProgramIn(4000)
                    .Compute(9000),
            report => report.Timers.Early
        );

    [Fact]
    public void Behaviour_53_flaw_09_the_doorbell_reads_a_foreign_address_space() =>
        Shows(
            new PvTimerFlaws { ForeignAddressSpace = true },
            () => new ScriptedProgram().ProgramIn(5).Compute(9000),
            report => report.Flaws.ForeignAddressSpaceReads
        );

    [Fact]
    public void Behaviour_53_flaw_10_kvm_lock_is_held_over_the_whole_scan() =>
        Shows(
            new PvTimerFlaws { LockHeldOverScan = true },
            () => new ScriptedProgram().ProgramIn(500).Compute(9000),
            report => report.Flaws.LockHeld.Nanoseconds
        );

    [Fact]
    public void Behaviour_53_flaw_11_the_scan_visits_vcpus_that_never_enabled()
    {
        long Kthread(PvTimerFlaws flaws) =>
            Machine(flaws)
                .Run(new ScriptedProgram().Write(PvTimerParameters.DefaultEnableMsr, 0).Compute(9))
                .TimerCpu.Kthread.Nanoseconds;
        Assert.True(
            Kthread(new PvTimerFlaws { ScansEveryVcpu = true }) > Kthread(PvTimerFlaws.None)
        );
    }

    [Fact]
    public void Behaviour_53_flaw_11_a_promise_without_the_scans_own_delay_is_not_kept()
    {
        long Broken(PvTimerFlaws flaws) => Machine(flaws).Run(Ticking()).Flaws.UnkeptPromises;
        long broken = Broken(new PvTimerFlaws { PaddingIgnoresLateScan = true });
        Assert.True(broken > 70, $"{broken} promises broken");
        Assert.True(Broken(PvTimerFlaws.None) < 5);
    }

    [Fact]
    public void Behaviour_53_flaw_12_without_a_dedicated_cpu_timers_are_lost()
    {
        MachineReport Run(PvTimerFlaws flaws) =>
            (Machine(flaws) with { TimerCpu = null }).Run(
                new ScriptedProgram().ProgramIn(100).Compute(9000)
            );
        MachineReport posted = Run(new PvTimerFlaws { NoFallbackWithoutTimerCpu = true });
        Assert.Equal(1, posted.Timers.Lost);
        MachineReport repaired = Run(PvTimerFlaws.None);
        Assert.Equal(1, repaired.Timers.Fired);
        Assert.Equal(1, repaired.WritesOf(MsrIndex.Ia32TscDeadline));
    }

    [Fact]
    public void Behaviour_53_flaw_13_every_doorbell_is_an_interrupt_of_its_own()
    {
        long Interrupts(PvTimerFlaws flaws)
        {
            TestMachine machine = Machine(flaws) with { Cpus = 9, TimerCpu = 8 };
            return machine
                .Run(
                    new NanosleepGuest(VirtualDuration.FromMicroseconds(9), default)
                    {
                        Idle = GuestIdle.Poll,
                    },
                    vcpus: 8
                )
                .TimerCpu.Interrupt.Nanoseconds;
        }
        Assert.True(
            Interrupts(new PvTimerFlaws { IpiPerDoorbell = true }) > Interrupts(PvTimerFlaws.None)
        );
    }

    [Fact]
    public void Behaviour_53_flaw_14_the_preemption_timer_is_armed_in_a_foreign_vmcs()
    {
        long Foreign(PvTimerFlaws flaws) =>
            (Machine(flaws) with { HvTimer = true }).Run(Ticking()).Flaws.ForeignVmcsWrites;
        Assert.True(Foreign(new PvTimerFlaws { PreemptionTimerFromForeignCpu = true }) > 0);
        Assert.Equal(0, Foreign(PvTimerFlaws.None));
    }

    [Fact]
    public void Behaviour_53_flaw_15_the_advance_delivers_before_the_deadline()
    {
        long Early(PvTimerFlaws flaws) =>
            (Machine(flaws) with { TimerAdvance = VirtualDuration.FromMicroseconds(20) })
                .Run(new ScriptedProgram().ProgramIn(2000).Compute(9000))
                .Timers.Early;
        Assert.Equal(1, Early(new PvTimerFlaws { AdvanceIsNotWaitedFor = true }));
        Assert.Equal(0, Early(PvTimerFlaws.None));
    }

    [Fact]
    public void Behaviour_53_flaw_16_cancelling_across_cpus_spins() =>
        Shows(
            new PvTimerFlaws { CancelSpinsAcrossCpus = true },
            () =>
                new ScriptedProgram()
                    .Write(PvTimerParameters.DefaultEnableMsr, 0)
                    .ProgramIn(4000)
                    .Write(PvTimerParameters.DefaultEnableMsr, PvTimerMsr.Enable(0x10_0000).Value)
                    .ProgramIn(5000)
                    .Compute(9000),
            report => report.Flaws.CancelSpin.Nanoseconds
        );

    [Fact]
    public void Behaviour_53_flaw_17_the_last_vcpu_of_the_scan_is_always_the_late_one()
    {
        // Deadlines that the scan itself has to deliver: how much later is the last vCPU's than the first's?
        long Spread(PvTimerFlaws flaws)
        {
            ScriptedProgram[] guests = new ScriptedProgram[8];
            for (int i = 0; i < guests.Length; i++)
            {
                guests[i] = new ScriptedProgram();
                for (int round = 0; round < 32; round++)
                {
                    guests[i].Compute(300).Then(Ahead).Compute(200);
                }
            }
            TestMachine machine = Machine(flaws with { PaddingIgnoresLateScan = true }) with
            {
                Cpus = 9,
                TimerCpu = 8,
            };
            machine.Run(guests);
            return Math.Abs(Total(guests[^1]) - Total(guests[0]));
        }
        long unfair = Spread(new PvTimerFlaws { NoFairnessBetweenGuests = true });
        long fair = Spread(PvTimerFlaws.None);
        Assert.True(unfair > 4 * fair, $"unfair {unfair} ns, fair {fair} ns");
    }

    /// <summary>A deadline 1 us after the next scan's time.</summary>
    private static GuestStep Ahead(GuestContext context)
    {
        long period = 250_000;
        long next = ((context.Now.Nanoseconds / period) + 1) * period;
        return GuestStep.ProgramDeadline(
            context.Clock.At(VirtualTime.FromNanoseconds(next + 1_000))
        );
    }

    private static long Total(ScriptedProgram guest)
    {
        long sum = 0;
        foreach (TakenInterrupt taken in guest.Interrupts)
        {
            sum += taken.At.Nanoseconds % 250_000;
        }
        return sum;
    }

    private static CyclictestGuest Ticking() =>
        new(VirtualDuration.FromMilliseconds(1), 1, default, default);

    private static TestMachine Machine(
        PvTimerFlaws flaws,
        Func<PvTimerParameters, PvTimerParameters>? change = null
    )
    {
        PvTimerParameters parameters = new() { Flaws = flaws };
        return new TestMachine
        {
            Backend = TimerBackend.PvTimer,
            PvTimer = change is null ? parameters : change(parameters),
        };
    }

    /// <summary>With the flaw the figure is above zero, in the fixed variant it is zero.</summary>
    private static void Shows(
        PvTimerFlaws flaws,
        Func<ScriptedProgram> guest,
        Func<MachineReport, long> figure
    )
    {
        Assert.True(figure(Machine(flaws).Run(guest())) > 0);
        Assert.Equal(0, figure(Machine(PvTimerFlaws.None).Run(guest())));
    }
}
