using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using PvTimer.ActorTime.Xunit2;
using Xunit.Abstractions;

namespace PvTimer.ActorTime.Adapters.Tests;

/// <summary>A test class of xunit 2 on the adapter: what xunit does with it is enough.</summary>
public sealed class Xunit2Spec(ITestOutputHelper output) : VirtualTimeSpec(output)
{
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
        Echo().Tell("hello");
        ExpectMsg("hello");
    }

    [Fact]
    public async Task Script_that_awaits_is_the_sender_all_the_same()
    {
        await Task.Yield();
        Echo().Tell("hello");
        ExpectMsg("hello");
        Assert.Equal("again", await Echo().Ask<string>("again"));
    }

    [Fact]
    public void Log_of_the_actor_system_goes_to_the_output()
    {
        Lines lines = new();
        using (Script script = new(lines))
        {
            Assert.Same(lines, script.Output);
            script.Clock.AdvanceBy(TimeSpan.FromSeconds(1));
            script.Sys.Log.Warning("look here");
            script.Clock.Settle();
        }
        string line = Assert.Single(lines.All);
        Assert.StartsWith("1,000.000000 ms WarningLevel", line, StringComparison.Ordinal);
        Assert.Contains("look here", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_is_that_of_the_test()
    {
        using Script script = new(new Lines(), "akka.actor.ask-timeout = 7s");
        Assert.Equal(TimeSpan.FromSeconds(7), script.Sys.Settings.AskTimeout);
    }

    [Fact]
    public void End_of_the_test_says_what_has_not_happened()
    {
        Script script = new(new Lines());
        script.Faults.Drop<string>();
        Assert.Throws<ScriptException>(script.Dispose);
        Assert.True(script.Sys.WhenTerminated.IsCompleted);
        script.Dispose(); // once more is no more
    }

    private IActorRef Echo() =>
        ActorOf(dsl => dsl.ReceiveAny((message, context) => context.Sender.Tell(message)));

    private sealed class Script(ITestOutputHelper output, Config? config = null)
        : VirtualTimeSpec(config, output)
    {
        public new ITestOutputHelper? Output => base.Output;
    }
}
