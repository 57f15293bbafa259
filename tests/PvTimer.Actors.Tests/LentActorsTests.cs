using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Actors.Entities;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Engine.Tests.Machines;
using static PvTimer.Engine.Tests.Machines.LambdaMachine;

namespace PvTimer.Actors.Tests;

/// <summary>
/// Actors that belong to others and are stopped in mid-run, as on a node that was declared dead: the region is
/// abandoned. It is not a broken machine, and not a finished one either.
/// </summary>
public sealed class LentActorsTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("lent", ActorOptions.Embedded);

    public void Dispose() => _system.Terminate().GetAwaiter().GetResult();

    /// <summary>Node-0 has an event every 5 ns; node-1 has one every 5 ns as well, on a region of its own.</summary>
    private static LambdaMachine Ticking() => new(1_000_000, Tick, Tick) { KeepsLog = false };

    private static void Tick(
        Model.Time.VirtualTime now,
        Model.Events.Message message,
        Model.Events.IEffects effects
    ) => effects.After(Ns(5), new Note("tick"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Actor_that_its_owner_stops_in_mid_run_abandons_the_region(int regions)
    {
        LocalRegions run = null!; // reason: set before it is used, at the first barrier
        IActorRef[] actors = [];
        int barriers = 0;
        (run, actors) = await Start(
            regions,
            region =>
            {
                if (region == run.Regions[0] && ++barriers == 3)
                {
                    actors[0].Tell(PoisonPill.Instance);
                }
            }
        );

        Exception? crash = await run.Run(actors).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.IsType<RunAbandonedException>(crash);
        Assert.StartsWith(
            "the actor of h0/node-0 was stopped from outside at ",
            crash.Message,
            StringComparison.Ordinal
        );
        Assert.Null(run.EarliestFailure());
        Assert.All(run.Regions, region => Assert.True(region.Reached < Ticking().End));
    }

    [Fact]
    public async Task Region_that_is_stopped_in_mid_run_leaves_at_the_next_barrier()
    {
        LocalRegions run = null!; // reason: as above
        IActorRef parent = _system.ActorOf(Props.Create(() => new Parent()), "parent");
        int barriers = 0;
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        (run, IActorRef[] actors) = await Start(
            regions: 1,
            _ =>
            {
                barriers++;
                begun.TrySetResult();
            },
            await parent.Ask<IActorRefFactory>("context")
        );
        _ = run.Run(actors);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(await parent.GracefulStop(TimeSpan.FromSeconds(30)));

        await AwaitEndOfThread();
        int then = barriers;
        Assert.True(run.Regions[0].Reached < Endless().End);
        await Task.Delay(50);
        Assert.Equal(then, barriers);
    }

    [Fact]
    public async Task Dispatcher_of_a_region_that_has_ended_is_not_kept()
    {
        (LocalRegions run, IActorRef[] actors) = await Start(
            regions: 1,
            region => region.RequestPause()
        );
        Assert.IsType<VirtualTimeDispatcher>(Dispatcher);
        Assert.Null(await run.Run(actors).WaitAsync(TimeSpan.FromSeconds(30)));
        await AwaitEndOfThread();
        Assert.Same(_system.Dispatchers.DefaultGlobalDispatcher, Dispatcher);
    }

    private Akka.Dispatch.MessageDispatcher Dispatcher =>
        _system.Dispatchers.Lookup(VirtualTimeDispatcher.IdOf("lent", 0));

    /// <summary>It gives its dispatcher up last.</summary>
    private async Task AwaitEndOfThread()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (Dispatcher is VirtualTimeDispatcher)
        {
            await Task.Delay(1, patience.Token);
        }
    }

    private static LambdaMachine Endless() => new(long.MaxValue / 2, Tick) { KeepsLog = false };

    private sealed class Parent : ReceiveActor
    {
        public Parent() => Receive<string>(_ => Sender.Tell(Context));
    }

    private async Task<(LocalRegions Run, IActorRef[] Actors)> Start(
        int regions,
        Action<Region> atBarrier,
        IActorRefFactory? parent = null
    )
    {
        LambdaMachine machine = parent is null ? Ticking() : Endless();
        var partition = Partition.IntoBlocks(machine, regions);
        var batches = new Batches(regions, regions);
        LocalRegions run = new(
            _system,
            new RegionSetup(
                "lent",
                parent ?? _system,
                machine,
                partition,
                First: 0,
                regions,
                batches.LinkOf,
                batches.Break
            )
            {
                ActorsAreLent = true,
                AtBarrier = atBarrier,
                LongestWindow = Ns(100),
            }
        );
        IActorRef[] actors = await HostTrees.Start(
            _system,
            machine,
            run.DispatcherOf,
            EntityProps.Of
        );
        return (run, [.. actors]);
    }
}
