using CsCheck;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Recording;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Determinism.Tests;

/// <summary>
/// Engines use the objects of messages again. No entity looks at a message after the step that it was for: runs in which
/// each message is an object of its own, because they are watched, are the same.
/// </summary>
public sealed class UsedAgainTests
{
    private const int Machines = 300;

    [Fact]
    public void Random_machines_run_alike_whether_or_not_messages_are_used_again() =>
        RandomMachines.All.Sample(
            RunsAlike,
            iter: Swarm.Of(Machines),
            threads: 1,
            print: Swarm.Show
        );

    [Theory]
    [MemberData(nameof(ShippedScenarioTests.Names), MemberType = typeof(ShippedScenarioTests))]
    public void Shipped_scenario_runs_alike_whether_or_not_messages_are_used_again(string name)
    {
        Scenario scenario = ShippedScenarioTests.Shortened(name);
        foreach (TimerBackend backend in scenario.Backends)
        {
            RunsAlike(MachineDescriptionBuilder.Build(scenario, backend));
        }
    }

    private static void RunsAlike(MachineDescription description)
    {
        EmulatedMachine machine = EmulatedMachine.Build(description);
        Assert.False(machine.KeepsMessages);
        IMachine watched = new ObservedMachine(
            EmulatedMachine.Build(description),
            new IdleObserver()
        );
        Assert.True(watched.KeepsMessages);
        Assert.Equal(
            SequentialEngine.Run(watched, new RunOptions()),
            SequentialEngine.Run(machine, new RunOptions())
        );
    }

    /// <summary>Sees everything and does nothing.</summary>
    private sealed class IdleObserver : IMachineObserver
    {
        public void StepBegins(VirtualTime now, EntityId entity, Message message) { }

        public void Sent(EntityId target, VirtualDuration latency, Message message) { }

        public void StepEnds(PcpuStance? pcpu) { }

        public void Programmed(
            EntityId vcpu,
            long number,
            TscTicks deadline,
            VirtualTime due,
            VirtualTime effective
        ) { }

        public void Accepted(EntityId vcpu, TscTicks deadline) { }

        public void Fired(
            EntityId vcpu,
            TscTicks deadline,
            VirtualTime due,
            VirtualTime entry,
            bool counts
        ) { }

        public void HrtimerChanged(EntityId pcpu, HrtimerChange change, Hrtimer timer) { }
    }
}
