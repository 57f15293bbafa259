using System;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>
/// A run that was frozen on its way, however often and in whatever pieces, and went on in machines built anew
/// and divided otherwise, is the undisturbed run.
/// </summary>
public class ThawedRunTests
{
    private const int Machines = 200;
    private const int MostLegs = 4;

    [Fact]
    public void Random_machines_frozen_several_times_end_like_the_undisturbed_run() =>
        Gen.Select(RandomMachines.All, Gen.Int)
            .Sample(
                (description, seed) => GoesOnAsIfNothingHadHappened(description, new Random(seed)),
                iter: Swarm.Of(Machines),
                threads: 1,
                print: sample => $"{Swarm.Show(sample.Item1)}\njourney {sample.Item2}"
            );

    /// <summary>Real guests among them, whose replay has a state of its own.</summary>
    [Theory]
    [MemberData(nameof(ShippedScenarioTests.Names), MemberType = typeof(ShippedScenarioTests))]
    public void Shipped_scenario_frozen_several_times_ends_like_the_undisturbed_run(string name)
    {
        Scenario scenario = ShippedScenarioTests.Shortened(name);
        foreach (TimerBackend backend in scenario.Backends)
        {
            MachineDescription description = MachineDescriptionBuilder.Build(scenario, backend);
            GoesOnAsIfNothingHadHappened(description, new Random(7));
        }
    }

    /// <summary>A command to a run in progress: the script grows behind the barrier.</summary>
    [Fact]
    public void Move_added_after_the_barrier_equals_a_move_scripted_from_the_start()
    {
        MachineDescription before = TwoHosts([MoveAt(microseconds: 500, toPcpu: 1)]);
        MachineDescription after = TwoHosts([
            MoveAt(microseconds: 500, toPcpu: 1),
            MoveAt(microseconds: 1_600, toPcpu: 2),
            MoveAt(microseconds: 2_500, toPcpu: 0),
        ]);
        AssertGoesOnAs(after, frozenFrom: before, VirtualTime.FromNanoseconds(1_600_000));
    }

    /// <summary>A command to a run in progress: what the migration needs appears behind all entities.</summary>
    [Theory]
    [InlineData(700_000)]
    [InlineData(1_600_000)]
    public void Migration_added_after_the_barrier_equals_one_scripted_from_the_start(long barrier)
    {
        MachineDescription before = TwoHosts([MoveAt(microseconds: 500, toPcpu: 1)]);
        MachineDescription after = before with
        {
            Events =
            [
                .. before.Events,
                MigrationAt(microseconds: 1_600, toHost: 0),
                MigrationAt(microseconds: 2_600, toHost: 1),
            ],
            Network = new(VirtualDuration.FromMicroseconds(50), DataRate.FromGigabits(10)),
            Migration = new() { Memory = DataSize.FromMebibytes(1) },
        };
        AssertGoesOnAs(after, frozenFrom: before, VirtualTime.FromNanoseconds(barrier));
    }

    private static VmMigration MigrationAt(long microseconds, int toHost) =>
        new(
            VirtualTime.Zero + VirtualDuration.FromMicroseconds(microseconds),
            Vm: 1,
            toHost,
            [2, 1]
        );

    /// <summary>A machine that has more in it than the frozen one, at the end.</summary>
    [Fact]
    public void Host_added_after_the_barrier_equals_a_host_that_stood_idle_from_the_start()
    {
        MachineDescription before = TwoHosts([]);
        HostDescription idle = before.Hosts[0] with { Name = "h2", TimerCpu = null };
        MachineDescription after = before with { Hosts = [.. before.Hosts, idle] };
        AssertGoesOnAs(after, frozenFrom: before, VirtualTime.FromNanoseconds(1_234_567));
    }

    private static void AssertGoesOnAs(
        MachineDescription description,
        MachineDescription frozenFrom,
        VirtualTime at
    )
    {
        EmulatedMachine undisturbed = EmulatedMachine.Build(description);
        RunOutcome expected = SequentialEngine.Run(undisturbed, new RunOptions());
        byte[] blob = SequentialEngine.FreezeAt(EmulatedMachine.Build(frozenFrom), at);
        EmulatedMachine rest = EmulatedMachine.Build(description);
        RunOutcome actual = SequentialEngine.Run(rest, new RunOptions(), new Resumption([blob]));
        Assert.Equal(expected, actual);
        Assert.Equal(
            ReportText.Of(undisturbed.Report(expected.Reached)),
            ReportText.Of(rest.Report(actual.Reached))
        );
        RunOutcome without = SequentialEngine.Run(
            EmulatedMachine.Build(frozenFrom),
            new RunOptions()
        );
        Assert.NotEqual(without, expected);
    }

    private static VcpuMove MoveAt(long microseconds, int toPcpu) =>
        new(
            VirtualTime.Zero + VirtualDuration.FromMicroseconds(microseconds),
            Vm: 1,
            Vcpu: 0,
            toPcpu
        );

    private static MachineDescription TwoHosts(ImmutableArray<MachineEvent> moves) =>
        new(
            Seed: 3,
            VirtualDuration.FromMilliseconds(4),
            [SmallMachine.Host("h0"), SmallMachine.Host("h1")],
            [SmallMachine.Vm("a", host: 0), SmallMachine.Vm("b", host: 1)],
            new PvTimerParameters(),
            moves
        );

    internal static void GoesOnAsIfNothingHadHappened(MachineDescription description, Random random)
    {
        EmulatedMachine undisturbed = EmulatedMachine.Build(description);
        RunOutcome expected = SequentialEngine.Run(undisturbed, new RunOptions());
        Resumption? from = null;
        for (int legs = random.Next(1, MostLegs); legs > 0; legs--)
        {
            from = Leg(EmulatedMachine.Build(description), from, random);
        }
        EmulatedMachine last = EmulatedMachine.Build(description);
        RegionThreads rest = new(last, Regions(random), last.End, from);
        rest.Run();
        Assert.Equal(expected, rest.Outcome);
        string report = ReportText.Of(undisturbed.Report(expected.Reached));
        Resumption end = new(rest.FreezeAll((Cut)random.Next(4)));
        Assert.Equal(report, ReportText.Of(last.Report(expected.Reached)));

        // The final state, read by a machine that never ran.
        EmulatedMachine reader = EmulatedMachine.Build(description);
        Assert.Equal(expected, SequentialEngine.Run(reader, new RunOptions(), end));
        Assert.Equal(report, ReportText.Of(reader.Report(expected.Reached)));
    }

    /// <summary>Runs on for a while and freezes: at an instant, at a pause, or at a checkpoint on the way.</summary>
    private static Resumption Leg(EmulatedMachine machine, Resumption? from, Random random)
    {
        Cut cut = (Cut)random.Next(4);
        int regions = Regions(random);
        bool asks = regions > 1 && random.Next(2) == 0;
        VirtualTime end = asks ? machine.End : InstantAfter(from, machine.End, random);
        RegionThreads leg = new(machine, regions, end, from);
        ImmutableArray<ReadOnlyMemory<byte>> blobs = asks
            ? AskToFreeze(leg, cut, random)
            : RunTo(leg, cut);
        ReadOnlyMemory<byte>[] shuffled = [.. blobs];
        random.Shuffle(shuffled);
        return new Resumption([.. shuffled]);
    }

    /// <summary>Mostly one: rounds between threads are what takes time here.</summary>
    private static int Regions(Random random) => random.Next(6) == 0 ? random.Next(2, 5) : 1;

    private static VirtualTime InstantAfter(Resumption? from, VirtualTime end, Random random)
    {
        VirtualTime begin = from?.At ?? VirtualTime.Zero;
        long left = (end - begin).Nanoseconds;
        return begin + VirtualDuration.FromNanoseconds(random.NextInt64(left + 1));
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> RunTo(RegionThreads leg, Cut cut)
    {
        leg.Run();
        return leg.FreezeAll(cut);
    }

    /// <summary>Some region asks for a checkpoint, and later some region for a pause; one of them counts.</summary>
    private static ImmutableArray<ReadOnlyMemory<byte>> AskToFreeze(
        RegionThreads leg,
        Cut cut,
        Random random
    )
    {
        int[] rounds = new int[leg.Regions];
        int checkpointAfter = random.Next(1, 1000);
        int pauseAfter = checkpointAfter + random.Next(1, 1000);
        int checkpointer = random.Next(leg.Regions);
        int pauser = random.Next(leg.Regions);
        var checkpoints = new ImmutableArray<ReadOnlyMemory<byte>>[leg.Regions];
        leg.Run(
            (index, region) =>
            {
                int round = ++rounds[index];
                if (region.CheckpointDue)
                {
                    checkpoints[index] = leg.Freeze(index, cut);
                }
                if (index == checkpointer && round == checkpointAfter)
                {
                    region.RequestCheckpoint();
                }
                if (index == pauser && round == pauseAfter)
                {
                    region.RequestPause();
                }
            }
        );
        Assert.Single(leg.All.Select(region => region.Paused).Distinct());
        Assert.Single(rounds.Distinct());
        bool useCheckpoint = !checkpoints[0].IsDefault && random.Next(2) == 0;
        return useCheckpoint ? [.. checkpoints.SelectMany(blobs => blobs)] : leg.FreezeAll(cut);
    }
}
