using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.Model.Backends;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.TestKit;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Properties;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Properties;

/// <summary>Swarms whose messages are lost, late and doubled: what holds all the same, and what they may break.</summary>
public sealed class MessageFaultsSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Whatever_happens_to_messages_the_books_balance_and_only_lost_ones_lose_timers() =>
        ForAll(
            Scripts.Of(),
            script => MessageSchedule.Of(script),
            (faults, result) =>
            {
                result.ShouldConserve();
                Assert.Equal(0, result.Report.Timers.Early);
                if (!faults.Has(MessageFaultVerb.Drop))
                {
                    result.ShouldLose(0);
                }
            },
            runs: 300
        );

    [Fact]
    public void Doorbell_that_is_lost_costs_time_and_no_timer() =>
        ForAll(
            Scripts.Of(),
            script => MessageSchedule.Of(script, most: 3, typeof(Ipi)),
            (_, result) => result.ShouldLose(0),
            runs: 100
        );

    [Fact]
    public async Task Lost_interrupt_comes_back_as_a_script_with_that_fault_alone()
    {
        ScriptException broken = Assert.Throws<ScriptException>(() =>
            ForAll(
                Scripts.Of(),
                script => MessageSchedule.Of(script, most: 3, typeof(PostedInterrupt)),
                (_, result) => result.ShouldLose(0)
            )
        );
        Output!.WriteLine(broken.Message);
        string source = broken.Message[
            broken.Message.IndexOf("using ", StringComparison.Ordinal)..
        ];
        Assert.Contains(
            "MessageSchedule faults = new MessageSchedule(new MessageFault(MessageFaultVerb.Drop, typeof(PostedInterrupt), ",
            source,
            StringComparison.Ordinal
        );
        Assert.Equal(2, source.Split("new MessageFault(").Length);

        // It fails as long as the fault is put in force, and passes without.
        Exception again = await Assert.ThrowsAnyAsync<Exception>(() => Compiled.Run(source));
        Assert.Contains("lost", again.Message, StringComparison.Ordinal);
        Assert.Equal(
            1,
            await Compiled.Run(
                source.Replace("faults.Apply(Faults);", "", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public void Fault_that_meets_no_message_in_any_script_is_said()
    {
        ScriptException never = Assert.Throws<ScriptException>(() =>
            ForAll(
                Scripts.Of(new ScriptBounds { Backend = TimerBackends.Hrtimer }),
                _ =>
                    Gen.Const(
                        new MessageSchedule(
                            new MessageFault(
                                MessageFaultVerb.Drop,
                                typeof(SharedPageUpdate),
                                VirtualDuration.Zero
                            )
                        )
                    ),
                (_, _) => { },
                runs: 20
            )
        );
        Assert.Contains("Drop of SharedPageUpdate", never.Message, StringComparison.Ordinal);
        Assert.Contains("20 scripts", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_can_happen_to_a_message_is_accepted_and_generated()
    {
        NotSupportedException refused = Assert.Throws<NotSupportedException>(() =>
            new MessageFault(
                MessageFaultVerb.Duplicate,
                typeof(SharedPageUpdate),
                VirtualDuration.Zero
            )
        );
        Assert.Equal(
            "Duplicate of SharedPageUpdate; accepted: of Ipi, PostedInterrupt, Wake",
            refused.Message
        );
        Assert.Throws<NotSupportedException>(() =>
            Faults.Duplicate<SharedPageUpdate>(VirtualDuration.Zero)
        );
        Assert.Throws<NotSupportedException>(() =>
            new MessageFault(MessageFaultVerb.Drop, typeof(string), VirtualDuration.Zero)
        );
        ArgumentException unknown = Assert.Throws<ArgumentException>(() =>
            MessageSchedule.Of(Scripts.Of().Single(), most: 1, typeof(Notification))
        );
        Assert.StartsWith(
            "Notification; accepted: Ipi, PostedInterrupt, SharedPageUpdate, Wake",
            unknown.Message,
            StringComparison.Ordinal
        );
        PCG chance = new(0, 7);
        ImmutableArray<MessageFault> seen =
        [
            .. Enumerable
                .Range(0, 200)
                .SelectMany(_ =>
                {
                    Scenario script = Scripts.Of().Generate(chance, null, out Size _);
                    return MessageSchedule.Of(script).Generate(chance, null, out Size _).Faults;
                }),
        ];
        Assert.Equal(11, seen.Select(fault => (fault.Verb, fault.Kind)).Distinct().Count());
    }
}
