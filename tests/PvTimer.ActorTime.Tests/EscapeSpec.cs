using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;

namespace PvTimer.ActorTime.Tests;

#pragma warning disable PVT0002, PVT0003 // reason: what the compiler warns of is what the kit has to notice

/// <summary>What is not in virtual time is refused, and not silently on the wall.</summary>
public sealed class EscapeSpec
{
    [Fact]
    public void Handler_that_waits_on_the_walls_clock_fails_the_script()
    {
        Script script = new();
        script
            .ActorOf(
                dsl => dsl.ReceiveAsync<string>((_, _) => Task.Delay(TimeSpan.FromHours(1))),
                "sleeper"
            )
            .Tell("sleep");
        script.Clock.AdvanceBy(TimeSpan.FromHours(2));
        ScriptException refused = Assert.Throws<ScriptException>(script.Dispose);
        Assert.Contains(
            "/user/sleeper awaits, in its handler of String, something that has not come",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    /// <summary>What comes later in virtual time may be waited for when the script ends.</summary>
    [Fact]
    public void Handler_that_waits_in_virtual_time_may_wait_longer_than_the_script()
    {
        using Script script = new();
        TimeProvider time = script.Time;
        script
            .ActorOf(dsl =>
                dsl.ReceiveAsync<string>((_, _) => Task.Delay(TimeSpan.FromHours(1), time))
            )
            .Tell("sleep");
        IActorRef deaf = script.ActorOf(dsl => dsl.ReceiveAny((_, _) => { }));
        script
            .ActorOf(dsl => dsl.ReceiveAsync<string>((_, _) => deaf.Ask("who is there")))
            .Tell("ask");
        script.Clock.AdvanceBy(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Task_of_the_thread_pool_fails_the_script()
    {
        Script script = new();
        using ManualResetEventSlim told = new();
        IActorRef actor = script.ActorOf(
            dsl =>
                dsl.Receive<string>(
                    (message, context) =>
                    {
                        IActorRef self = context.Self;
                        if (message == "begin")
                        {
                            _ = Task.Run(() =>
                            {
                                self.Tell("from the pool");
                                told.Set();
                            });
                        }
                    }
                ),
            "impatient"
        );
        actor.Tell("begin");
        script.Clock.Settle();
        Assert.True(told.Wait(TimeSpan.FromMinutes(1)));
        ScriptException refused = Assert.Throws<ScriptException>(script.Dispose);
        Assert.Contains(
            "/user/impatient was told something by the thread pool",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("akka.actor.provider = cluster", "akka.actor.provider = cluster")]
    [InlineData("akka.actor.provider = remote", "akka.actor.provider = remote")]
    [InlineData(
        "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"",
        "TestScheduler"
    )]
    public void Configuration_of_what_cannot_be_in_virtual_time_is_refused(
        string config,
        string said
    )
    {
        NotSupportedException refused = Assert.Throws<NotSupportedException>(() =>
            new Script(ConfigurationFactory.ParseString(config))
        );
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Contains("accepted: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sockets_are_refused_by_name()
    {
        using Script script = new();
        NotSupportedException refused = Assert.Throws<NotSupportedException>(() =>
            script.Sys.Tcp()
        );
        Assert.Contains("IO-TCP", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_that_meets_no_message_fails_the_script()
    {
        Script script = new();
        script.Faults.Drop<string>(to: script.TestActor);
        ScriptException missed = Assert.Throws<ScriptException>(script.Dispose);
        Assert.Contains(
            "Drop of String to /system/test-actor has met none",
            missed.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Clock_that_does_not_come_to_an_end_says_whose_the_messages_are()
    {
        using Script script = new();
        script.Clock.MostEvents = 5_000;
        IActorRef loop = script.ActorOf(
            dsl => dsl.ReceiveAny((message, context) => context.Self.Tell(message)),
            "loop"
        );
        loop.Tell("round");
        ScriptException endless = Assert.Throws<ScriptException>(() => script.Clock.Settle());
        Assert.Contains("were for /user/loop", endless.Message, StringComparison.Ordinal);
    }

    internal sealed class Script(Config? config = null) : VirtualTimeTestKit(config);
}
