using System;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>The CPU that does a thing pays for it, on both back-ends: one figure of the profile is changed at a time.</summary>
public class WhoPaysTests
{
    private static readonly VirtualDuration s_more = VirtualDuration.FromMicroseconds(10);

    [Fact]
    public void Timer_cpu_pays_for_each_notification_that_it_sends()
    {
        TestMachine machine = WithPage(vcpus: 1);
        MachineReport cheap = machine.Run(Ticking());
        MachineReport dear = (
            machine with
            {
                Costs = Dearer(costs => costs with { IpiSend = costs.IpiSend + s_more }),
            }
        ).Run(Ticking());
        Assert.True(cheap.PostedInterrupts > 15);
        // One of the timers rings: that IPI is the guest's pCPU's.
        Assert.Equal(
            s_more * cheap.PostedInterrupts,
            dear.TimerCpu.Interrupt - cheap.TimerCpu.Interrupt
        );
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Waker_pays_for_waking_a_thread(string backend)
    {
        TestMachine machine = WithPage(vcpus: 1) with
        {
            Backend = TimerBackends.Of(backend),
            HaltPoll = VirtualDuration.Zero,
        };
        GuestDescription guest = Ticking(GuestIdle.Halt);
        MachineReport cheap = machine.Run(guest);
        MachineReport dear = (
            machine with
            {
                Costs = Dearer(costs => costs with { ThreadWake = costs.ThreadWake + s_more }),
            }
        ).Run(guest);
        VirtualDuration onTimerCpu = dear.TimerCpu.Interrupt - cheap.TimerCpu.Interrupt;
        VirtualDuration elsewhere = dear.Cpu.Interrupt - cheap.Cpu.Interrupt - onTimerCpu;
        long fired = cheap.Timers.Fired;
        Assert.True(fired > 15);
        if (backend == "hrtimer")
        {
            Assert.Equal((VirtualDuration.Zero, s_more * fired), (onTimerCpu, elsewhere));
            return;
        }
        // Its own worker is a thread, too.
        Assert.Equal(
            (s_more * (fired + cheap.Scans), VirtualDuration.Zero),
            (onTimerCpu, elsewhere)
        );
    }

    [Fact]
    public void Guest_that_wakes_another_waits_until_that_is_done()
    {
        VirtualDuration Handled(CostProfile costs)
        {
            TestMachine machine = new() { Costs = costs, HaltPoll = VirtualDuration.Zero };
            MachineReport report = machine.Run(
                new ScriptedProgram()
                    .Compute(300)
                    .Write(MsrIndex.X2ApicIcr, 0x1_0000_0050)
                    .Compute(900),
                new ScriptedProgram().Halt()
            );
            return report.Exits.Single(exit => exit.Reason == VmExitReason.MsrWrite).Total;
        }
        CostProfile costs = SimpleCosts.Plausible;
        Assert.Equal(
            s_more,
            Handled(costs with { ThreadWake = costs.ThreadWake + s_more }) - Handled(costs)
        );
        Assert.Equal(
            s_more,
            Handled(costs with { IpiSend = costs.IpiSend + s_more }) - Handled(costs)
        );
    }

    /// <summary>
    /// KVM_REQ_MIGRATE_TIMER: where timers follow their vCPU, each move of one that is armed costs hrtimer_cancel and
    /// hrtimer_start. Served by the timer CPU it costs nothing, which is what part 5 of the series is for.
    /// </summary>
    [Theory]
    [InlineData("hrtimer", 8)]
    [InlineData("avic", 8)]
    [InlineData("pvtimer", 0)]
    [InlineData("preemption-timer", 0)]
    public void Vcpu_that_moves_pays_for_its_timer_if_that_follows(string backend, int paid)
    {
        VirtualDuration Handled(CostProfile costs)
        {
            TestMachine machine = new()
            {
                Backend = TimerBackends.Of(backend),
                Cpus = 4,
                Costs = costs,
                Duration = VirtualDuration.FromMilliseconds(5),
                Outside =
                [
                    .. Enumerable
                        .Range(1, 8)
                        .Select(move =>
                            (
                                VirtualDuration.FromMicroseconds(500 * move),
                                0,
                                (Message)new MoveVcpu(new EntityId(move % 2))
                            )
                        ),
                ],
            };
            MachineReport report = machine.Run(
                new ScriptedProgram().Compute(100).ProgramIn(9_000).Compute(9_000)
            );
            return report.Cpu.Exit;
        }
        CostProfile costs = SimpleCosts.Plausible;
        VirtualDuration more = Handled(
            costs with
            {
                HrtimerStart = costs.HrtimerStart + s_more,
                HrtimerCancel = costs.HrtimerCancel + s_more,
            }
        );
        bool programs = backend is "hrtimer" or "avic";
        Assert.Equal(
            (s_more * 2 * paid) + (programs ? s_more : VirtualDuration.Zero),
            more - Handled(costs)
        );
    }

    /// <summary>Each notification, and each wake-up, is sent when the one before it is.</summary>
    [Theory]
    [InlineData(false, 10_000)]
    [InlineData(true, 30_000)]
    public void Ipi_to_all_others_reaches_one_after_the_other(bool halted, long apart)
    {
        const ulong toAllOthers = 0xc_0051;
        ScriptedProgram[] targets =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(_ =>
                    halted
                        ? new ScriptedProgram().Halt().Compute(1)
                        : new ScriptedProgram().Compute(2_000)
                ),
        ];
        TestMachine machine = new()
        {
            HaltPoll = VirtualDuration.Zero,
            Costs = SimpleCosts.Plausible with { IpiSend = s_more, ThreadWake = s_more + s_more },
        };
        machine.Run([
            new ScriptedProgram().Compute(300).Write(MsrIndex.X2ApicIcr, toAllOthers).Compute(9),
            .. targets,
        ]);
        long[] taken = [.. targets.Select(each => Assert.Single(each.Interrupts).At.Nanoseconds)];
        Assert.All(
            taken.Zip(taken.Skip(1)),
            pair => Assert.InRange(pair.Second - pair.First, apart, apart + 500)
        );
    }

    [Fact]
    public void Sender_pays_nothing_where_no_notification_is_needed()
    {
        // The other is in a handler of 400 us when both IPIs come: it will look by itself when it enters.
        VirtualDuration Handled(CostProfile costs)
        {
            TestMachine machine = new() { Costs = costs, HaltPoll = VirtualDuration.Zero };
            MachineReport report = machine.Run(
                new ScriptedProgram()
                    .Compute(300)
                    .Write(MsrIndex.X2ApicIcr, 0x1_0000_0050)
                    .Write(MsrIndex.X2ApicIcr, 0x1_0000_0051)
                    .Compute(900),
                new ScriptedProgram()
                    .Compute(290)
                    .Then(
                        GuestStep.Exit(
                            VmExitReason.IoInstruction,
                            VirtualDuration.FromMicroseconds(400)
                        )
                    )
                    .Compute(900)
            );
            return report.Exits.Single(exit => exit.Reason == VmExitReason.MsrWrite).Total;
        }
        CostProfile costs = SimpleCosts.Plausible;
        Assert.Equal(Handled(costs), Handled(costs with { IpiSend = costs.IpiSend + s_more }));
    }

    [Fact]
    public void Polling_vcpu_sees_its_bit_without_an_ipi()
    {
        VirtualDuration Latest(VirtualDuration latency)
        {
            TestMachine machine = WithPage(vcpus: 1) with
            {
                Costs = SimpleCosts.Plausible with { IpiSameSocket = latency },
            };
            ScriptedProgram guest = new();
            for (int round = 0; round < 10; round++)
            {
                guest.ProgramIn(60).Halt();
            }
            machine.Run(guest);
            TakenInterrupt last = guest.Interrupts[^1];
            TscClock clock = new(machine.TscAtStart, machine.GuestTsc);
            return last.At - clock.TimeOf(last.Deadline!.Value);
        }
        Assert.Equal(
            Latest(VirtualDuration.FromNanoseconds(250)),
            Latest(VirtualDuration.FromMicroseconds(20))
        );
    }

    [Theory]
    [InlineData(PvTimerVariant.AsPosted)]
    [InlineData(PvTimerVariant.Fixed)]
    public void Callbacks_that_are_due_together_run_one_after_the_other(PvTimerVariant variant)
    {
        const int Vcpus = 16;
        ScriptedProgram[] guests =
        [
            .. Enumerable
                .Range(0, Vcpus)
                .Select(_ =>
                    new ScriptedProgram()
                        .Compute(300)
                        .Then(context =>
                            GuestStep.ProgramDeadline(
                                context.Clock.At(VirtualTime.FromNanoseconds(3_000_000))
                            )
                        )
                        .Compute(9_000)
                ),
        ];
        TestMachine machine = WithPage(Vcpus) with
        {
            PvTimer =
                variant == PvTimerVariant.AsPosted
                    ? PvTimerParameters.AsPosted with
                    {
                        Worker = WorkerMode.Paced,
                    }
                    : new PvTimerParameters(),
        };
        machine.Run(guests);
        VirtualTime[] taken = [.. guests.Select(guest => guest.Interrupts.Single().At).Order()];
        VirtualDuration apart = machine.Costs.IpiSend + machine.Costs.LineTransferSameSocket;
        for (int index = 1; index < Vcpus; index++)
        {
            Assert.True(
                taken[index] - taken[index - 1] >= apart,
                $"{index}: {taken[index] - taken[index - 1]}"
            );
        }
    }

    [Fact]
    public void Hrtimers_of_one_pcpu_that_are_due_together_take_their_time_each()
    {
        VirtualDuration Interrupts(int vcpus)
        {
            TestMachine machine = new()
            {
                Pcpus = [.. Enumerable.Repeat(0, vcpus)],
                HaltPoll = VirtualDuration.Zero,
                Duration = VirtualDuration.FromMilliseconds(2),
            };
            ScriptedProgram[] guests =
            [
                .. Enumerable
                    .Range(0, vcpus)
                    .Select(_ =>
                        new ScriptedProgram()
                            .Then(context =>
                                GuestStep.ProgramDeadline(
                                    context.Clock.At(VirtualTime.FromNanoseconds(1_000_000))
                                )
                            )
                            .Halt()
                    ),
            ];
            return machine.Run(guests).Cpu.Interrupt;
        }
        CostProfile costs = SimpleCosts.Plausible;
        Assert.Equal(costs.HrtimerCancel + costs.ThreadWake, Interrupts(4) - Interrupts(3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_200)]
    [InlineData(10_000)]
    public void Worker_that_is_picked_again_pays_no_context_switch(long contextSwitch)
    {
        TestMachine machine = WithPage(vcpus: 2) with
        {
            Costs = Dearer(costs =>
                costs with
                {
                    ContextSwitch = VirtualDuration.FromNanoseconds(contextSwitch),
                }
            ),
            PvTimer = new PvTimerParameters { Worker = WorkerMode.Busy },
        };
        MachineReport report = machine.Run(Ticking(), vcpus: 2);
        CostProfile costs = machine.Costs;
        VirtualDuration scan =
            costs.ScanPerVm + ((costs.ScanPerVcpu + (costs.LineTransferSameSocket * 2)) * 2);
        double measured = (double)report.TimerCpu.Kthread.Nanoseconds / report.Scans;
        Assert.InRange(measured, scan.Nanoseconds, scan.Nanoseconds + 5);
    }

    [Fact]
    public void Interrupt_in_a_handler_does_not_have_it_begin_anew()
    {
        // Both vCPUs share a pCPU; the timer of the halted one is due in the long handler of the other.
        VirtualDuration handling = VirtualDuration.FromMicroseconds(400);
        TestMachine machine = new()
        {
            Pcpus = [0, 0],
            HaltPoll = VirtualDuration.Zero,
            Costs = SimpleCosts.Plausible with { MsrWriteHandler = handling },
        };
        MachineReport report = machine.Run(
            new ScriptedProgram().ProgramIn(600).Halt(),
            new ScriptedProgram().Compute(100).Write(MsrIndex.X2ApicInitialCount, 0).Compute(900)
        );
        ExitStatistics writes = report.Exits.Single(exit => exit.Reason == VmExitReason.MsrWrite);
        CostProfile costs = machine.Costs;
        Assert.True(
            writes.Longest
                <= handling + costs.TimerInterrupt.Minimum + costs.ThreadWake + costs.HrtimerStart,
            $"{writes.Longest}"
        );
    }

    private static CyclictestGuest Ticking(GuestIdle idle = GuestIdle.Poll) =>
        new CyclictestGuest(
            VirtualDuration.FromMilliseconds(1),
            1,
            VirtualDuration.FromMicroseconds(17),
            default
        )
        {
            Idle = idle,
        };

    private static CostProfile Dearer(Func<CostProfile, CostProfile> change) =>
        change(SimpleCosts.Plausible);

    private static TestMachine WithPage(int vcpus) =>
        new()
        {
            Backend = TimerBackends.PvTimer,
            Cpus = vcpus + 1,
            TimerCpu = vcpus,
        };
}
