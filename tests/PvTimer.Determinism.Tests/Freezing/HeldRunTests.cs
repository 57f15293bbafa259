using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>A run that is held at an instant stands exactly there, in every region.</summary>
public class HeldRunTests
{
    private static readonly VirtualTime Instant = VirtualTime.FromNanoseconds(1_234_567);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Held_run_stands_at_the_instant_and_ends_like_the_undisturbed_run(int regions)
    {
        RegionThreads held = Threads(regions, from: null, Instant);
        held.Run();
        Assert.True(held.Paused);
        Assert.All(held.All, region => Assert.Equal(Instant, region.Reached));
        RegionThreads rest = Threads(regions, new Resumption(held.FreezeAll(Cut.ByHost)), null);
        rest.Run();
        Assert.Equal(Undisturbed(), rest.Outcome);
    }

    /// <summary>As when a run that stands still is moved to other nodes.</summary>
    [Theory]
    [InlineData(1, 1_234_567)]
    [InlineData(2, 1_234_567)]
    [InlineData(2, 1_000_000)]
    public void Run_that_begins_where_it_is_held_or_behind_lets_nothing_happen(
        int regions,
        long heldAt
    )
    {
        RegionThreads held = Threads(regions, from: null, Instant);
        held.Run();
        long before = held.Outcome.Events;
        RegionThreads again = Threads(
            regions,
            new Resumption(held.FreezeAll(Cut.ByHost)),
            VirtualTime.FromNanoseconds(heldAt)
        );
        again.Run();
        Assert.True(again.Paused);
        Assert.Equal(Instant, again.Reached);
        Assert.Equal(before, again.Outcome.Events);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_that_is_over_before_is_done_and_not_held(int regions)
    {
        RegionThreads run = Threads(regions, from: null, VirtualTime.MaxValue);
        run.Run();
        Assert.False(run.Paused);
        Assert.Equal(Undisturbed(), run.Outcome);
    }

    private static RunOutcome Undisturbed() => SequentialEngine.Run(TwoHosts(), new RunOptions());

    private static RegionThreads Threads(int regions, Resumption? from, VirtualTime? holdAt)
    {
        EmulatedMachine machine = TwoHosts();
        return new RegionThreads(machine, regions, machine.End, from, holdAt);
    }

    private static EmulatedMachine TwoHosts() =>
        EmulatedMachine.Build(
            new MachineDescription(
                Seed: 3,
                VirtualDuration.FromMilliseconds(4),
                [SmallMachine.Host("h0"), SmallMachine.Host("h1")],
                [SmallMachine.Vm("a", host: 0), SmallMachine.Vm("b", host: 1)],
                new PvTimerParameters(),
                []
            )
        );
}
