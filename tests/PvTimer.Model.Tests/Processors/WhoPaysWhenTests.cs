using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Processors;

/// <summary>What a step costs when it is done, and nothing when it is not: what a naive machine found.</summary>
public class WhoPaysWhenTests
{
    private static readonly CostProfile s_costs = SimpleCosts.Plausible;

    private static readonly TestMachine s_pvTimer = new()
    {
        Backend = TimerBackends.PvTimer,
        HaltPoll = default,
    };

    private static VirtualDuration Smallest => VirtualDuration.Smallest;

    private static VirtualDuration Line => s_costs.LineTransferSameSocket;

    private static VirtualDuration Interrupt => s_costs.TimerInterrupt.Minimum;

    [Fact]
    public void Deadline_that_has_passed_starts_no_hrtimer()
    {
        MachineReport report = new TestMachine().Run(new ScriptedProgram().WriteDeadlineIn(-3));

        Assert.Equal(s_costs.MsrWriteHandler, TimeOf(report, VmExitReason.MsrWrite));
    }

    [Theory]
    [InlineData(1_750, false, false)]
    [InlineData(1_751, true, true)]
    [InlineData(1_900, true, true)]
    [InlineData(1_901, true, false)]
    public void Timer_that_becomes_due_while_it_is_started_interrupts_before_the_entry(
        int due,
        bool starts,
        bool interrupts
    )
    {
        // Entered at 1 250 ns; the exit takes 200 ns, the handler 300 ns, hrtimer_start 150 ns.
        TestMachine machine = new();
        ulong deadline = machine.TscAtStart.Value + (ulong)(due * 5 / 2);

        MachineReport report = machine.Run(
            new ScriptedProgram().Write(MsrIndex.Ia32TscDeadline, deadline).Compute(10)
        );

        VirtualDuration expected = s_costs.MsrWriteHandler;
        expected += starts ? s_costs.HrtimerStart : VirtualDuration.Zero;
        expected += interrupts ? Interrupt : VirtualDuration.Zero;
        Assert.Equal(expected, TimeOf(report, VmExitReason.MsrWrite));
        Assert.Equal(1, report.Timers.Fired);
    }

    [Theory]
    [InlineData(97, false)]
    [InlineData(98, true)]
    public void Halt_lasts_until_the_vcpu_runs_again(int sleep, bool isTooLong)
    {
        // 1 650 ns after the sleep began it halts, 4 500 ns after the deadline it runs: 2 850 ns more than the sleep.
        MachineReport report = new TestMachine
        {
            HaltPoll = VirtualDuration.FromMicroseconds(100),
        }.Run(new NanosleepGuest(VirtualDuration.FromMicroseconds(sleep), VirtualDuration.Zero));

        Assert.Equal(isTooLong, report.Cpu.Poll == VirtualDuration.Zero);
    }

    [Fact]
    public void Poller_sees_a_posted_interrupt_after_one_line_transfer()
    {
        MachineReport report = (
            s_pvTimer with
            {
                HaltPoll = VirtualDuration.FromMilliseconds(1),
            }
        ).Run(new NanosleepGuest(VirtualDuration.FromMicroseconds(80), VirtualDuration.Zero));

        VirtualDuration posted =
            s_costs.IdleStates[0].Wake.Minimum + Interrupt + Smallest + Line + Smallest;
        Assert.Contains(
            posted
                + Line
                + s_costs.PollExit
                + s_costs.EntryTransition
                + s_costs.GuestInterruptEntry,
            report.LatenessAscending()
        );
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    public void Scan_pays_for_what_it_starts_and_cancels_and_the_worker_for_both_switches(
        int starts,
        int cancels
    )
    {
        ScriptedProgram guest = new();
        guest = starts > 0 ? guest.ProgramIn(900) : guest;
        guest = guest.Compute(300);
        guest = starts > 1 ? guest.ProgramIn(950) : guest;

        MachineReport report = (
            s_pvTimer with
            {
                Duration = VirtualDuration.FromMicroseconds(600),
            }
        ).Run(guest.Compute(400));

        VirtualDuration scan =
            s_costs.ScanPerVm + s_costs.ScanPerVcpu + (Line * 2) + (Smallest * 2);
        VirtualDuration expected = (scan + (s_costs.ContextSwitch * 2)) * 2;
        expected += (s_costs.HrtimerStart * starts) + (s_costs.HrtimerCancel * cancels);
        Assert.Equal(expected, report.Cpu.Kthread);
    }

    [Fact]
    public void Scan_that_delivers_goes_on_when_it_knows_what_posting_takes()
    {
        // As posted no page is promised anything before the first scan: it finds the deadline passed.
        MachineReport report = (
            s_pvTimer with
            {
                Duration = VirtualDuration.FromMicroseconds(400),
                PvTimer = PvTimerParameters.AsPosted with { Worker = WorkerMode.Paced },
            }
        ).Run(new ScriptedProgram().ProgramIn(50).Compute(390));

        VirtualDuration posting = (Smallest * 2) + (Line * 2) + s_costs.IpiSend;
        Assert.Equal(
            (s_costs.ContextSwitch * 2)
                + s_costs.ScanPerVm
                + s_costs.ScanPerVcpu
                + (Line * 2)
                + (Smallest * 2)
                + posting,
            report.Cpu.Kthread
        );
    }

    [Fact]
    public void Callback_is_dequeued_before_it_runs()
    {
        MachineReport report = (
            s_pvTimer with
            {
                PvTimer = PvTimerParameters.AsPosted with { Worker = WorkerMode.Paced },
            }
        ).Run(
            new ScriptedProgram().ProgramIn(900).Compute(1_500),
            new ScriptedProgram().ProgramIn(900).Compute(1_500)
        );

        VirtualDuration[] lateness = [.. report.LatenessAscending()];
        VirtualDuration posting = (Line * 2) + s_costs.IpiSend;
        Assert.Equal(posting + s_costs.HrtimerCancel, lateness[1] - lateness[0]);
    }

    [Fact]
    public void Timer_interrupt_that_is_pending_is_one()
    {
        // The doorbell of the second comes while the first's timer is about to expire, and takes the CPU out of idle.
        MachineReport report = (
            s_pvTimer with
            {
                Duration = VirtualDuration.FromMicroseconds(449),
            }
        ).Run(
            new ScriptedProgram().ProgramIn(399).Compute(800),
            new ScriptedProgram().Compute(397).ProgramIn(30).Compute(800)
        );

        VirtualDuration sync = Line + (Smallest * 2);
        VirtualDuration posting = (Line * 2) + s_costs.IpiSend;
        VirtualDuration pacing = Interrupt + s_costs.ThreadWake;
        VirtualDuration doorbell = s_costs.IpiHandler + sync + s_costs.HrtimerStart;
        Assert.Equal(
            pacing + doorbell + ((Interrupt + sync + posting) * 2),
            report.TimerCpu.Interrupt
        );
        Assert.Equal(2, report.Timers.Fired);
    }

    private static VirtualDuration TimeOf(MachineReport report, VmExitReason reason) =>
        report.Exits.Single(exit => exit.Reason == reason).Total;
}
