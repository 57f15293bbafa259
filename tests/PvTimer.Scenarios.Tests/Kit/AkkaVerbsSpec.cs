using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Verbs;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

#pragma warning disable PVT0004, PVT0008, PVT0009 // reason: what is refused is tried, and that no verb waits on the wall

/// <summary>Akka's own verbs take virtual time, or are refused with what to use instead.</summary>
public sealed class AkkaVerbsSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    /// <summary>What of Akka's test kit is no verb: it sets the kit up, or is a part that its own code uses.</summary>
    private static readonly HashSet<string> NoVerbs = new(StringComparer.Ordinal)
    {
        "InitializeTest",
        "InitializeLogger",
        "InternalAwaitCondition",
        "InternalAwaitConditionAsync",
        "SendSystemMessage",
        "get_DefaultConfig",
        "get_FullDebugConfig",
        "get_Assertions",
        "get_Now",
        "RemainingOr",
        "AfterAll",
        "Dispose",
        "Shutdown",
        "ShutdownAsync",
        "Equals",
        "GetHashCode",
        "CompareTo",
        "ToString",
    };

    [Theory]
    [InlineData(typeof(Akka.TestKit.Xunit2.TestKit), typeof(PvTimerTestKit))]
    [InlineData(typeof(TestProbe), typeof(AkkaProbe))]
    public void Every_verb_of_akkas_has_one_here_with_the_same_parameters(Type akkas, Type ours)
    {
        HashSet<string> here = [.. MethodsOf(ours).Select(Signature)];
        string[] missing =
        [
            .. MethodsOf(akkas)
                .Where(method => !NoVerbs.Contains(method.Name))
                .Select(Signature)
                .Where(signature => !here.Contains(signature)),
        ];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    [Theory]
    [InlineData(typeof(PvTimerTestKit))]
    [InlineData(typeof(AkkaProbe))]
    public void No_verb_is_akkas_own_code(Type ours) =>
        Assert.Empty(
            MethodsOf(ours)
                .Where(method =>
                    method.DeclaringType!.Namespace!.StartsWith("Akka", StringComparison.Ordinal)
                )
                .Select(Signature)
        );

    [Fact]
    public void Silence_of_an_hour_takes_virtual_time_only()
    {
        Host(scanPeriod: 1.Seconds());
        AkkaProbe probe = CreateTestProbe();
        Stopwatch wall = Stopwatch.StartNew();
        ExpectNoMsg(TimeSpan.FromHours(1));
        Assert.Equal(VirtualTime.Zero + 3_600.Seconds(), Clock.Now);
        probe.ExpectNoMsg(TimeSpan.FromHours(1));
        Assert.Null(ReceiveOne(TimeSpan.FromHours(1)));
        Assert.False(AwaitConditionNoThrow(() => false, TimeSpan.FromHours(1)));
        Assert.Equal(TimeSpan.FromHours(4), Now);
        Assert.True(wall.Elapsed < TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void Expectation_of_a_probe_runs_the_machine_as_far_as_it_has_to()
    {
        HostHandle host = Host();
        Probe timerCpu = ProbeAs(host.TimerCpu);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        timerCpu.TestProbe.ExpectMsg<Ipi>();
        Assert.Equal("pcpu-0", timerCpu.TestProbe.LastSender.Path.Name);
        Assert.InRange(Now, TimeSpan.FromMicroseconds(100), TimeSpan.FromMicroseconds(110));
        host.Vcpu(0).Guest.ProgramDeadline(@in: 40.Microseconds());
        Assert.IsType<Ipi>(timerCpu.TestProbe.FishForMessage(message => message is Ipi));
        ScriptException none = Assert.Throws<ScriptException>(() =>
            timerCpu.TestProbe.ExpectMsg<Ipi>(TimeSpan.FromMilliseconds(1))
        );
        Assert.Contains("expected Ipi within 1,000.0 us", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reply_reaches_the_sender_through_the_machine()
    {
        HostHandle host = Host();
        Probe kthread = ProbeAs(host.Kthread);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Microseconds());
        SyncVcpu asked = kthread.TestProbe.FishForMessage<SyncVcpu>(_ => true);
        kthread.TestProbe.Reply(Nothing(asked));
        Tap fromKthread = host.TimerCpu.From(host.Kthread);
        fromKthread.ExpectMsg<SyncResult>(where: result => result.Vcpu == asked.Vcpu);
    }

    [Fact]
    public void Autopilot_answers_at_the_instant_through_the_machine()
    {
        HostHandle host = Host();
        Probe kthread = ProbeAs(host.Kthread);
        int answers = 0;
        kthread.TestProbe.SetAutoPilot(
            new DelegateAutoPilot(
                (sender, message) =>
                {
                    if (message is SyncVcpu asked)
                    {
                        answers++;
                        sender.Tell(Nothing(asked));
                    }
                    return AutoPilot.KeepRunning;
                }
            )
        );
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Microseconds());
        host.Kthread.ExpectMsg<SyncVcpu>();
        VirtualTime asked = host.Kthread.Last.At;
        host.TimerCpu.ExpectMsg<SyncResult>();
        Assert.Equal(asked + VirtualDuration.Smallest, host.TimerCpu.Last.At);
        Assert.Equal(1, answers);
    }

    [Fact]
    public void What_no_actor_of_the_machine_takes_is_refused()
    {
        HostHandle host = Host();
        Probe kthread = ProbeAs(host.Kthread);
        Assert.Throws<IllegalActorStateException>(() => kthread.TestProbe.Reply("no question"));
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Microseconds());
        kthread.TestProbe.FishForMessage<SyncVcpu>(_ => true);
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            kthread.TestProbe.Reply("hello")
        );
        Assert.Contains("takes no String", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Autopilot_that_fails_breaks_the_run()
    {
        HostHandle host = Host();
        Probe kthread = ProbeAs(host.Kthread);
        kthread.TestProbe.SetAutoPilot(
            new DelegateAutoPilot((_, _) => throw new NotSupportedException("lost its way"))
        );
        ScriptException broken = Assert.Throws<ScriptException>(() =>
            Clock.AdvanceTo(1.Milliseconds())
        );
        Assert.Contains("lost its way", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_of_the_machine_that_is_told_past_it_breaks_the_run()
    {
        Host();
        Clock.AdvanceTo(1.Microseconds());
        Sys.ActorSelection("/user/*/h0/pcpu-0").Tell(new Ipi(default));
        ScriptException broken = Assert.Throws<ScriptException>(() =>
            Clock.RunUntil(() => false, within: 10.Milliseconds())
        );
        Assert.Contains(
            "told to h0/pcpu-0 between two events",
            broken.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Within_bounds_virtual_time_and_what_is_in_it()
    {
        Host();
        Within(TimeSpan.FromSeconds(1), () => Clock.AdvanceBy(1.Seconds()));
        Assert.Throws<ScriptException>(() =>
            Within(TimeSpan.FromSeconds(1), () => Clock.AdvanceBy(2.Seconds()))
        );
        Assert.Throws<ScriptException>(() =>
            Within(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), () => { })
        );
        VirtualTime before = Clock.Now;
        Within(
            TimeSpan.FromMilliseconds(3),
            () =>
            {
                Clock.AdvanceBy(1.Milliseconds());
                Assert.Equal(TimeSpan.FromMilliseconds(2), Remaining);
                Assert.Throws<ScriptException>(() => ExpectMsg<string>());
            }
        );
        Assert.Equal(before + 3.Milliseconds(), Clock.Now);
        Assert.Equal(7, Within(TimeSpan.FromSeconds(1), () => 7));
#pragma warning disable MA0147 // reason: it is what is refused
        Action unawaited = async () => await Task.Yield();
#pragma warning restore MA0147
        Assert.Throws<ArgumentException>(() => Within(TimeSpan.FromSeconds(1), unawaited));
    }

    [Fact]
    public void Condition_and_assertion_are_awaited_in_virtual_time()
    {
        HostHandle host = Host();
        AwaitCondition(() => host.Kthread.Count<ScanTick>() == 3);
        VirtualTime third = Clock.Now;
        AwaitAssert(() => Assert.Equal(5, host.Kthread.Count<ScanTick>()));
        Assert.True(Clock.Now >= third + 490.Microseconds());
        Assert.ThrowsAny<Exception>(() =>
            AwaitAssert(() => Assert.Fail("never"), TimeSpan.FromMilliseconds(1))
        );
        Assert.Throws<ScriptException>(() =>
            AwaitCondition(() => false, TimeSpan.FromMilliseconds(1), "it never does")
        );
    }

    [Fact]
    public async Task Async_verbs_do_the_same()
    {
        HostHandle host = Host();
        Probe timerCpu = ProbeAs(host.TimerCpu);
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        await timerCpu.TestProbe.ExpectMsgAsync<Ipi>();
        await timerCpu.TestProbe.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(1));
        await WithinAsync(
            TimeSpan.FromMilliseconds(5),
            async () =>
                await AwaitConditionAsync(() => Task.FromResult(Now > TimeSpan.FromMilliseconds(2)))
        );
        await AwaitAssertAsync(async () => await Task.Yield());
        await Assert.ThrowsAsync<ScriptException>(async () => await ExpectMsgAsync<string>());
    }

    [Fact]
    public void Actor_of_the_tests_own_answers_at_once()
    {
        IActorRef echo = ActorOf(dsl =>
            dsl.ReceiveAny((message, context) => context.Sender.Tell(message))
        );
        for (int round = 0; round < 200; round++)
        {
            echo.Tell(round);
            Assert.Equal(round, ExpectMsg<int>());
        }
        AkkaProbe probe = CreateTestProbe();
        echo.Tell("to the probe", probe.Ref);
        probe.ExpectMsg("to the probe");
        probe.Reply("again");
        probe.ExpectMsgFrom(echo, "again");
        ExpectNoMsg();
        echo.Tell(1);
        echo.Tell(2);
        ExpectMsgAllOf(2, 1);
        echo.Tell("a");
        echo.Tell("b");
        Assert.Equal(["a", "b"], ReceiveN(2));
    }

    [Fact]
    public void End_of_an_actor_is_told()
    {
        IActorRef quiet = ActorOf(dsl => dsl.ReceiveAny((_, _) => { }));
        Watch(quiet);
        quiet.Tell(PoisonPill.Instance);
        ExpectTerminated(quiet);
    }

    [Fact]
    public void Verb_that_could_only_wait_on_the_wall_names_what_to_use_instead()
    {
        Action[] refused =
        [
            () => _ = EventFilter,
            () => CreateEventFilter(Sys),
            () => CreateTestLatch(),
            () => CreateTestBarrier(2),
            () => Shutdown(),
            () => _ = ShutdownAsync(),
        ];
        Assert.All(
            refused,
            verb =>
                Assert.Contains(
                    "accepted:",
                    Assert.Throws<NotSupportedException>(verb).Message,
                    StringComparison.Ordinal
                )
        );
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        Log.Warning("instead of a filter");
        Assert.Equal("instead of a filter", $"{ExpectMsg<Warning>().Message}");
    }

    private static SyncResult Nothing(SyncVcpu asked) =>
        new(asked.Vcpu, SyncOutcome.Nothing, default, default, InInterrupt: true, ArmedOn: null);

    private static IEnumerable<MethodInfo> MethodsOf(Type type) =>
        type.GetMethods(
                BindingFlags.Public
                    | BindingFlags.NonPublic
                    | BindingFlags.Instance
                    | BindingFlags.Static
                    | BindingFlags.FlattenHierarchy
            )
            .Where(method =>
                method.DeclaringType != typeof(object)
                && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
            );

    private static string Signature(MethodInfo method) =>
        $"{method.Name}({string.Join(", ", method.GetParameters().Select(each => each.ParameterType))})";
}
