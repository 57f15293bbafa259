using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Costs;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>What a switch of a pCPU costs: once from a thread to another, once to idle, nothing to itself.</summary>
public class ContextSwitchTests
{
    private static readonly VirtualDuration s_switch = VirtualDuration.FromNanoseconds(70);

    /// <summary>Nothing but switching takes time; slices of 3 ms.</summary>
    private static readonly CostProfile s_costs = SimpleCosts.Ideal with
    {
        ContextSwitch = s_switch,
        SchedulerSlice = VirtualDuration.FromMilliseconds(3),
    };

    [Fact]
    public void Two_that_never_stop_pay_one_switch_for_each_slice()
    {
        CpuTime with70 = TimeOf(s_costs);
        CpuTime without = TimeOf(s_costs with { ContextSwitch = VirtualDuration.Zero });
        VirtualDuration paid = with70.Exit - without.Exit;
        // The first to run is switched to as well.
        Assert.Equal(10, paid.Nanoseconds / s_switch.Nanoseconds);
        Assert.Equal(0, paid.Nanoseconds % s_switch.Nanoseconds);
    }

    /// <summary>30 ms of slices of 3 ms.</summary>
    private static CpuTime TimeOf(CostProfile costs)
    {
        MachineDescription one = new TestMachine
        {
            Cpus = 2,
            TimerCpu = null,
            Costs = costs,
            Duration = VirtualDuration.FromMilliseconds(29),
        }.Describe(new ProgrammedGuest(_ => new ScriptedProgram().Compute(1_000_000)));
        EmulatedMachine machine = EmulatedMachine.Build(
            one with
            {
                Vms = [.. Enumerable.Range(0, 2).Select(i => one.Vms[0] with { Name = $"vm{i}" })],
            }
        );
        return machine.Report(SequentialEngine.Run(machine, new RunOptions()).Reached).Cpu;
    }
}
