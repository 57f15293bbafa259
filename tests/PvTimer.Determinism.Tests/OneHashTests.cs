using System;
using CsCheck;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Determinism.Tests;

/// <summary>One scenario, one seed, one trace hash: whatever engine runs it, in however many regions.</summary>
[Trait("Runs", "Alone")]
public class OneHashTests
{
    private const int Machines = 100;

    [Fact]
    public void Random_machines_give_one_hash_sequential_and_as_actors_in_1_2_or_4_regions() =>
        Gen.Select(RandomMachines.All, Gen.OneOf(Gen.Const(1), Gen.Const(2), Gen.Const(4)))
            .Sample(
                (description, regions) =>
                {
                    (RunOutcome expected, MachineReport report) = Run(
                        description,
                        machine => SequentialEngine.Run(machine, new RunOptions())
                    );
                    Assert.Equal(
                        report.Timers.Armed,
                        report.Timers.Fired
                            + report.Timers.Replaced
                            + report.Timers.Cancelled
                            + report.Timers.Pending
                            + report.Timers.Lost
                    );
                    if (description.PvTimer.Flaws == PvTimerFlaws.None)
                    {
                        Assert.Equal(0, report.Timers.Lost);
                        Assert.Equal(0, report.Timers.Early);
                    }
                    (RunOutcome outcome, MachineReport same) = Run(
                        description,
                        machine => ActorEngine.Run(machine, new RunOptions(regions))
                    );
                    Assert.Equal(expected, outcome);
                    Assert.Equal(report.Timers, same.Timers);
                    Assert.Equal(report.Cpu, same.Cpu);
                },
                iter: Swarm.Of(Machines),
                threads: 1,
                print: drawn => $"{drawn.Item2} regions of {Swarm.Show(drawn.Item1)}"
            );

    private static (RunOutcome Outcome, MachineReport Report) Run(
        MachineDescription description,
        Func<EmulatedMachine, RunOutcome> engine
    )
    {
        EmulatedMachine machine = EmulatedMachine.Build(description);
        RunOutcome outcome = engine(machine);
        return (outcome, machine.Report(outcome.Reached));
    }
}
