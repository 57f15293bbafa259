using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using static PvTimer.Engine.Tests.Machines.LambdaMachine;

namespace PvTimer.Engine.Tests;

/// <summary>What is sent lazily: when it is handled, and that nothing else can tell.</summary>
public class LazyEventTests
{
    private const int Bystander = 2;
    private static readonly EntityId Reader = new(1);

    /// <summary>A writer, a reader and a bystander on one host.</summary>
    private sealed class PatientMachine : IMachine
    {
        public PatientMachine(params Behaviour[] behaviours) =>
            Entities = [
                .. behaviours.Select(
                    (step, index) =>
                        index == Bystander
                            ? new Node(this, index, step)
                            : new PatientNode(this, index, step)
                ),
            ];

        public List<string> Log { get; } = [];

        public ImmutableArray<IEntity> Entities { get; }

        public ImmutableArray<ScriptedMessage> Script { get; init; } = [];

        public bool KeepsMessages { get; init; }

        public bool StepsThroughAll { get; init; }

        public VirtualTime End => VirtualTime.FromNanoseconds(1000);

        public int UnitOf(EntityId entity) => 0;

        public int HostOf(EntityId entity) => 0;

        public VirtualDuration MinimumLatency(int fromUnit, int toUnit) => Ns(1);

        private sealed class PatientNode(PatientMachine machine, int index, Behaviour step)
            : Node(machine, index, step),
                ITakesLateMessages;

        private class Node(PatientMachine machine, int index, Behaviour step) : IEntity
        {
            public EntityId Id { get; } = new(index);

            public string Name { get; } = $"h0/node-{index}";

            public void Step(VirtualTime now, Message message, IEffects effects)
            {
                if (message is not Start)
                {
                    machine.Log.Add($"{now.Nanoseconds} node-{index} {message}");
                }
                step(now, message, effects);
            }
        }
    }

    private static Behaviour Nothing { get; } = (_, _, _) => { };

    private static ScriptedMessage At(long nanoseconds, EntityId target, string text) =>
        new(VirtualTime.FromNanoseconds(nanoseconds), target, new Note(text));

    /// <summary>Writes to the reader at 10, 20 and 30, each with a step of its own.</summary>
    private static Behaviour Writer(long bound) =>
        (now, message, effects) =>
        {
            if (message is not Start)
            {
                effects.SendLazily(Reader, Ns(5), new Note("line"));
            }
            VirtualTime last = VirtualTime.FromNanoseconds(30);
            if (now < last)
            {
                effects.AfterLazily(Ns(10), new Note("step"), VirtualTime.FromNanoseconds(bound));
            }
        };

    private static PatientMachine WrittenTo(long bound, params ScriptedMessage[] script) =>
        new(Writer(bound), Nothing, Nothing) { Script = [.. script] };

    [Fact]
    public void It_is_handled_before_the_next_event_of_its_target_as_of_when_it_was_due()
    {
        PatientMachine machine = WrittenTo(
            900,
            At(28, Reader, "look"),
            At(50, new EntityId(Bystander), "other")
        );
        SequentialEngine.Run(machine, new());
        Assert.Equal(
            [
                "10 node-0 step",
                "15 node-1 line",
                "20 node-0 step",
                "25 node-1 line",
                "28 node-1 look",
                "50 node-2 other",
                "30 node-0 step",
                "35 node-1 line",
            ],
            machine.Log
        );
    }

    [Fact]
    public void Without_one_it_is_handled_at_its_bound()
    {
        PatientMachine machine = new(Writer(40), Nothing, Nothing)
        {
            Script =
            [
                At(29, new EntityId(Bystander), "early"),
                At(41, new EntityId(Bystander), "late"),
            ],
        };
        SequentialEngine.Run(machine, new());
        Assert.Equal("29 node-2 early", machine.Log[0]);
        Assert.Equal("41 node-2 late", machine.Log[^1]);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Stepped_through_or_watched_all_is_handled_when_it_is_due(bool steps, bool watched)
    {
        PatientMachine machine = new(Writer(900), Nothing, Nothing)
        {
            Script = [At(29, new EntityId(Bystander), "early")],
            StepsThroughAll = steps,
            KeepsMessages = watched,
        };
        SequentialEngine.Run(machine, new());
        Assert.Equal("29 node-2 early", machine.Log[4]);
    }

    [Fact]
    public void It_is_neither_counted_nor_in_the_trace()
    {
        RunOutcome without = SequentialEngine.Run(new PatientMachine(Nothing, Nothing), new());
        RunOutcome with = SequentialEngine.Run(new PatientMachine(Writer(900), Nothing), new());
        Assert.Equal(without, with);
    }

    [Fact]
    public void Between_two_runs_it_is_in_the_queue()
    {
        PatientMachine machine = WrittenTo(900);
        Kernel kernel = new(machine, Partition.IntoBlocks(machine, regions: 1), region: 0);
        kernel.BeginWindow(VirtualTime.FromNanoseconds(22));
        kernel.Run();
        Assert.Equal(["10 node-0 step", "15 node-1 line", "20 node-0 step"], machine.Log);
        Assert.Equal(
            "25 1 line, 30 0 step",
            string.Join(
                ", ",
                kernel
                    .Pending()
                    .Select(pending =>
                        $"{pending.Key.Time.Nanoseconds} {pending.Target} {pending.Message}"
                    )
            )
        );
        Assert.All(kernel.Pending(), pending => Assert.True(pending.Key.IsLazy));
    }

    [Fact]
    public void What_comes_between_can_change_what_its_sender_does_next()
    {
        bool isStopped = false;
        PatientMachine machine = new(
            (now, message, effects) =>
            {
                isStopped |= message is Note { Text: "stop" };
                if (message is not Note { Text: "stop" } && !isStopped)
                {
                    effects.AfterLazily(Ns(10), new Note("step"), VirtualTime.FromNanoseconds(900));
                }
                else if (isStopped && message is Note { Text: "step" })
                {
                    effects.Send(Reader, Ns(1), new Note("stopped"));
                }
            },
            Nothing
        )
        {
            Script = [At(35, new EntityId(0), "stop")],
        };
        SequentialEngine.Run(machine, new());
        Assert.Equal(["35 node-0 stop", "40 node-0 step", "41 node-1 stopped"], machine.Log[^3..]);
    }

    [Fact]
    public void Sender_that_does_more_before_its_bound_stops_the_run()
    {
        PatientMachine machine = new(
            (now, message, effects) =>
            {
                if (message is Start)
                {
                    effects.AfterLazily(Ns(10), new Note("step"), VirtualTime.FromNanoseconds(900));
                }
                else
                {
                    effects.Send(Reader, Ns(5), new Note("loud"));
                }
            },
            Nothing
        )
        {
            Script = [At(500, Reader, "look")],
        };
        Assert.Contains(
            "lies before the present",
            Assert.Throws<RunFailedException>(() => SequentialEngine.Run(machine, new())).Message,
            StringComparison.Ordinal
        );
    }
}
