using System;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Races;

/// <summary>
/// Flaws of the series that are no races: what they cost, or what they accept. Each shows in the series as
/// posted under every schedule, and in the fixed variant under none. Races are in <see cref="FlawRaceSpec"/>;
/// flaw 12 is in <see cref="OutageSpec"/>, flaw 18, which is none, among the races.
/// </summary>
public sealed class FlawSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    private const int Schedules = 40;

    private static PvTimerParameters Paced { get; } =
        PvTimerParameters.AsPosted with
        {
            Worker = WorkerMode.Paced,
        };

    [Fact]
    public void Flaw_01_worker_that_never_sleeps_burns_the_dedicated_cpu() =>
        Shows(
            PvTimerParameters.AsPosted,
            host => Clock.AdvanceInto(3.Milliseconds(), 3_010.Microseconds()),
            result =>
                result.Report.TimerCpu.Idle.Nanoseconds
                < result.Report.TimerCpu.Total.Nanoseconds / 2
        );

    [Fact]
    public void Flaw_06_refused_enable_stays_on_and_loses_the_next_timer() =>
        Shows(
            Paced,
            host =>
            {
                GuestHandle guest = host.Vcpu(0).Guest;
                guest.WriteMsr(PvTimerParameters.DefaultEnableMsr, 0);
                guest.WriteMsr(
                    PvTimerParameters.DefaultEnableMsr,
                    PvTimerMsr.Enable(1UL << 32).Value
                );
                Clock.AdvanceInto(240.Microseconds(), 260.Microseconds());
                guest.ProgramDeadline(@in: 500.Microseconds());
                Clock.AdvanceTo(5.Milliseconds());
            },
            result => result.Report.Timers.Lost > 0
        );

    [Fact]
    public void Flaw_07_page_aligned_to_4_bytes_splits_cache_lines() =>
        Shows(
            Paced,
            host =>
            {
                GuestHandle guest = host.Vcpu(0).Guest;
                guest.WriteMsr(
                    PvTimerParameters.DefaultEnableMsr,
                    PvTimerMsr.Enable(0x10_003c).Value
                );
                Clock.AdvanceInto(240.Microseconds(), 260.Microseconds());
                guest.ProgramDeadline(@in: 500.Microseconds());
                Clock.AdvanceTo(2.Milliseconds());
            },
            result => result.Report.Flaws.SplitLocks > 0
        );

    [Fact]
    public void Flaw_09_doorbell_reads_guest_memory_in_a_foreign_address_space() =>
        Shows(
            Paced,
            host =>
            {
                // While no scan runs: in a scan the kthread has just taken some guest's address space.
                Clock.AdvanceInto(100.Microseconds(), 240.Microseconds());
                host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Microseconds());
                Clock.AdvanceTo(249.Microseconds());
            },
            result => result.Report.Flaws.ForeignAddressSpaceReads > 0
        );

    [Fact]
    public void Flaw_10_kvm_lock_is_held_over_the_whole_scan() =>
        Shows(Paced, ShortTimer, result => result.Report.Flaws.LockHeld > VirtualDuration.Zero);

    [Fact]
    public void Flaw_11_scan_visits_vcpus_that_never_enabled() =>
        Shows(
            Paced,
            host =>
            {
                host.Vcpu(0).Guest.WriteMsr(PvTimerParameters.DefaultEnableMsr, 0);
                Clock.AdvanceInto(2_990.Microseconds(), 3.Milliseconds());
            },
            result => result.Report.TimerCpu.Kthread > 24_800.Nanoseconds()
        );

    [Fact]
    public void Flaw_13_doorbells_that_ring_together_are_handled_one_by_one()
    {
        VirtualDuration posted = InterruptsOfSixDoorbells(Paced);
        VirtualDuration repaired = InterruptsOfSixDoorbells(new PvTimerParameters());
        Assert.True(posted > repaired, $"{posted} as posted, {repaired} fixed");
    }

    /// <summary>Time of the dedicated CPU in interrupts, for six vCPUs that ring at once.</summary>
    private VirtualDuration InterruptsOfSixDoorbells(PvTimerParameters pvTimer)
    {
        Anew();
        HostHandle host = Host(
            new HostOptions
            {
                Pcpus = 7,
                TimerCpu = 6,
                PvTimer = pvTimer,
            }
        );
        Clock.AdvanceTo(100.Microseconds());
        for (int vcpu = 0; vcpu < 6; vcpu++)
        {
            host.Vcpu(vcpu).Guest.ProgramDeadline(@in: 5.Microseconds());
        }
        Clock.AdvanceTo(150.Microseconds());
        return Finish().Report.TimerCpu.Interrupt;
    }

    [Fact]
    public void Flaw_14_preemption_timer_is_armed_in_a_foreign_vmcs() =>
        Shows(
            Paced,
            ShortTimer,
            result => result.Report.Flaws.ForeignVmcsWrites > 0,
            adjust: options => options with { HvTimer = true }
        );

    [Fact]
    public void Flaw_15_advance_delivers_before_the_deadline() =>
        Shows(
            Paced,
            host =>
            {
                Clock.AdvanceInto(100.Microseconds(), 110.Microseconds());
                host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
                Clock.AdvanceTo(5.Milliseconds());
            },
            result => result.Report.Timers.Early > 0,
            adjust: options => options with { TimerAdvance = 20.Microseconds() }
        );

    [Fact]
    public void Flaw_17_guest_that_re_arms_fast_keeps_the_dedicated_cpu_from_all_others() =>
        Shows(
            Paced,
            host =>
            {
                host.AddVm(
                    "hog",
                    vcpus: 2,
                    new NanosleepGuest(3.Microseconds(), default) { Idle = GuestIdle.Poll }
                );
                Clock.AdvanceInto(2_000.Microseconds(), 2_010.Microseconds());
            },
            result => result.Report.TimerCpu.Interrupt > 100.Microseconds()
        );

    [Fact]
    public void Flaw_18_deadline_delivered_at_once_leaves_the_armed_one_to_fire_as_well() =>
        Shows(
            Paced,
            host =>
            {
                host.Vcpu(0).Guest.ProgramDeadline(@in: 3.Milliseconds());
                Clock.AdvanceInto(600.Microseconds(), 700.Microseconds());
                host.Vcpu(0).Guest.ProgramDeadline(@in: 0.Microseconds());
                Clock.AdvanceTo(5.Milliseconds());
            },
            result => result.Report.Timers.Early > 0
        );

    [Fact]
    public void Timer_over_the_budget_of_doorbells_fires_once_whenever_the_scan_meets_it() =>
        Explore(
            () =>
            {
                HostHandle host = Host();
                for (int ring = 0; ring < PvTimerParameters.DoorbellsPerPromise; ring++)
                {
                    host.Vcpu(0).Guest.ProgramDeadline(@in: 20.Microseconds());
                    host.Vcpu(0).Guest.ExpectTimer();
                }
                Clock.AdvanceInto(240.Microseconds(), 260.Microseconds());
                host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Microseconds());
                Clock.AdvanceTo(2.Milliseconds());
                Finish()
                    .ShouldFire(PvTimerParameters.DoorbellsPerPromise + 1)
                    .ShouldKeepItsPromises();
            },
            Schedules
        );

    /// <summary>A deadline that rings the doorbell, at whatever instant around a scan.</summary>
    private void ShortTimer(HostHandle host)
    {
        Clock.AdvanceInto(240.Microseconds(), 260.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Microseconds());
        Clock.AdvanceTo(2.Milliseconds());
    }

    private void Shows(
        PvTimerParameters posted,
        Action<HostHandle> script,
        Func<ScriptResult, bool> hasFlaw,
        Func<HostOptions, HostOptions>? adjust = null
    )
    {
        Action With(PvTimerParameters pvTimer, bool expected) =>
            () =>
            {
                HostOptions options = new() { PvTimer = pvTimer };
                script(Host(adjust is null ? options : adjust(options)));
                Assert.Equal(expected, hasFlaw(Finish()));
            };
        Explore(With(posted, expected: true), Schedules);
        Explore(With(new PvTimerParameters(), expected: false), Schedules);
    }
}
