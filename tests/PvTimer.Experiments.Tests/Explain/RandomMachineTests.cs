using CsCheck;
using PvTimer.Determinism.Tests;
using PvTimer.Model.Backends;

namespace PvTimer.Experiments.Tests.Explain;

/// <summary>Machines of every shape: moved, paused, stalled, migrated, with the series' flaws and without.</summary>
public class RandomMachineTests
{
    private const int Machines = 150;

    [Fact]
    public void Parts_of_every_timer_of_random_machines_are_its_lateness() =>
        RandomMachines.All.Sample(
            description => _ = ExplanationCheck.Of(TimerBackends.Hrtimer, description),
            iter: Swarm.Of(Machines),
            threads: 1,
            print: Swarm.Show
        );
}
