using System;
using System.Collections.Generic;
using Akka.Actor;
using CsCheck;
using PvTimer.Engine;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using static PvTimer.Engine.Tests.Machines.LambdaMachine;

namespace PvTimer.Actors.Tests;

/// <summary>A run that its owner moves: the same events as in every other run, however it is moved.</summary>
public sealed class SteppedRunTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("stepped", ActorOptions.Embedded);

    public void Dispose() => _system.Terminate().GetAwaiter().GetResult();

    [Fact]
    public void Machine_moved_in_any_strides_has_the_outcome_of_the_sequential_engine() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 2_500], Gen.Int[0, 9])
            .Sample(
                (seed, stride, steps) =>
                {
                    var shape = new RandomMachine.Shape(seed, 2, 2, 2, 3, Duration: 20_000);
                    RunOutcome expected = SequentialEngine.Run(new RandomMachine(shape), new());
                    using var run = new SteppedRun(_system, new RandomMachine(shape));
                    var end = VirtualTime.FromNanoseconds(20_000);
                    while (run.Now < end)
                    {
                        for (int step = 0; step < steps && run.RunOne(end); step++) { }
                        run.RunBefore(VirtualTime.Min(end, run.Now + Ns(stride)));
                    }
                    Assert.Equal(expected, run.Outcome());
                },
                iter: 20,
                threads: 1
            );

    [Fact]
    public void Now_is_the_first_instant_in_which_nothing_has_happened()
    {
        using var run = new SteppedRun(_system, Echo());
        Assert.Equal(0, run.Now.Nanoseconds);
        Assert.True(run.RunOne(VirtualTime.MaxValue));
        Assert.Equal(1, run.Now.Nanoseconds);
        run.RunBefore(VirtualTime.FromNanoseconds(500));
        Assert.Equal(500, run.Now.Nanoseconds);
        Assert.False(run.RunOne(VirtualTime.FromNanoseconds(501)));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            run.RunBefore(VirtualTime.FromNanoseconds(499))
        );
    }

    [Fact]
    public void Message_added_to_the_script_in_mid_run_is_the_same_as_one_that_was_there()
    {
        var late = new ScriptedMessage(
            VirtualTime.FromNanoseconds(700),
            new EntityId(0),
            new Note("late")
        );
        var early = late with { At = VirtualTime.FromNanoseconds(300) };
        RunOutcome expected = SequentialEngine.Run(Echo(late, early, late), new());
        using var run = new SteppedRun(_system, Echo(late));
        run.RunBefore(early.At);
        run.Add(early);
        run.RunBefore(VirtualTime.FromNanoseconds(650));
        run.Add(late);
        run.RunBefore(VirtualTime.FromNanoseconds(1_000));
        Assert.Equal(expected.TraceHash, run.Outcome().TraceHash);
    }

    [Fact]
    public void Observer_sees_every_event_with_its_key_before_its_step()
    {
        List<string> seen = [];
        LambdaMachine machine = Echo(
            new ScriptedMessage(VirtualTime.FromNanoseconds(40), new EntityId(0), new Note("ping"))
        );
        using var run = new SteppedRun(
            _system,
            machine,
            observe: happened =>
                seen.Add(
                    $"{happened.Key.Time.Nanoseconds} {happened.Target} {happened.Key.IsFromOutside} {machine.Log.Count}"
                )
        );
        run.RunBefore(VirtualTime.FromNanoseconds(100));
        Assert.Equal(["0 0 False 0", "0 1 False 1", "40 0 True 2", "60 1 False 3"], seen);
        Assert.Empty(run.Pending);
    }

    [Fact]
    public void Somebody_acts_in_the_name_of_an_entity()
    {
        LambdaMachine machine = Echo();
        using var run = new SteppedRun(_system, machine);
        run.RunBefore(VirtualTime.FromNanoseconds(10));
        run.ActAs(
            new EntityId(0),
            "a test",
            effects => effects.Send(new EntityId(1), Ns(5), new Note("forged"))
        );
        run.RunBefore(VirtualTime.FromNanoseconds(100));
        Assert.Equal("15 node-1 forged", machine.Log[^1]);
    }

    [Fact]
    public void Killed_actor_breaks_the_run_with_the_next_message_for_it()
    {
        using var run = new SteppedRun(
            _system,
            Echo(
                new ScriptedMessage(
                    VirtualTime.FromNanoseconds(40),
                    new EntityId(0),
                    new Note("ping")
                )
            )
        );
        run.RunBefore(VirtualTime.FromNanoseconds(20));
        run.Kill(new EntityId(1));
        RunFailedException broken = Assert.Throws<RunFailedException>(() =>
            run.RunBefore(VirtualTime.FromNanoseconds(100))
        );
        Assert.Contains("node-1 at 60 ns", broken.Message, StringComparison.Ordinal);
        Assert.Contains("its actor has stopped", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_system_has_one_run_after_the_other()
    {
        for (int time = 0; time < 20; time++)
        {
            using var run = new SteppedRun(_system, Echo());
            run.RunBefore(VirtualTime.FromNanoseconds(100));
            Assert.Equal(2, run.Handled);
        }
    }

    /// <summary>Entity 0 passes on what it gets to entity 1, 20 ns away.</summary>
    private static LambdaMachine Echo(params ScriptedMessage[] script) =>
        new(
            1_000,
            (_, message, effects) =>
            {
                if (message is Note)
                {
                    effects.Send(new EntityId(1), Ns(20), message);
                }
            },
            (_, _, _) => { }
        )
        {
            Script = [.. script],
        };
}
