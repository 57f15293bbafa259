using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace PvTimer.ActorTime.Xunit3.Tests;

/// <summary>A test class of xunit 3 on the adapter: what xunit does with it is enough.</summary>
public sealed class Xunit3Spec : VirtualTimeSpec
{
    private IActorRef? _prepared;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Task.Yield();
        _prepared = Echo();
#pragma warning disable PVT0002 // reason: on whatever thread, the test is the sender
        await Task.Delay(1, CancellationToken.None).ConfigureAwait(false);
#pragma warning restore PVT0002
    }

    [Fact]
    public void Hour_is_no_hour_on_the_wall()
    {
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromHours(1), TestActor, "tick", Nobody.Instance);
        ExpectMsg("tick", TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.FromHours(1), Clock.Now);
    }

    [Fact]
    public void Script_is_the_sender_of_what_it_tells()
    {
        _prepared.Tell("hello");
        ExpectMsg("hello");
    }

    /// <summary>A thread that nothing has prepared.</summary>
    [Fact]
    public void Script_on_another_thread_is_the_sender_when_it_says_so()
    {
#pragma warning disable PVT0003 // reason: a test framework may do the same
        Thread other = new(() =>
#pragma warning restore PVT0003
        {
            ActHere();
            _prepared.Tell("hello");
            Assert.NotNull(SynchronizationContext.Current);
        });
        other.Start();
        other.Join();
        ExpectMsg("hello");
    }

    [Fact]
    public async Task Script_that_awaits_is_the_sender_all_the_same()
    {
        await Task.Yield();
        _prepared.Tell("hello");
        ExpectMsg("hello");
        Assert.Equal(
            "again",
            await _prepared.Ask<string>("again", TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public void Log_of_the_actor_system_goes_to_the_output_of_the_test()
    {
        Assert.Same(TestContext.Current.TestOutputHelper, Output);
        Sys.Log.Warning("look here");
        Clock.Settle();
        Assert.Contains("WarningLevel", Output!.Output, StringComparison.Ordinal); // reason: it is the test's
        Assert.Contains("look here", Output.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_is_that_of_the_test()
    {
        using Script script = new("akka.actor.ask-timeout = 7s");
        Assert.Equal(TimeSpan.FromSeconds(7), script.Sys.Settings.AskTimeout);
    }

    [Fact]
    public async Task End_of_the_test_says_what_has_not_happened()
    {
        Script script = new();
        script.Faults.Drop<string>();
        await Assert.ThrowsAsync<ScriptException>(async () => await script.DisposeAsync());
        Assert.True(script.Sys.WhenTerminated.IsCompleted);
        Assert.Equal(1, script.Ends);
        await script.DisposeAsync(); // once more is no more
        Assert.Equal(1, script.Ends);
    }

    private IActorRef Echo() =>
        ActorOf(dsl => dsl.ReceiveAny((message, context) => context.Sender.Tell(message)));

    private sealed class Script(Config? config = null) : VirtualTimeSpec(config)
    {
        public int Ends { get; private set; }

        protected override void AfterAll()
        {
            Ends++;
            base.AfterAll();
        }
    }
}
