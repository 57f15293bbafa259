using System.Collections.Generic;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>
/// The VMX preemption timer as kvm-unit-tests' vmx_tests.c has it. KVM does not save its value at exits: it writes what
/// is left until the deadline at each entry (vmx_update_hv_timer), so that is what is tested here.
/// </summary>
public class PreemptionTimerTests
{
    public static TheoryData<string> Backends => ["preemption-timer", "fastpath"];

    /// <summary>A counter that went on from its old value, or began anew, would be late by the exits or by the whole.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_40_exits_on_the_way_do_not_move_the_expiry(string backend)
    {
        const int Exits = 20;
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1_000);
        for (int exit = 0; exit < Exits; exit++)
        {
            guest.Compute(40).Read(MsrIndex.Ia32TscDeadline);
        }
        MachineReport report = Machine(backend, SimpleCosts.Plausible).Run(guest.Compute(2_000));
        VirtualDuration undisturbed = Machine(backend, SimpleCosts.Plausible)
            .Run(new ScriptedProgram().ProgramIn(1_000).Compute(2_000))
            .Lateness.Quantile(10_000);
        Assert.Equal(Exits, report.ExitsOf(VmExitReason.MsrRead));
        Assert.Equal((1, 1), (report.Timers.Fired, report.ExitsOf(VmExitReason.PreemptionTimer)));
        Assert.Equal(undisturbed, report.Lateness.Quantile(10_000));
    }

    /// <summary>An exit on the way, when it has come near enough, does not give it to the counter.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Deadline_that_was_too_far_for_the_counter_stays_an_hrtimer(string backend)
    {
        ScriptedProgram guest = new ScriptedProgram()
            .ProgramIn(60_000_000)
            .Compute(20_000_000)
            .Read(MsrIndex.Ia32TscDeadline)
            .Compute(50_000_000);
        MachineReport report = (
            Machine(backend, SimpleCosts.Plausible) with
            {
                Duration = VirtualDuration.FromSeconds(62),
            }
        ).Run(guest);
        Assert.Equal(
            (1, 0, 1),
            (
                report.Timers.Fired,
                report.ExitsOf(VmExitReason.PreemptionTimer),
                report.ExitsOf(VmExitReason.ExternalInterrupt)
            )
        );
    }

    /// <summary>
    /// It waits for its turn while its timer expires, and its thread moves: on the other pCPU kvm_arch_vcpu_load finds it
    /// expired. Where it stays it exits for it.
    /// </summary>
    [Theory]
    [InlineData("preemption-timer", true)]
    [InlineData("preemption-timer", false)]
    [InlineData("fastpath", true)]
    public void Expired_timer_of_a_thread_that_moves_is_injected_without_an_exit(
        string backend,
        bool moves
    )
    {
        ScriptedProgram[] guests =
        [
            new ScriptedProgram().ProgramIn(4_000).Compute(6_000),
            new ScriptedProgram().Compute(9_000),
        ];
        MachineReport report = (
            Machine(backend, SimpleCosts.Plausible) with
            {
                Cpus = 3,
                Pcpus = [0, 0],
                Outside = moves
                    ? [(VirtualDuration.FromMicroseconds(4_500), 0, new MoveVcpu(new EntityId(1)))]
                    : [],
            }
        ).Run(guests);
        Assert.Equal(
            (1, moves ? 0 : 1),
            (report.Timers.Fired, report.ExitsOf(VmExitReason.PreemptionTimer))
        );
    }

    /// <summary>
    /// Deadlines that pass on the way from the WRMSR's exit into the guest: the interrupt is taken before an operation of
    /// 100 ns ends, whether KVM found the deadline passed or the processor its counter at 0.
    /// </summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Counter_at_0_exits_before_the_guest_has_computed(string backend)
    {
        VirtualTime written = default;
        VirtualTime entered = default;
        VirtualTime computed = default;
        Machine(backend, SimpleCosts.Plausible).Run(Guest(1_000_000));
        long way = (entered - written).Nanoseconds;
        long atZero = 0;
        for (long ahead = 0; ahead <= way; ahead += 7)
        {
            ScriptedProgram guest = Guest(ahead);
            MachineReport report = Machine(backend, SimpleCosts.Plausible).Run(guest);
            Assert.Equal(1, report.Timers.Fired);
            Assert.True(Assert.Single(guest.Interrupts).At < computed, $"{ahead} ns");
            atZero += report.ExitsOf(VmExitReason.PreemptionTimer);
        }
        Assert.True(atZero > 0);

        ScriptedProgram Guest(long ahead) =>
            new ScriptedProgram()
                .Then(context =>
                {
                    written = context.Now;
                    return GuestStep.ProgramDeadline(
                        context.TscIn(VirtualDuration.FromNanoseconds(ahead))
                    );
                })
                .Then(context =>
                {
                    entered = context.Now;
                    return GuestStep.Compute(VirtualDuration.FromNanoseconds(100));
                })
                .Then(context =>
                {
                    computed = context.Now;
                    return GuestStep.Compute(VirtualDuration.FromMicroseconds(2_000));
                });
    }

    /// <summary>
    /// Deadlines a nanosecond apart over the same way: whether KVM found them passed or the processor its counter at 0,
    /// the guest has done nothing before the interrupt, not even read its TSC.
    /// </summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_42_counter_at_0_exits_before_any_instruction(string backend)
    {
        VirtualTime written = default;
        VirtualTime entered = default;
        Machine(backend, SimpleCosts.Plausible).Run(Guest(1_000_000));
        long way = (entered - written).Nanoseconds;
        long atZero = 0;
        for (long ahead = 0; ahead <= way; ahead++)
        {
            bool hasBegun = false;
            ScriptedProgram guest = Guest(ahead);
            guest.Handler = (_, _) =>
            {
                hasBegun = entered != default;
                return [];
            };
            entered = default;
            MachineReport report = Machine(backend, SimpleCosts.Plausible).Run(guest);
            Assert.Equal(1, report.Timers.Fired);
            Assert.False(hasBegun, $"{ahead} ns");
            atZero += report.ExitsOf(VmExitReason.PreemptionTimer);
        }
        Assert.True(atZero > 0);

        ScriptedProgram Guest(long ahead) =>
            new ScriptedProgram()
                .Then(context =>
                {
                    written = context.Now;
                    return GuestStep.ProgramDeadline(
                        context.TscIn(VirtualDuration.FromNanoseconds(ahead))
                    );
                })
                .Then(context =>
                {
                    entered = context.Now;
                    return GuestStep.Compute(VirtualDuration.FromMicroseconds(2_000));
                });
    }

    /// <summary>A guest that stores its TSC all the time stores none beyond the deadline, but for the exit's recognition.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Behaviour_43_no_tsc_beyond_the_deadline_is_stored(string backend)
    {
        foreach (CostProfile costs in new[] { SimpleCosts.Ideal, SimpleCosts.Plausible })
        {
            for (long ahead = 20_000; ahead < 21_000; ahead += 37)
            {
                List<TscTicks> stored = [];
                ScriptedProgram guest = new ScriptedProgram().Then(context =>
                    GuestStep.ProgramDeadline(context.TscIn(VirtualDuration.FromNanoseconds(ahead)))
                );
                for (int store = 0; store < 500; store++)
                {
                    guest.Then(context =>
                    {
                        stored.Add(context.Tsc);
                        return GuestStep.Compute(VirtualDuration.FromNanoseconds(50));
                    });
                }
                int before = 0;
                guest.Handler = (_, _) =>
                {
                    before = stored.Count;
                    return [];
                };
                MachineReport report = Machine(backend, costs).Run(guest);
                Assert.Equal(1, report.ExitsOf(VmExitReason.PreemptionTimer));
                ulong deadline = Assert.Single(guest.Interrupts).Deadline!.Value.Value;
                ulong recognised = (ulong)
                    TscFrequency.FromMegahertz(2_500).CyclesIn(costs.InterruptRecognition);
                Assert.InRange(stored[before - 1].Value, deadline - 500, deadline + recognised);
            }
        }
    }

    private static TestMachine Machine(string backend, CostProfile costs) =>
        new() { Backend = TimerBackends.Of(backend), Costs = costs };
}
