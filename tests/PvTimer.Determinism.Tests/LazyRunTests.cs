using CsCheck;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Determinism.Tests;

/// <summary>
/// What is computed when it is looked at is what comes out if each event has its turn: all entities with their timers,
/// latenesses and books, their digests, and what is pending are the same bytes, in mid-run and at the end.
/// </summary>
public sealed class LazyRunTests
{
    private const int Machines = 1000;

    [Fact]
    public void Random_machines_are_the_same_bytes_lazily_and_stepped_through() =>
        Gen.Select(RandomMachines.All, Gen.Int[1, 99])
            .Sample(
                (description, percent) => AreTheSameBytes(description, percent),
                iter: Swarm.Of(Machines),
                threads: 1,
                print: machine => Swarm.Show(machine.Item1)
            );

    [Theory]
    [MemberData(nameof(ShippedScenarioTests.Names), MemberType = typeof(ShippedScenarioTests))]
    public void Shipped_scenario_is_the_same_bytes_lazily_and_stepped_through(string name)
    {
        Scenario scenario = ShippedScenarioTests.Shortened(name);
        foreach (TimerBackend backend in scenario.Backends)
        {
            AreTheSameBytes(MachineDescriptionBuilder.Build(scenario, backend), percent: 60);
        }
    }

    [Fact]
    public void Scans_of_untouched_pages_are_no_events()
    {
        const int Vcpus = 16;
        MachineDescription description = MachineDescriptionBuilder.Build(
            ScenarioReader.Read(
                ShippedScenarioTests.FileOf("quickstart"),
                [
                    "duration=100ms",
                    "hosts=1",
                    $"host={{ cpus = {Vcpus + 1}, timer-cpu = last, costs = skylake }}",
                    $"vms=[{{ name = guest, vcpus = {Vcpus}, guest {{ type = commanded }} }}]",
                ]
            ),
            TimerBackends.PvTimer
        );
        Kernel lazily = Run(description);
        Kernel stepped = Run(description with { StepsThroughAll = true });
        Assert.Equal(0, stepped.PastQueue);
        Assert.Equal(stepped.Handled, lazily.Handled);
        // Two steps and a store to each page, in each scan; what is on its way when a scan ends is not counted.
        const int Scans = 399;
        Assert.InRange(lazily.PastQueue, Scans * Vcpus * 27 / 10, (Scans + 1) * Vcpus * 3);
        Assert.InRange(lazily.Handled, 1, (Scans + 1) * 12);
    }

    private static Kernel Run(MachineDescription description)
    {
        EmulatedMachine machine = EmulatedMachine.Build(description);
        Kernel kernel = new(machine, Partition.IntoBlocks(machine, regions: 1), region: 0);
        kernel.BeginWindow(machine.End);
        kernel.Run();
        return kernel;
    }

    private static void AreTheSameBytes(MachineDescription description, int percent)
    {
        EmulatedMachine machine = EmulatedMachine.Build(description);
        var onTheWay = VirtualTime.FromNanoseconds(machine.End.Nanoseconds / 100 * percent);
        foreach (VirtualTime at in (VirtualTime[])[onTheWay, machine.End])
        {
            byte[] lazily = SequentialEngine.FreezeAt(EmulatedMachine.Build(description), at);
            byte[] stepped = SequentialEngine.FreezeAt(
                EmulatedMachine.Build(description with { StepsThroughAll = true }),
                at
            );
            Assert.Equal(stepped, lazily);
        }
    }
}
