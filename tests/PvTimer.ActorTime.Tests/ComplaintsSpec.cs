using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace PvTimer.ActorTime.Tests;

/// <summary>What people complain about in tests of actors does not happen here.</summary>
public sealed class ComplaintsSpec : VirtualTimeTestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Akka starts the time-out of an Ask by the wall, before the message is on its way.</summary>
    [Fact]
    public async Task Time_out_that_is_over_on_the_wall_before_it_is_virtual_is_said()
    {
        IActorRef silent = ActorOf(dsl => dsl.ReceiveAny((_, _) => { }));
        ScriptException said = await Assert.ThrowsAsync<ScriptException>(() =>
            silent.Ask<string>(
                _ =>
                {
#pragma warning disable PVT0001 // reason: the wall's time is what has to pass
                    Thread.Sleep(500);
#pragma warning restore PVT0001
                    return "anything";
                },
                TimeSpan.FromMilliseconds(1),
                default
            )
        );
        Assert.Contains("accepted: 100ms or more", said.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Akka's TestScheduler, advanced before the actor has asked for its timer, never fires it: the two run on different
    /// threads. Here what an actor has been told is handled before time passes.
    /// </summary>
    [Fact]
    public void Clock_does_not_overtake_the_actor_that_asks_for_a_timer()
    {
        for (int round = 0; round < 100; round++)
        {
            TimeSpan begin = Clock.Now;
            ActorOf(Props.Create(() => new Later(TestActor, Second))).Tell("begin");
            Clock.AdvanceBy(2 * Second);
            ExpectMsg("rung", TimeSpan.FromTicks(1));
            Assert.Equal(begin + (2 * Second), Clock.Now);
        }
    }

    /// <summary>
    /// ExpectNoMsg costs as long on the wall as it is long, and proves nothing on a busy machine. Here an hour of silence
    /// is an hour in which actors could have said something.
    /// </summary>
    [Fact]
    public void Silence_is_neither_slow_nor_false()
    {
        ActorOf(Props.Create(() => new Later(TestActor, 3_600 * Second))).Tell("begin");
        ExpectNoMsg(3_600 * Second);
        ExpectMsg("rung");
    }

    /// <summary>
    /// Tests side by side, each with a dispatcher that waits for a thread of the pool, have none left. Here no actor needs
    /// any: systems live side by side on one thread each, and one that blocks blocks itself.
    /// </summary>
    [Fact]
    public void Systems_side_by_side_do_not_wait_for_each_other()
    {
        int[] answers = new int[4 * Environment.ProcessorCount];
#pragma warning disable PVT0003 // reason: each of the threads has a script of its own
        Parallel.For(
#pragma warning restore PVT0003
            0,
            answers.Length,
            index =>
            {
                using EscapeSpec.Script script = new();
                IActorRef echo = script.ActorOf(dsl =>
                    dsl.ReceiveAny((message, context) => context.Sender.Tell(message))
                );
                answers[index] = script.Await(echo.Ask<int>(index));
            }
        );
        Assert.Equal(Enumerable.Range(0, answers.Length), answers);
    }

    /// <summary>An exception in an actor is swallowed by its supervisor, and the test only sees a message that does not come.</summary>
    [Fact]
    public void Exception_in_an_actor_is_shown_by_what_fails_of_it()
    {
        IActorRef actor = ActorOf(
            dsl => dsl.Receive<int>((each, context) => context.Sender.Tell(100 / each)),
            "divider"
        );
        actor.Tell(0, TestActor);
        ScriptException none = Assert.Throws<ScriptException>(() => ExpectMsg<int>());
        Assert.Contains("/user/divider failed at", none.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(DivideByZeroException), none.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// ExpectMsg takes whatever comes first, from whom it may: a late message of another actor is taken for the answer.
    /// Here who sent it is in the failure, and the order is the same each time.
    /// </summary>
    [Fact]
    public void Sender_that_was_not_meant_is_named()
    {
        IActorRef meant = ActorOf(dsl => dsl.ReceiveAny((_, _) => { }), "meant");
        IActorRef other = ActorOf(
            dsl => dsl.ReceiveAny((_, context) => context.Sender.Tell("answer")),
            "other"
        );
        other.Tell("ask", TestActor);
        ScriptException foreign = Assert.Throws<ScriptException>(() =>
            ExpectMsgFrom(meant, "answer")
        );
        Assert.Contains("/user/other", foreign.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// A protocol with time-outs between nodes is tested with sleeps, and fails on a busy machine. Here a lost message is
    /// lost when the script says so, and the time-out comes at its instant.
    /// </summary>
    [Fact]
    public void Lost_message_and_its_time_out_need_no_sleep()
    {
        IActorRef receiver = ActorOf(
            dsl => dsl.ReceiveAny((message, context) => context.Sender.Tell($"ack {message}")),
            "receiver"
        );
        Faults.Drop<string>(to: receiver, times: 2);
        ActorOf(Props.Create(() => new Resending(receiver, TestActor, 5 * Second))).Tell("data");
        ExpectMsg("ack data", 60 * Second);
        Assert.Equal(10 * Second, Clock.Now);
    }

    private sealed class Later : ReceiveActor, IWithTimers
    {
        public Later(IActorRef target, TimeSpan delay)
        {
            Receive<string>(
                text => text == "begin",
                _ => Timers!.StartSingleTimer("key", "ring", delay) // reason: Akka has set it
            );
            Receive<string>(_ => target.Tell("rung"));
        }

        public ITimerScheduler? Timers { get; set; }
    }

    private sealed class Resending : ReceiveActor
    {
        public Resending(IActorRef receiver, IActorRef target, TimeSpan patience)
        {
            string sent = "";
            Receive<string>(
                text => text.StartsWith("ack", StringComparison.Ordinal),
                ack =>
                {
                    Context.SetReceiveTimeout(null);
                    target.Tell(ack);
                }
            );
            Receive<string>(data =>
            {
                sent = data;
                receiver.Tell(sent);
                Context.SetReceiveTimeout(patience);
            });
            Receive<ReceiveTimeout>(_ => receiver.Tell(sent));
        }
    }
}
