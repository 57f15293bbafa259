using System;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Timers;

/// <summary>What each back-end's ways take, added up from the cost profile by hand.</summary>
public class BackendCostTests
{
    private static readonly TestMachine s_machine = new() { HaltPoll = VirtualDuration.Zero };

    private static CostProfile Costs => s_machine.Costs;

    /// <summary>From the interrupt's or the timer's arrival at a core in guest mode to the guest's handler.</summary>
    [Theory]
    [InlineData("hrtimer")]
    [InlineData("passthrough")]
    [InlineData("preemption-timer")]
    [InlineData("fastpath")]
    public void Timer_of_a_running_guest_is_as_late_as_its_exit_takes(string backend)
    {
        VirtualDuration handler = backend switch
        {
            "preemption-timer" => Costs.PreemptionTimerHandler!.Value,
            "fastpath" => Costs.FastPreemptionTimerHandler!.Value,
            _ => Costs.TimerInterrupt.Quantiles[0] + Costs.ExternalInterruptHandler,
        };
        MachineReport report = Run(backend, Armed(1_000_000).Compute(1_500));
        Assert.Equal(
            Costs.InterruptRecognition
                + Costs.ExitTransition
                + handler
                + Costs.EntryTransition
                + Costs.GuestInterruptEntry,
            OnlyLateness(report)
        );
    }

    /// <summary>Behaviour 42: a counter that is at 0 when guest mode begins exits before the first instruction.</summary>
    [Theory]
    [InlineData("preemption-timer")]
    [InlineData("fastpath")]
    public void Deadline_that_passes_during_the_entry_exits_at_once(string backend)
    {
        bool isFast = backend == "fastpath";
        VirtualDuration written =
            Costs.GuestProgram
            + Costs.ExitTransition
            + (isFast ? Costs.FastMsrWriteHandler!.Value : Costs.MsrWriteHandler);
        VirtualDuration distance = written + VirtualDuration.FromNanoseconds(50);
        MachineReport report = Run(backend, Armed(distance.Nanoseconds).Compute(10));
        Assert.Equal(
            Costs.EntryTransition
                + Costs.ExitTransition
                + (
                    isFast
                        ? Costs.FastPreemptionTimerHandler!.Value
                        : Costs.PreemptionTimerHandler!.Value
                )
                + Costs.EntryTransition
                + Costs.GuestInterruptEntry
                - VirtualDuration.FromNanoseconds(50),
            OnlyLateness(report)
        );
        Assert.Equal(1, report.ExitsOf(VmExitReason.PreemptionTimer));
    }

    public static TheoryData<string> OfTheProcessor =>
        ["preemption-timer", "fastpath", "apicv-timer", "passthrough"];

    /// <summary>kvm_lapic_switch_to_sw_timer: what has passed has expired at once, and no hrtimer is started.</summary>
    [Theory]
    [MemberData(nameof(OfTheProcessor))]
    public void Deadline_that_passed_on_the_way_to_a_halt_needs_no_hrtimer(string backend)
    {
        VirtualDuration before = VirtualDuration.FromNanoseconds(200);
        MachineReport report = Run(backend, Armed((LookOf(backend) - before).Nanoseconds).Halt());
        Assert.Equal(Costs.HltHandler, ShortestOf(report, VmExitReason.Hlt));
        Assert.Equal(
            before + Costs.EntryTransition + Costs.GuestInterruptEntry,
            OnlyLateness(report)
        );
    }

    /// <summary>Its interrupt comes as soon as interrupts are on, before KVM looks whether to block.</summary>
    [Theory]
    [MemberData(nameof(OfTheProcessor))]
    public void Deadline_that_passes_while_a_halt_starts_its_hrtimer_does_not_block(string backend)
    {
        VirtualDuration behind = VirtualDuration.FromNanoseconds(80);
        MachineReport report = Run(backend, Armed((LookOf(backend) + behind).Nanoseconds).Halt());
        Assert.Equal(
            Costs.HltHandler + Costs.HrtimerStart + Costs.TimerInterrupt.Quantiles[0],
            ShortestOf(report, VmExitReason.Hlt)
        );
    }

    /// <summary>kvm_vcpu_halt measures from its own begin: a halt that it found over is none that polling could have caught.</summary>
    [Theory]
    [MemberData(nameof(OfTheProcessor))]
    public void Interrupt_before_the_look_does_not_have_the_next_halt_poll(string backend)
    {
        VirtualDuration behind = VirtualDuration.FromNanoseconds(80);
        ScriptedProgram guest = Armed((LookOf(backend) + behind).Nanoseconds)
            .Halt()
            .Then(Arm(300_000))
            .Halt();
        MachineReport report = (
            s_machine with
            {
                Backend = TimerBackends.Of(backend),
                HaltPoll = VirtualDuration.FromMicroseconds(200),
            }
        ).Run(guest);
        Assert.Equal(2, report.Timers.Fired);
        Assert.Equal(VirtualDuration.Zero, report.Cpu.Poll);
    }

    [Fact]
    public void Posted_timer_that_has_fired_is_not_cancelled_by_the_next_write()
    {
        MachineReport apart = Run("pi-inject", Armed(100_000).Compute(200).Then(Arm(100_000)));
        MachineReport replaced = Run("pi-inject", Armed(100_000).Then(Arm(100_000)));
        VirtualDuration write = Costs.MsrWriteHandler + Costs.HrtimerStart;
        Assert.Equal(write * 2, Writes(apart).Total);
        Assert.Equal((write * 2) + Costs.HrtimerCancel, Writes(replaced).Total);
    }

    /// <summary>An expiry on the housekeeping CPU that meets a deadline which was written meanwhile posts nothing.</summary>
    [Fact]
    public void Posted_timers_are_those_whose_interrupt_was_posted()
    {
        MachineReport posted = Run("pi-inject", Armed(100_000).Compute(200));
        Assert.Equal((1, 1), (posted.Timers.Fired, posted.PostedInterrupts));
        long voided = 0;
        for (long first = 3_000; first < 6_000; first += 10)
        {
            MachineReport replaced = Run("pi-inject", Armed(first).Then(Arm(100_000)).Compute(200));
            Assert.Equal(replaced.Timers.Fired, replaced.PostedInterrupts);
            voided += replaced.Timers.Replaced;
        }
        Assert.True(voided > 0);
    }

    /// <summary>
    /// hrtimer_cancel takes the armed timer out of the queue when the handler gets there: what expires before has its
    /// interrupt and needs no cancel, what would expire later does not come.
    /// </summary>
    [Theory]
    [InlineData("hrtimer")]
    [InlineData("avic")]
    [InlineData("paratick")]
    public void Armed_timer_is_gone_as_soon_as_the_handler_has_cancelled_it(string backend)
    {
        // From the first deadline's step to the second write's handler.
        VirtualDuration begins =
            (Costs.GuestProgram * 2)
            + (Costs.ExitTransition * 2)
            + Costs.MsrWriteHandler
            + Costs.HrtimerStart
            + Costs.EntryTransition;
        VirtualDuration cancels = begins + Costs.MsrWriteHandler;
        VirtualDuration ends = cancels + Costs.HrtimerCancel + Costs.HrtimerStart;
        for (long first = begins.Nanoseconds + 1; first < ends.Nanoseconds + 20; first += 3)
        {
            MachineReport report = Run(backend, Armed(first).Then(Arm(100_000)).Compute(200));
            Assert.Equal(1, report.Timers.Fired);
            Assert.Equal(
                Costs.MsrWriteHandler
                    + Costs.HrtimerStart
                    + (
                        first <= cancels.Nanoseconds
                            ? Costs.TimerInterrupt.Quantiles[0]
                            : Costs.HrtimerCancel
                    ),
                Writes(report).Longest
            );
        }
    }

    [Theory]
    [InlineData("preemption-timer")]
    [InlineData("fastpath")]
    public void Deadline_too_far_for_the_counter_pays_for_its_hrtimer(string backend)
    {
        VirtualDuration handler =
            backend == "fastpath" ? Costs.FastMsrWriteHandler!.Value : Costs.MsrWriteHandler;
        Assert.Equal(handler, Writes(Run(backend, Armed(54_000_000_000))).Total);
        Assert.Equal(
            handler + Costs.HrtimerStart,
            Writes(Run(backend, Armed(56_000_000_000))).Total
        );
    }

    /// <summary>From a guest's step that programs and halts to the moment when KVM looks at its timer.</summary>
    private static VirtualDuration LookOf(string backend)
    {
        VirtualDuration write = backend switch
        {
            "preemption-timer" => Costs.MsrWriteHandler,
            "fastpath" => Costs.FastMsrWriteHandler!.Value,
            _ => VirtualDuration.Zero,
        };
        VirtualDuration exit =
            write > VirtualDuration.Zero
                ? Costs.ExitTransition + write + Costs.EntryTransition
                // WRMSR itself.
                : VirtualDuration.Smallest;
        return Costs.GuestProgram + exit + Costs.ExitTransition + Costs.HltHandler;
    }

    private static ScriptedProgram Armed(long nanoseconds) =>
        new ScriptedProgram().Then(Arm(nanoseconds));

    private static Func<GuestContext, GuestStep> Arm(long nanoseconds) =>
        context =>
            GuestStep.ProgramDeadline(context.TscIn(VirtualDuration.FromNanoseconds(nanoseconds)));

    private static MachineReport Run(string backend, ScriptedProgram guest) =>
        (s_machine with { Backend = TimerBackends.Of(backend) }).Run(guest);

    private static VirtualDuration OnlyLateness(MachineReport report) =>
        Assert.Single(report.Lateness.Ascending()).Span;

    private static VirtualDuration ShortestOf(MachineReport report, VmExitReason reason) =>
        report.Exits.Single(exit => exit.Reason == reason).Shortest;

    private static ExitStatistics Writes(MachineReport report) =>
        report.Exits.Single(exit => exit.Reason == VmExitReason.MsrWrite);
}
