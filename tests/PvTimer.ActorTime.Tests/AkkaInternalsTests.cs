using System;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Tests;

/// <summary>What Akka and tasks do not promise to keep is still as it is used.</summary>
public sealed class AkkaInternalsTests : VirtualTimeTestKit
{
    [Fact]
    public async Task Time_out_of_an_ask_is_where_it_is_looked_for()
    {
        using ActorSystem plain = ActorSystem.Create("plain");
        IActorRef deaf = plain.ActorOf(Props.Create(() => new Deaf()));
        TimeSpan patience = TimeSpan.FromHours(3);
        Assert.Equal(patience, AkkaInternals.TimeoutOf(deaf.Ask("hello", patience))?.After);
        Assert.Null(AkkaInternals.TimeoutOf(deaf.Ask("hello")));
        await plain.Terminate();
    }

    [Fact]
    public void Task_goes_on_where_it_is_completed()
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        AkkaInternals.ContinueWhereCompleted(source.Task);
        int thread = 0;
        _ = source.Task.ContinueWith(
            _ => thread = Environment.CurrentManagedThreadId,
            TaskContinuationOptions.ExecuteSynchronously
        );
        source.SetResult();
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    }

    [Fact]
    public void Actors_of_the_script_are_right_below_the_guardian()
    {
        IActorRef one = ActorOf(Props.Create(() => new Deaf()), "one");
        Clock.Settle();
        Assert.Equal([one], AkkaInternals.UserActors(Sys).Cast<IActorRef>());
    }

    [Fact]
    public void Mailbox_knows_its_actor_and_an_actor_what_it_awaits_in()
    {
        TaskCompletionSource never = new();
        IActorRef waiting = ActorOf(dsl => dsl.ReceiveAsync<string>((_, _) => never.Task));
        waiting.Tell("wait");
        Clock.Settle();
        ActorCell cell = (ActorCell)((ActorRefWithCell)waiting).Underlying;
        Assert.Same(cell, AkkaInternals.CellOf(cell.Mailbox!)); // reason: it has started
        Assert.Equal("wait", AkkaInternals.AwaitedIn(cell));
        never.SetResult();
        Clock.Settle();
        Assert.Null(AkkaInternals.AwaitedIn(cell));
    }

    private sealed class Deaf : ReceiveActor
    {
        public Deaf() => ReceiveAny(_ => { });
    }
}
