using System;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Routing;
using Akka.Streams;
using Akka.Streams.Dsl;
using PvTimer.ActorTime.Verbs;

namespace PvTimer.ActorTime.Tests;

/// <summary>Whatever an actor does with time, it is virtual time, and happens on the script's thread.</summary>
public sealed class TimeSpec : VirtualTimeTestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void Timers_fire_at_their_instants()
    {
        ActorOf(Props.Create(() => new Ticking(TestActor, Second)));
        for (int tick = 1; tick <= 3; tick++)
        {
            ExpectMsg("tick");
            Assert.Equal(tick * Second, Clock.Now);
        }
    }

    [Fact]
    public void Hour_of_silence_is_no_hour_on_the_wall()
    {
        ActorOf(Props.Create(() => new Ticking(TestActor, 2 * Hour)));
        ExpectNoMsg(2 * Hour);
        ExpectMsg("tick");
        Assert.Equal(2 * Hour, Clock.Now);
    }

    [Fact]
    public void Nothing_happens_until_the_clock_moves()
    {
        int handled = 0;
        IActorRef actor = ActorOf(dsl => dsl.ReceiveAny((_, _) => handled++));
        actor.Tell("one");
        actor.Tell("two");
        Assert.Equal(0, handled);
        Clock.StepOneEvent(); // it starts, and takes a message
        Assert.Equal(1, handled);
        Clock.Settle();
        Assert.Equal(2, handled);
        Assert.Equal(TimeSpan.Zero, Clock.Now);
    }

    [Fact]
    public void Receive_timeout_counts_from_the_last_message()
    {
        IActorRef actor = ActorOf(Props.Create(() => new Idle(TestActor, 10 * Second)));
        Clock.AdvanceBy(6 * Second);
        actor.Tell("still here");
        ExpectMsg("idle", 20 * Second);
        Assert.Equal(16 * Second, Clock.Now);
    }

    [Fact]
    public void Ask_of_the_script_is_answered_at_once()
    {
        IActorRef echo = ActorOf(Props.Create(() => new Echo()));
        Task<string> answer = echo.Ask<string>("hello", Hour);
        Assert.True(answer.IsCompletedSuccessfully);
        Assert.Equal("hello", Await(answer));
        Assert.Equal(TimeSpan.Zero, Clock.Now);
        Assert.Null(Clock.NextTimer);
    }

    [Fact]
    public void Ask_times_out_in_virtual_time()
    {
        IActorRef deaf = ActorOf(dsl => dsl.ReceiveAny((_, _) => { }));
        Task<string> answer = deaf.Ask<string>("hello", 5 * Second);
        Clock.AdvanceBy(5 * Second);
        Assert.False(answer.IsCompleted);
        Assert.Throws<AskTimeoutException>(() => Await(answer));
        Assert.Equal(5 * Second, Clock.Now);
    }

    [Fact]
    public void Ask_of_an_actor_is_piped_to_it()
    {
        AkkaProbe slow = CreateTestProbe();
        IActorRef asking = ActorOf(Props.Create(() => new Asking(slow.Ref, TestActor, 2 * Second)));
        asking.Tell("ask");
        slow.ExpectMsg("question");
        Clock.AdvanceBy(Second);
        slow.Reply("answer");
        ExpectMsg("answer");
        Assert.Equal(Second, Clock.Now);
        asking.Tell("ask");
        ExpectMsg<AskTimeoutException>();
        Assert.Equal(3 * Second, Clock.Now);
    }

    [Fact]
    public void Handler_that_awaits_goes_on_in_its_own_context()
    {
        AkkaProbe slow = CreateTestProbe();
        slow.OnMsg<string>(asked => asked + "!");
        IActorRef awaiting = ActorOf(Props.Create(() => new Awaiting(slow.Ref, Time, TestActor)));
        awaiting.Tell("one");
        awaiting.Tell("two");
        ExpectMsg(
            (
                "one!",
                TimeSpan.FromSeconds(3),
                Environment.CurrentManagedThreadId,
                awaiting.Path.Name
            ),
            10 * Second
        );
        ExpectMsg(
            (
                "two!",
                TimeSpan.FromSeconds(6),
                Environment.CurrentManagedThreadId,
                awaiting.Path.Name
            ),
            10 * Second
        );
    }

    [Fact]
    public void Tasks_on_the_scripts_clock_are_piped()
    {
        IActorRef actor = ActorOf(Props.Create(() => new Piping(Time, TestActor)));
        actor.Tell(10);
        actor.Tell(5);
        ExpectMsg(("done", TimeSpan.FromSeconds(5)), 20 * Second);
        ExpectMsg(("done", TimeSpan.FromSeconds(10)), 20 * Second);
    }

    [Fact]
    public void Failing_actor_is_restarted_and_shown()
    {
        IActorRef actor = ActorOf(Props.Create(() => new Counting()), "counting");
        actor.Tell(1);
        actor.Tell(0);
        actor.Tell(2);
        Assert.Equal(2, Await(actor.Ask<int>("sum"))); // it was restarted in between, and lost the 1
        ActorFailure failure = Assert.Single(Failures);
        Assert.IsType<DivideByZeroException>(failure.Cause);
        Assert.Equal("/user/counting", failure.Actor);
        ScriptException none = Assert.Throws<ScriptException>(() => ExpectMsg("never", Second));
        Assert.Contains("/user/counting failed at", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Watched_children_stop_and_routers_route()
    {
        IActorRef router = ActorOf(
            Props.Create(() => new Echo()).WithRouter(new RoundRobinPool(3)),
            "router"
        );
        for (int index = 0; index < 6; index++)
        {
            router.Tell(index, TestActor);
        }
        Assert.Equal([0, 1, 2, 3, 4, 5], ReceiveN(6).Cast<int>());
        Watch(router);
        router.Tell(PoisonPill.Instance);
        ExpectTerminated(router);
        Assert.Equal(TimeSpan.Zero, Clock.Now);
    }

    [Fact]
    public void Event_stream_and_become_and_stash_work()
    {
        IActorRef door = ActorOf(Props.Create(() => new Door()));
        Sys.EventStream.Subscribe(TestActor, typeof(string));
        door.Tell("knock");
        door.Tell("knock again");
        door.Tell(true);
        ExpectMsg("knock");
        ExpectMsg("knock again");
    }

    [Fact]
    public void Streams_take_virtual_time()
    {
        ActorMaterializer materializer = Sys.Materializer();
        Task<int> sum = Source
            .Tick(Second, Second, 1)
            .Take(5)
            .RunWith(Sink.Aggregate<int, int>(0, (total, each) => total + each), materializer);
        Assert.Equal(5, Await(sum, Hour));
        Assert.Equal(5 * Second, Clock.Now);
    }

    [Fact]
    public void Whatever_dispatcher_is_named_it_is_the_scripts_thread()
    {
        IActorRef pinned = ActorOf(Props.Create(() => new Thread1()).WithDispatcher("my-pinned"));
        Assert.Equal(Environment.CurrentManagedThreadId, Await(pinned.Ask<int>("which")));
    }

    public TimeSpec()
        : base(ConfigurationFactory.ParseString("my-pinned.type = PinnedDispatcher")) { }

    private sealed class Ticking : ReceiveActor, IWithTimers
    {
        public Ticking(IActorRef target, TimeSpan each)
        {
            Receive<string>(tick => target.Tell(tick));
            Each = each;
        }

        public ITimerScheduler Timers { get; set; } = null!; // reason: Akka sets it

        private TimeSpan Each { get; }

        protected override void PreStart() => Timers.StartPeriodicTimer("key", "tick", Each);
    }

    private sealed class Idle : ReceiveActor
    {
        public Idle(IActorRef target, TimeSpan patience)
        {
            Context.SetReceiveTimeout(patience);
            Receive<ReceiveTimeout>(_ =>
            {
                Context.SetReceiveTimeout(null);
                target.Tell("idle");
            });
            ReceiveAny(_ => { });
        }
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class Thread1 : ReceiveActor
    {
        public Thread1() => ReceiveAny(_ => Sender.Tell(Environment.CurrentManagedThreadId));
    }

    private sealed class Asking : ReceiveActor
    {
        public Asking(IActorRef slow, IActorRef target, TimeSpan patience)
        {
            Receive<string>(
                message => message == "ask",
                ask =>
                {
                    _ = slow.Ask<string>("question", patience).PipeTo(Self);
                }
            );
            Receive<string>(answer => target.Tell(answer));
            Receive<Status.Failure>(failure => target.Tell(failure.Cause));
        }
    }

    private sealed class Awaiting : ReceiveActor
    {
        public Awaiting(IActorRef slow, TimeProvider time, IActorRef target) =>
            ReceiveAsync<string>(async message =>
            {
                await Task.Delay(Second, time);
                string answer = await slow.Ask<string>(message, Hour);
                await Task.Yield();
                await Task.Delay(2 * Second, time).ConfigureAwait(true);
                target.Tell(
                    (
                        answer,
                        Context.System.Scheduler.MonotonicClock,
                        Environment.CurrentManagedThreadId,
                        Self.Path.Name
                    )
                );
            });
    }

    private sealed class Piping : ReceiveActor
    {
        public Piping(TimeProvider time, IActorRef target)
        {
            Receive<int>(seconds =>
            {
                _ = Later(seconds).PipeTo(Self);
            });
            Receive<string>(done => target.Tell((done, Context.System.Scheduler.MonotonicClock)));

            async Task<string> Later(int seconds)
            {
                await Task.Delay(TimeSpan.FromSeconds(seconds), time).ConfigureAwait(false);
                return "done";
            }
        }
    }

    private sealed class Counting : ReceiveActor
    {
        private int _sum;

        public Counting()
        {
            Receive<int>(each => _sum += each == 1 ? 1 : 4 / each);
            Receive<string>(_ => Sender.Tell(_sum));
        }
    }

    private sealed class Door : ReceiveActor, IWithStash
    {
        public Door()
        {
            Receive<bool>(_ =>
            {
                Stash.UnstashAll();
                Become(() => Receive<string>(each => Context.System.EventStream.Publish(each)));
            });
            Receive<string>(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!; // reason: Akka sets it
    }
}
