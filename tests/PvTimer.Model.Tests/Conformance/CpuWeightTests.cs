using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>`cpu.weight`: of a pCPU that several want, each gets time in proportion to its weight.</summary>
public class CpuWeightTests
{
    private static readonly VirtualDuration s_duration = VirtualDuration.FromSeconds(2);

    /// <summary>Two guests that never stop computing, of one vCPU each, on one pCPU.</summary>
    [Theory]
    [InlineData(100, 100)]
    [InlineData(100, 300)]
    [InlineData(1_000, 100)]
    [InlineData(1, 3)]
    public void Two_that_always_run_share_a_pcpu_by_their_weights(int left, int right)
    {
        MachineDescription one = new TestMachine
        {
            Duration = s_duration,
            MostSteps = 10_000_000,
        }.Describe(new ProgrammedGuest(_ => new ScriptedProgram().Compute(3_000_000)));
        MachineReport report = Run(
            one with
            {
                Vms =
                [
                    one.Vms[0] with
                    {
                        Name = "left",
                        Weight = left,
                    },
                    one.Vms[0] with
                    {
                        Name = "right",
                        Weight = right,
                    },
                ],
            }
        );

        long[] ran = [.. report.Vcpus.Select(vcpu => (s_duration - vcpu.Steal).Nanoseconds)];
        double share = (double)ran[0] / ran.Sum();
        // To a slice of 3 ms, of 2 s.
        Assert.InRange(share - ((double)left / (left + right)), -0.01, 0.01);
    }

    private static MachineReport Run(MachineDescription description)
    {
        EmulatedMachine machine = EmulatedMachine.Build(description);
        return machine.Report(SequentialEngine.Run(machine, new RunOptions()).Reached);
    }
}
