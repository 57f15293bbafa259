using System;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Exploring;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

#pragma warning disable PVT0002 // reason: what the compiler warns of is what the kit has to notice

/// <summary>Actors of the test's own live in the machine's time, and take part in its scripts.</summary>
public sealed class OwnActorsSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    /// <summary>A controller that programs a guest's timer every millisecond, by a timer of its own.</summary>
    private sealed class Controller : ReceiveActor, IWithTimers
    {
        public Controller(VcpuHandle vcpu) =>
            Receive<string>(_ => vcpu.Guest.ProgramDeadline(@in: 300.Microseconds()));

        public ITimerScheduler Timers { get; set; } = null!; // reason: Akka sets it

        protected override void PreStart() =>
            Timers.StartPeriodicTimer("tick", "program", Millisecond);
    }

    [Fact]
    public void Timer_of_an_own_actor_acts_on_the_machine_at_its_instant()
    {
        HostHandle host = Host();
        ActorInTime controller = ActorInTime(
            Props.Create(() => new Controller(host.Vcpu(0))),
            "controller"
        );
        host.Vcpu(0).Guest.ExpectTimer();
        Assert.InRange((Clock.Now - VirtualTime.Zero).Nanoseconds, 1_300_000, 1_310_000);
        Clock.AdvanceTo(10_500.Microseconds());
        Finish().ShouldKeepItsPromises();
        Assert.Equal(10, 1 + host.Vcpu(0).Count<InterruptTaken>());
        Assert.Equal("/user/controller", controller.Name);
    }

    [Fact]
    public void Tap_sees_what_reaches_an_own_actor()
    {
        Host();
        ActorInTime echo = ActorInTime(Props.Create(() => new Echo()), "echo");
        Clock.AdvanceTo(100.Microseconds());
        echo.Tell("hello");
        echo.Tell(7);
        Assert.Equal(7, (int)echo.ExpectMsg<object>(where: message => message is int));
        ExpectMsg("hello");
        ExpectMsg(7);
        echo.ExpectNoMsg(until: 1.Milliseconds());
        ScriptException none = Assert.Throws<ScriptException>(() => echo.ExpectMsg<string>());
        Assert.Contains("/user/echo", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_in_the_machine_tells_an_own_actor_and_asks_it()
    {
        HostHandle host = Host();
        Probe timerCpu = ProbeAs(host.TimerCpu);
        ActorInTime counter = ActorInTime(Props.Create(() => new Echo()));
        timerCpu.TestProbe.OnMsg<Ipi>(doorbell =>
        {
            counter.Tell(doorbell, TestActor);
            return null;
        });
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        ExpectMsg<Ipi>();
        Task<string> answer = counter.Ref.Ask<string>("still there", TimeSpan.FromSeconds(10));
        AwaitCondition(() => answer.IsCompleted);
        Assert.Equal("still there", await answer);
        Assert.True(Clock.Now < VirtualTime.Zero + 200.Microseconds());
    }

    [Fact]
    public void Handler_that_awaits_takes_machine_time()
    {
        HostHandle host = Host();
        ActorInTime slow = ActorInTime(Props.Create(() => new Slow(Time)));
        slow.Tell("begin");
        ExpectMsg("done");
        Assert.Equal(VirtualTime.Zero + 2.Milliseconds(), Clock.Now);
        Assert.True(host.Kthread.Count<ScanTick>() >= 7);
    }

    [Fact]
    public void Fault_and_order_of_own_actors_are_explored()
    {
        Exploration found = FindFailure(() =>
        {
            Host();
            string last = "";
            ActorInTime target = ActorInTime(dsl => dsl.Receive<string>((each, _) => last = each));
            foreach (string name in new[] { "a", "b" })
            {
                ActorInTime(Props.Create(() => new Relay(target.Ref)), name).Tell(name);
            }
            Clock.AdvanceTo(1.Milliseconds());
            Assert.Equal("b", last);
        });
        Assert.NotNull(found.Failure);
        Assert.Contains(
            "goes before",
            string.Join('\n', found.Failure.Deviations),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Fault_that_has_met_no_message_of_own_actors_is_not_lost_with_the_script()
    {
        Host();
        ActorInTime echo = ActorInTime(Props.Create(() => new Echo()));
        ActorFaults.Drop<string>(to: echo.Ref);
        Clock.AdvanceTo(1.Milliseconds());
        ScriptException missed = Assert.Throws<ScriptException>(Anew);
        Assert.Contains("Drop of String", missed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Own_actor_that_waits_on_the_wall_fails_its_script()
    {
        Host();
        ActorInTime sleeper = ActorInTime(
            dsl => dsl.ReceiveAsync<string>((_, _) => Task.Delay(TimeSpan.FromHours(1))),
            "sleeper"
        );
        sleeper.Tell("sleep");
        Clock.AdvanceTo(1.Milliseconds());
        ScriptException refused = Assert.Throws<ScriptException>(() => Finish());
        Assert.Contains("/user/sleeper awaits", refused.Message, StringComparison.Ordinal);
        Anew();
    }

    [Fact]
    public void Script_with_own_actors_is_no_scenario()
    {
        Host();
        ActorInTime(Props.Create(() => new Echo())).Tell("hello");
        Clock.AdvanceTo(1.Milliseconds());
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() =>
            ToScenario()
        );
        Assert.Contains("actors of the test's own", refused.Message, StringComparison.Ordinal);
        Anew();
        Host();
        Clock.AdvanceTo(1.Milliseconds());
        Assert.Equal(1.Milliseconds(), ToScenario().Duration);
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class Slow : ReceiveActor
    {
        public Slow(TimeProvider time) =>
            ReceiveAsync<string>(async _ =>
            {
                await Task.Delay(2 * Millisecond, time);
                Sender.Tell("done");
            });
    }

    private sealed class Relay : ReceiveActor
    {
        public Relay(IActorRef target) => Receive<string>(text => target.Tell(text));
    }
}
