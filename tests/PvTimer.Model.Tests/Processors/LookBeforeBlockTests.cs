using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Processors;

/// <summary>kvm_vcpu_check_block: what another CPU has posted by then is seen, and the thread does not block.</summary>
public class LookBeforeBlockTests
{
    private static readonly CostProfile s_costs = SimpleCosts.Plausible;

    /// <summary>
    /// An interrupt is posted from the housekeeping CPU so long before a halting thread looks. That the poster needs
    /// another line's transfer (50 ns) until it knows whether to wake the thread changes nothing of what the thread sees.
    /// </summary>
    [Theory]
    [InlineData(200)]
    [InlineData(51)]
    [InlineData(50)]
    [InlineData(49)]
    [InlineData(20)]
    [InlineData(2)]
    [InlineData(-1)]
    [InlineData(-20)]
    [InlineData(-49)]
    public void Thread_blocks_only_if_nothing_was_posted_before_it_looks(long before)
    {
        VirtualDuration untilPosted =
            VirtualDuration.FromMicroseconds(50)
            + s_costs.IdleStates[0].Wake.Minimum
            + s_costs.TimerInterrupt.Minimum
            + s_costs.LineTransferSameSocket;
        VirtualDuration untilLook =
            s_costs.GuestProgram
            + (s_costs.ExitTransition * 2)
            + s_costs.MsrWriteHandler
            + s_costs.HrtimerStart
            + s_costs.EntryTransition
            + s_costs.HltHandler;
        VirtualDuration computes =
            untilPosted + VirtualDuration.FromNanoseconds(before) - untilLook;

        MachineReport report = new TestMachine
        {
            Backend = TimerBackend.Of("pi-inject"),
            HaltPoll = default,
        }.Run(new ScriptedProgram().ProgramIn(50).Then(GuestStep.Compute(computes)).Halt());

        VirtualDuration halted = report
            .Exits.Single(each => each.Reason == VmExitReason.Hlt)
            .Shortest;
        Assert.Equal(1, report.Timers.Fired);
        Assert.Equal(before < 0, halted > s_costs.HltHandler);
        Assert.Equal(before < 0, halted > s_costs.ContextSwitch * 2);
    }
}
