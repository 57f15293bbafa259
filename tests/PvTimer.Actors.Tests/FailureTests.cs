using System;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Engine;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Events;
using static PvTimer.Engine.Tests.Machines.LambdaMachine;

namespace PvTimer.Actors.Tests;

/// <summary>Every way to break a run ends it with one exception that says who, when and upon what.</summary>
public class FailureTests
{
    private sealed class LambdaActor(Action<object> receive) : UntypedActor
    {
        protected override void OnReceive(object message) => receive(message);
    }

    private sealed class Stillborn : UntypedActor
    {
        public Stillborn() => throw new NotSupportedException("cannot be born");

        protected override void OnReceive(object message) { }
    }

    private static LambdaMachine TwoNodes() =>
        new(100, (_, _, effects) => effects.After(Ns(5), new Note("ping")), (_, _, _) => { });

    private static string FailureWith(int regions, Func<IEntity, Props> propsOf) =>
        Assert
            .Throws<RunFailedException>(() =>
                ActorEngine.Run(TwoNodes(), new(regions), new ActorOptions(propsOf))
            )
            .Message;

    private static Props Lambda(Action<object> receive) =>
        Props.Create(() => new LambdaActor(receive));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Actor_that_throws_stops_the_run_and_is_named_with_time_and_event(int regions)
    {
        string failure = FailureWith(
            regions,
            entity =>
                entity.Id.Index == 1
                    ? Lambda(_ => throw new InvalidOperationException("out of luck"))
                    : Entities.EntityProps.Of(entity)
        );
        Assert.Equal("h1/node-1 at 0 ns, handling Start { }: out of luck", failure);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Actor_that_cannot_start_stops_the_run(int regions)
    {
        string failure = FailureWith(regions, _ => Props.Create(() => new Stillborn()));
        Assert.Matches(
            "^h[01]/node-[01] at 0 ns, handling the start of its actor: cannot be born$",
            failure
        );
    }

    [Fact]
    public void Actor_that_stopped_itself_misses_its_next_event_and_that_stops_the_run()
    {
        string failure = FailureWith(
            1,
            _ =>
                Lambda(_ =>
                {
                    RegionDriver driver = RegionDriver.Current!;
                    driver.Effects.After(Ns(5), new Note("ping"));
                    ActorCell.GetCurrentSelfOrNoSender().Tell(PoisonPill.Instance);
                })
        );
        Assert.Equal("h0/node-0 at 5 ns, handling ping: its actor has stopped", failure);
    }

    [Fact]
    public void Tell_to_an_actor_of_another_region_stops_the_run()
    {
        IActorRef? other = null;
        string failure = FailureWith(
            2,
            entity =>
                entity.Id.Index == 1
                    ? Lambda(_ => { })
                    : Lambda(_ =>
                    {
                        other ??= Sibling("/user/h1/node-1");
                        other.Tell("hello");
                    })
        );
        Assert.Contains("which is in another region", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Watching_an_actor_of_another_region_stops_the_run()
    {
        string failure = FailureWith(
            2,
            entity =>
                entity.Id.Index == 1
                    ? Lambda(_ => { })
                    : Props.Create(() => new Watcher("/user/h1/node-1"))
        );
        Assert.Equal(
            "h0/node-0 at 0 ns, handling Start { }: akka://pvtimer/user/h1/node-1 is in another region "
                + "and cannot be watched from here",
            failure
        );
    }

    private sealed class Watcher(string path) : UntypedActor
    {
        protected override void OnReceive(object message) => Context.Watch(Sibling(path));
    }

    private static IActorRef Sibling(string path)
    {
        var self = Assert.IsType<LocalActorRef>(ActorCell.GetCurrentSelfOrNoSender());
        return self.Cell.SystemImpl.Provider.ResolveActorRef($"akka://pvtimer{path}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Exception_of_the_progress_callback_reaches_the_caller(int regions) =>
        Assert.Throws<TimeoutException>(() =>
            ActorEngine.Run(
                new RandomMachine(new(Seed: 1)),
                new RunOptions(regions, _ => throw new TimeoutException())
            )
        );
}
