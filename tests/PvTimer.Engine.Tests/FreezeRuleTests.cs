using System;
using System.Linq;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Engine.Tests;

/// <summary>What a kernel demands of those who freeze and thaw.</summary>
public class FreezeRuleTests
{
    private static readonly VirtualTime Barrier = VirtualTime.FromNanoseconds(50);

    private static Kernel Run(IMachine machine, Resumption? from = null)
    {
        Kernel kernel = new(machine, Partition.IntoBlocks(machine, 1), region: 0, from: from);
        kernel.BeginWindow(Barrier);
        kernel.Run();
        return kernel;
    }

    private static Resumption Freeze(IMachine machine, params int[] entities) =>
        new([Run(machine).Freeze([.. entities.Select(index => new EntityId(index))], Barrier)]);

    [Fact]
    public void Run_goes_on_with_state_counts_and_what_is_pending()
    {
        CountingMachine whole = new(end: 100);
        RunOutcome expected = SequentialEngine.Run(whole, new RunOptions());
        CountingMachine rest = new(end: 100);
        Resumption from = Freeze(new CountingMachine(end: 100), 1, 0);
        Assert.Equal(Barrier, from.At);
        Assert.Equal(2, from.Entities);
        Assert.Equal(expected, SequentialEngine.Run(rest, new RunOptions(), from));
        Assert.Equal(whole.Counts, rest.Counts);
    }

    [Fact]
    public void Entity_that_is_missing_is_named()
    {
        Resumption from = Freeze(new CountingMachine(end: 100), 1);
        var refusal = Assert.Throws<StateFormatException>(() =>
            Run(new CountingMachine(end: 100), from)
        );
        Assert.Equal("counter-0 is not among what was frozen at 50 ns", refusal.What);
    }

    [Fact]
    public void Entity_that_comes_twice_is_refused()
    {
        Kernel kernel = Run(new CountingMachine(end: 100));
        byte[] blob = kernel.Freeze([new EntityId(0)], Barrier);
        Assert.Throws<StateFormatException>(() =>
            Run(new CountingMachine(end: 100), new Resumption([blob, blob]))
        );
    }

    [Fact]
    public void Blobs_of_two_barriers_are_refused()
    {
        byte[] early = SequentialEngine.FreezeAt(new CountingMachine(end: 100), Barrier);
        byte[] late = SequentialEngine.FreezeAt(
            new CountingMachine(end: 100),
            VirtualTime.FromNanoseconds(60)
        );
        Assert.Throws<StateFormatException>(() => new Resumption([early, late]));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(61)]
    public void Instant_that_is_no_barrier_is_refused(long at)
    {
        Kernel kernel = Run(new CountingMachine(end: 100));
        Assert.Throws<InvalidOperationException>(() =>
            kernel.Freeze([], VirtualTime.FromNanoseconds(at))
        );
    }

    [Fact]
    public void Entity_without_a_state_of_its_own_is_named()
    {
        var machine = new LambdaMachine(100, (_, _, _) => { });
        var refusal = Assert.Throws<InvalidOperationException>(() => Freeze(machine, 0));
        Assert.Equal("h0/node-0 has no state that can be frozen", refusal.Message);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Errand_keeps_both_of_its_entities(int source, int target)
    {
        Kernel kernel = Run(new CountingMachine(end: 100));
        kernel.ScheduleErrand(
            new EntityId(source),
            new EntityId(target),
            VirtualTime.FromNanoseconds(70),
            "a letter",
            () => { }
        );
        var refusal = Assert.Throws<InvalidOperationException>(() =>
            kernel.Freeze([new EntityId(0)], Barrier)
        );
        Assert.Contains("counter-0 cannot be frozen", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scripted_message_behind_the_barrier_is_not_among_the_bytes()
    {
        ScriptedMessage late = new(
            VirtualTime.FromNanoseconds(77),
            new EntityId(0),
            new DeviceInterrupt(1)
        );
        CountingMachine extended = new(end: 100) { Script = [late] };
        RunOutcome expected = SequentialEngine.Run(
            new CountingMachine(end: 100) { Script = [late] },
            new RunOptions()
        );
        foreach (CountingMachine frozen in (CountingMachine[])[new(100), extended])
        {
            CountingMachine rest = new(end: 100) { Script = [late] };
            Assert.Equal(
                expected,
                SequentialEngine.Run(rest, new RunOptions(), Freeze(frozen, 0, 1))
            );
        }
    }

    [Fact]
    public void Lone_region_pauses_goes_on_and_tells_of_a_checkpoint()
    {
        CountingMachine machine = new(end: 1_000_000);
        Partition whole = Partition.IntoBlocks(machine, 1);
        Region region = new(
            new Kernel(machine, whole, region: 0),
            whole,
            Lookahead.Of(machine, whole),
            machine.End,
            link: null,
            @continue: null
        );
        region.RequestPause();
        Assert.False(region.RunRound());
        Assert.True(region.Paused);
        Assert.False(region.CheckpointDue);
        region.RequestCheckpoint();
        Assert.True(region.RunRound());
        Assert.False(region.Paused);
        Assert.True(region.CheckpointDue);
        Assert.Equal(region.Reached, new Resumption([region.Freeze([new EntityId(0)])]).At);
        Assert.True(region.RunRound());
        Assert.False(region.CheckpointDue);
    }
}
