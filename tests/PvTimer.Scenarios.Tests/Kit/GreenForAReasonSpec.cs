using System;
using System.Collections.Immutable;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.Model.Backends;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using PvTimer.TestKit.Properties;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>What would make a script green without having looked is refused, or fails.</summary>
public sealed class GreenForAReasonSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Order_of_one_message_is_not_turned_round_by_messages_of_other_kinds()
    {
        HostHandle host = Host(pcpus: 4);
        Clock.AdvanceTo(225.Microseconds());
        InjectedFault reorder = Faults.Reorder<Ipi>(within: 30.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 20.Microseconds());
        Clock.AdvanceBy(100.Microseconds());
        Assert.Equal((1, 0), (reorder.Hits, reorder.Overtakings));
        Assert.Contains(
            "nothing has overtaken",
            Assert.Throws<ScriptException>(Finish).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void After_the_end_nothing_is_accepted_that_would_never_be_asked()
    {
        Host();
        Clock.AdvanceTo(1.Milliseconds());
        Finish();
        Action[] late =
        [
            () => Faults.Drop<Ipi>(),
            () => Always(() => false),
            () => Eventually(1.Milliseconds(), () => false),
            () => Sometimes("never", () => false),
        ];
        Assert.All(
            late,
            act =>
                Assert.Contains(
                    "finished",
                    Assert.Throws<InvalidOperationException>(act).Message,
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void Block_that_awaits_is_not_dropped()
    {
        Host();
        Func<object> drops = () => Within(TimeSpan.FromSeconds(1), () => Task.CompletedTask);
        Assert.Contains(
            "accepted: WithinAsync",
            Assert.Throws<InvalidOperationException>(drops).Message,
            StringComparison.Ordinal
        );
        TestActor.Tell("hello", TestActor);
#pragma warning disable MA0147 // reason: async void is what is refused
        Action looksLater = () => ExpectMsg<string>(async _ => await Task.Yield());
#pragma warning restore MA0147
        Assert.Throws<ArgumentException>(looksLater);
    }

    [Fact]
    public void Bounds_of_the_clock_hold_from_the_first_event_on()
    {
        Host();
        Clock.MostEvents = 1;
        Assert.Throws<ScriptException>(() => Clock.AdvanceTo(1.Milliseconds()));
        Clock.MostEvents = long.MaxValue;
        Clock.MostWallTime = TimeSpan.FromMilliseconds(1);
        int asked = 0;
        Assert.Throws<ScriptException>(() =>
            Clock.RunUntil(() =>
            {
                asked++;
                return SpinWait.SpinUntil(static () => false, TimeSpan.FromMilliseconds(20));
            })
        );
        Assert.Equal(1, asked);
        Clock.MostWallTime = TimeSpan.FromMinutes(1);
    }

    [Fact]
    public void Clock_moves_until_an_ask_is_answered()
    {
        Host();
        Clock.AdvanceTo(1.Milliseconds());
        IActorRef slow = ActorOf(dsl =>
            dsl.Receive<string>(
                (_, context) =>
                    context.System.Scheduler.ScheduleTellOnce(
                        TimeSpan.FromMilliseconds(5),
                        context.Sender,
                        7,
                        context.Self
                    )
            )
        );
        Assert.Equal(7, Await(slow.Ask<int>("hello"), within: TimeSpan.FromSeconds(1)));
        Assert.InRange(
            (Clock.Now - VirtualTime.Zero).Nanoseconds,
            6.Milliseconds().Nanoseconds,
            7.Milliseconds().Nanoseconds
        );
        Assert.Throws<ScriptException>(() =>
            Await(new TaskCompletionSource().Task, within: TimeSpan.FromMilliseconds(1))
        );
    }

    [Fact]
    public void Guest_that_takes_no_commands_is_told_none()
    {
        VcpuHandle tick = Host()
            .AddVm("tick", guest: new TickGuest(1_000, NoHz.Off, 10.Microseconds()))
            .Vcpu(0);
        Assert.Contains(
            "takes no commands",
            Assert.Throws<InvalidOperationException>(() => tick.Guest.Halt()).Message
        );
        Clock.AdvanceBy(5.Milliseconds());
    }

    [Fact]
    public void Exchange_of_a_page_that_is_not_there_is_not_weakened()
    {
        Host(backend: TimerBackends.Hrtimer);
        Assert.Contains(
            "no vCPU has a page",
            Assert
                .Throws<InvalidOperationException>(() => Faults.Weaken(WeakExchange.Guest))
                .Message
        );
    }

    [Fact]
    public void Clock_does_not_move_beyond_the_end_of_time()
    {
        Host();
        Clock.AdvanceTo(1.Milliseconds());
        VirtualDuration ever = VirtualTime.MaxValue - VirtualTime.Zero;
        Assert.Contains(
            "the clock cannot move by",
            Assert.Throws<ArgumentOutOfRangeException>(() => Clock.AdvanceBy(ever)).Message
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => Clock.AdvanceBy((-1).Milliseconds()));
    }

    [Fact]
    public void Delay_of_nothing_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Faults.Delay<Ipi>(by: VirtualDuration.Zero)
        );

    [Fact]
    public void Instruction_that_no_scenario_could_say_is_refused()
    {
        HostHandle host = Host();
        Assert.Contains(
            "'compute -5us' is no instruction",
            Assert
                .Throws<ArgumentException>(() => host.Vcpu(0).Guest.Compute((-5).Microseconds()))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() =>
            host.Vcpu(0).Guest.ProgramDeadline(40_000_000.Seconds())
        );
        Clock.AdvanceTo(1.Milliseconds());
        Assert.Throws<ArgumentException>(() => Vm("vm-0").Pause(40_000_000.Seconds()));
    }

    [Fact]
    public void What_is_saved_can_be_replayed()
    {
        using TemporaryFile file = new();
        HostHandle host = Host();
        host.Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
        Clock.AdvanceTo(5.Milliseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
        Assert.Contains(
            "has not happened yet",
            Assert.Throws<InvalidOperationException>(() => Save(file.Path)).Message,
            StringComparison.Ordinal
        );
        Clock.AdvanceBy(5.Milliseconds());
        Scenario whole = ToScenario();
        Anew();
        Scenario(whole);
        Clock.AdvanceTo(3.Milliseconds());
        Save(file.Path);
        Replay(file.Path).ShouldHaveHash(Finish().TraceHash);
        Assert.Throws<OperationCanceledException>(() =>
            Replay(file.Path, new CancellationToken(canceled: true))
        );
    }

    [Fact]
    public void Failure_of_a_property_is_shown_though_it_can_be_written_nowhere()
    {
        string folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        string shown = Assert
            .Throws<ScriptException>(() =>
                ForAll(
                    Scripts.Of(new ScriptBounds { OnlyCommands = true }),
                    (_, result) => result.ShouldFire(-1),
                    runs: 1,
                    saveTo: Path.Combine(folder, "failure.conf")
                )
            )
            .Message;
        Assert.Contains("not saved as", shown, StringComparison.Ordinal);
        Assert.Contains("script 1 of seed", shown, StringComparison.Ordinal);
        Scenario unsaid = UnsayableCosts();
        shown = Assert
            .Throws<ScriptException>(() =>
                ForAll(
                    Gen.Const(unsaid),
                    (script, _) => Assert.False(unsaid.Host.Costs.Name == script.Host.Costs.Name),
                    runs: 1
                )
            )
            .Message;
        Assert.Contains("It is not written as C#", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Probe_of_a_machine_that_is_gone_is_refused()
    {
        Probe old = ProbeAs(Host().Kthread);
        Clock.AdvanceTo(1.Milliseconds());
        Anew();
        Host();
        Assert.Throws<InvalidOperationException>(() =>
            old.TestProbe.ExpectNoMsg(TimeSpan.FromMilliseconds(1))
        );
    }

    [Fact]
    public void Script_is_not_given_up_and_no_fault_added_within_an_event()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        ImmutableArray<Action> acts = [Anew, () => Faults.Drop<Ipi>(), () => Always(() => true)];
        int refused = 0;
        Faults.Drop<Ipi>(where: _ =>
        {
            foreach (Action act in acts)
            {
                Assert.Throws<InvalidOperationException>(act);
                refused++;
            }
            return true;
        });
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        Clock.AdvanceBy(100.Microseconds());
        Assert.Equal(acts.Length, refused);
    }

    private static Scenario UnsayableCosts()
    {
        Scenario shipped = ScenarioReader.Read(
            Path.Combine(Repository.Top, "config/scenarios/quickstart.conf"),
            []
        );
        Scenario made = Scripts
            .Of(new ScriptBounds { OnlyCommands = true })
            .Generate(new PCG(0, 1), min: null, out _);
        return made with { Host = made.Host with { Costs = shipped.Host.Costs }, OtherHosts = [] };
    }

    private sealed class TemporaryFile : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
