using System;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using static PvTimer.Engine.Tests.Machines.LambdaMachine;

namespace PvTimer.Engine.Tests;

public class KernelRuleTests
{
    private static readonly Behaviour Nothing = (_, _, _) => { };

    private static string FailureOf(LambdaMachine machine) =>
        Assert.Throws<RunFailedException>(() => SequentialEngine.Run(machine, new())).Message;

    /// <summary>Does it once, upon Start.</summary>
    private static Behaviour AtStart(Action<IEffects> act) =>
        (_, message, effects) =>
        {
            if (message is Start)
            {
                act(effects);
            }
        };

    [Fact]
    public void Start_reaches_every_entity_at_time_zero_before_scripted_messages()
    {
        var machine = new LambdaMachine(100, Nothing, Nothing)
        {
            Script =
            [
                new ScriptedMessage(
                    VirtualTime.FromNanoseconds(30),
                    new EntityId(0),
                    new Note("late")
                ),
                new ScriptedMessage(VirtualTime.Zero, new EntityId(0), new Note("early")),
            ],
        };
        SequentialEngine.Run(machine, new());
        Assert.Equal(
            ["0 node-0 start", "0 node-0 early", "0 node-1 start", "30 node-0 late"],
            machine.Log
        );
    }

    [Fact]
    public void Message_arrives_one_latency_later()
    {
        var machine = new LambdaMachine(
            100,
            AtStart(effects => effects.Send(new EntityId(1), Ns(12), new Note("hello"))),
            Nothing
        );
        SequentialEngine.Run(machine, new());
        Assert.Equal("12 node-1 hello", machine.Log[^1]);
    }

    [Fact]
    public void Zero_delay_to_oneself_happens_at_the_same_instant_in_the_order_sent()
    {
        var machine = new LambdaMachine(
            100,
            AtStart(effects =>
            {
                effects.After(Ns(0), new Note("first"));
                effects.After(Ns(0), new Note("second"));
            })
        );
        SequentialEngine.Run(machine, new());
        Assert.Equal(["0 node-0 start", "0 node-0 first", "0 node-0 second"], machine.Log);
    }

    [Fact]
    public void Events_of_one_instant_are_ordered_by_their_senders()
    {
        Behaviour sender = AtStart(effects =>
            effects.Send(new EntityId(0), Ns(20), new Note("hello"))
        );
        var machine = new LambdaMachine(
            100,
            AtStart(effects => effects.After(Ns(20), new Note("own"))),
            sender,
            AtStart(effects => effects.Send(new EntityId(1), Ns(20), new Note("other")))
        );
        SequentialEngine.Run(machine, new());
        Assert.Equal("20 node-0 own", machine.Log[3]);
        Assert.Equal("20 node-0 hello", machine.Log[4]);
        Assert.Equal("20 node-1 other", machine.Log[5]);
    }

    [Fact]
    public void Nothing_happens_at_or_after_the_end()
    {
        var machine = new LambdaMachine(
            50,
            AtStart(effects =>
            {
                effects.After(Ns(49), new Note("last"));
                effects.After(Ns(50), new Note("too late"));
            })
        );
        RunOutcome outcome = SequentialEngine.Run(machine, new());
        Assert.Equal("49 node-0 last", machine.Log[^1]);
        Assert.Equal(2, outcome.Events);
        Assert.Equal(machine.End, outcome.Reached);
    }

    [Fact]
    public void Machine_that_ends_at_zero_does_nothing()
    {
        var machine = new LambdaMachine(0, Nothing);
        Assert.Equal(0, SequentialEngine.Run(machine, new()).Events);
        Assert.Empty(machine.Log);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void Send_without_latency_breaks_the_run(long latency)
    {
        var machine = new LambdaMachine(
            50,
            Nothing,
            AtStart(effects => effects.Send(new EntityId(0), Ns(latency), new Note("now")))
        );
        Assert.StartsWith(
            "h1/node-1 at 0 ns, handling Start",
            FailureOf(machine),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Send_to_oneself_breaks_the_run()
    {
        var machine = new LambdaMachine(
            50,
            AtStart(effects => effects.Send(new EntityId(0), Ns(5), new Note("me")))
        );
        Assert.Contains("accepted: another entity", FailureOf(machine), StringComparison.Ordinal);
    }

    [Fact]
    public void Negative_delay_breaks_the_run()
    {
        var machine = new LambdaMachine(
            50,
            (now, _, effects) =>
                effects.After(Ns(now == VirtualTime.Zero ? 5 : -1), new Note("back"))
        );
        Assert.Contains("lies before the present", FailureOf(machine), StringComparison.Ordinal);
    }

    [Fact]
    public void Effect_outside_of_a_step_is_refused()
    {
        IEffects? kept = null;
        var machine = new LambdaMachine(50, (_, _, effects) => kept = effects);
        SequentialEngine.Run(machine, new());
        Assert.Throws<InvalidOperationException>(() => kept!.After(Ns(1), new Note("late")));
    }

    [Fact]
    public void Exception_of_an_entity_names_entity_time_and_event()
    {
        var machine = new LambdaMachine(
            50,
            Nothing,
            (_, message, effects) =>
            {
                if (message is Note)
                {
                    throw new NotSupportedException("no such register");
                }
                effects.After(Ns(7), new Note("fatal"));
            }
        );
        Assert.Equal("h1/node-1 at 7 ns, handling fatal: no such register", FailureOf(machine));
    }

    [Fact]
    public void Invariant_is_asked_after_every_step_and_stops_the_run()
    {
        int steps = 0;
        var machine = new LambdaMachine(
            50,
            (_, _, effects) => effects.After(Ns(7), new Note($"step {++steps}"))
        )
        {
            FindViolation = () => steps == 3 ? "an armed deadline was lost" : null,
        };
        Assert.Equal(
            "h0/node-0 at 14 ns, handling step 2: an armed deadline was lost",
            FailureOf(machine)
        );
    }

    [Fact]
    public void Time_that_stands_still_stops_the_run()
    {
        var machine = new LambdaMachine(50, (_, _, effects) => effects.After(Ns(0), Start.Instance))
        {
            KeepsLog = false,
        };
        Assert.Contains("virtual time stands still", FailureOf(machine), StringComparison.Ordinal);
    }
}
