using System;
using System.IO;
using System.Linq;
using Akka.Actor;
using PvTimer.ActorTime.Exploring;

namespace PvTimer.ActorTime.Tests;

/// <summary>In which order schedules of own actors are tried, what that promises, and how one that fails is kept.</summary>
public sealed class StrategySpec : VirtualTimeTestKit
{
    public static TheoryData<string> Kinds =>
        [.. new[] { "partial order", "few", "random", "pct", "priorities" }];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_strategy_finds_a_race_makes_it_small_and_replays_it(string kind)
    {
        Exploration found = FindFailure(Overtaken, schedules: 2_000, seed: 3, strategy: Of(kind));
        Assert.NotNull(found.Failure);
        Assert.InRange(found.Failure.Deviations.Length, 2, 3);
        Assert.Equal(found.Failure.Deviations.Length, found.Failure.Schedule.Deviations.Count);
        ScriptException again = Assert.Throws<ScriptException>(() =>
            Replay(Overtaken, found.Failure.Schedule.ToString())
        );
        Assert.Contains("goes before", again.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Same_seed_tries_the_same_schedules(string kind)
    {
        Assert.Equal(First(), First());

        string First()
        {
            Exploration found = FindFailure(TwoOvertaken, 100, seed: 7, strategy: Of(kind));
            return $"{found} {found.Failure?.Schedule} {found.ShrinkingRuns}";
        }
    }

    [Fact]
    public void Few_deviations_are_complete_without_any_reduction()
    {
        Exploration every = Explore(Commuting, strategy: Strategies.FewDeviations);
        Exploration reduced = Explore(Commuting);
        Assert.True(every.IsComplete && reduced.IsComplete, $"{every}; {reduced}");
        Assert.Equal(reduced.Traces, every.Traces);
        Assert.True(every.Schedules > reduced.Schedules, $"{every}; {reduced}");
    }

    /// <summary>A failure of two deviations is found at least as often as promised, and by a depth of one deviation never.</summary>
    [Fact]
    public void Pct_finds_a_failure_as_often_as_it_promises()
    {
        const int Seeds = 20;
        const int Schedules = 130;
        Guarantee promised = Explore(
            () => Senders(_ => true),
            Schedules,
            strategy: Strategies.Pct(depth: 3)
        ).Guarantee!; // reason: this strategy has one
        int found = Enumerable
            .Range(1, Seeds)
            .Count(seed =>
                FindFailure(
                    () => Senders(order => order != "210"),
                    Schedules,
                    (ulong)seed,
                    Strategies.Pct(depth: 3)
                ).Failure
                    is { } failure
                && failure.Schedule.Deviations.Count == 2
            );
        Assert.InRange(found, promised.All * Seeds, Seeds);
        Assert.InRange(promised.All, 0.5, 1);
        Assert.Null(
            FindFailure(
                () => Senders(order => order != "210"),
                Schedules,
                strategy: Strategies.Pct(depth: 2)
            ).Failure
        );
    }

    /// <summary>The last of three senders comes first: a priority is enough. They come in one order of six: by changes as well.</summary>
    [Theory]
    [InlineData(1, "2", 5)]
    [InlineData(3, "210", 30)]
    public void Priorities_find_a_failure_as_often_as_they_promise(
        int depth,
        string wrong,
        int schedules
    )
    {
        const int Seeds = 20;
        Strategy priorities = Strategies.Priorities(depth);
        Guarantee promised = Explore(
            () => Senders(_ => true),
            schedules,
            strategy: priorities
        ).Guarantee!; // reason: this strategy has one
        int found = Enumerable
            .Range(1, Seeds)
            .Count(seed =>
                FindFailure(
                    () => Senders(order => !order.StartsWith(wrong, StringComparison.Ordinal)),
                    schedules,
                    (ulong)seed,
                    priorities
                ).Failure
                    is not null
            );
        Assert.InRange(found, promised.All * Seeds, Seeds);
        Assert.InRange(promised.All, 0.2, 1);
    }

    /// <summary>Two steps of one actor, and another one's between them: no order of the two will do.</summary>
    [Fact]
    public void Priority_that_changes_lets_another_actor_in_between()
    {
        Assert.Null(Failing(depth: 1));
        Assert.NotNull(Failing(depth: 2));

        FailingSchedule? Failing(int depth) =>
            FindFailure(Between, schedules: 200, strategy: Strategies.Priorities(depth)).Failure;
    }

    [Fact]
    public void Schedule_that_fails_is_a_file_that_fails_again()
    {
        using Kept file = new();
        FailingSchedule failure = FindFailure(Overtaken, saveTo: file.Name).Failure!; // reason: it fails
        Assert.Equal(file.Name, failure.SavedAs);
        Assert.Contains($"as {file.Name}", $"{failure}", StringComparison.Ordinal);
        ScriptException again = Assert.Throws<ScriptException>(() =>
            ReplayFile(Overtaken, file.Name)
        );
        Assert.Equal(failure.Cause.Message, again.InnerException?.Message);
        // The test goes on, with actors of its own.
        ActorOf(dsl => dsl.Receive<string>((text, _) => TestActor.Tell(text))).Tell("well");
        ExpectMsg("well");
    }

    [Fact]
    public void Saved_schedule_of_a_script_that_has_changed_is_said()
    {
        using Kept file = new();
        FindFailure(Overtaken, saveTo: file.Name);
        ScriptException other = Assert.Throws<ScriptException>(() =>
            ReplayFile(Commuting, file.Name)
        );
        Assert.Contains("does not go the way", other.Message, StringComparison.Ordinal);
        Assert.Throws<ScriptException>(() => Replay(Overtaken, "70:1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("schedule 1")]
    [InlineData("schedule 1:1\nschedule 1:1")]
    [InlineData("schedule usual\nsomething else")]
    public void File_that_is_no_schedule_is_refused(string text)
    {
        using Kept file = new();
        File.WriteAllText(file.Name, text);
        Assert.Throws<FormatException>(() => ReplayFile(Overtaken, file.Name));
    }

    [Fact]
    public void Script_that_never_fails_leaves_no_file()
    {
        using Kept file = new();
        File.Delete(file.Name);
        Explore(Commuting, saveTo: file.Name);
        Assert.False(File.Exists(file.Name));
    }

    private static Strategy Of(string kind) =>
        kind switch
        {
            "partial order" => Strategies.PartialOrder,
            "few" => Strategies.FewDeviations,
            "random" => Strategies.Random,
            "priorities" => Strategies.Priorities(depth: 2),
            _ => Strategies.Pct(depth: 3),
        };

    /// <summary>Usually what takes one step comes before what takes two.</summary>
    private void Overtaken()
    {
        IActorRef near = Passing("near", TestActor);
        IActorRef far = Passing("far", Passing("between", TestActor));
        near.Tell("near");
        far.Tell("far");
        ExpectMsg("near");
    }

    private void TwoOvertaken()
    {
        IActorRef near = Passing("near", TestActor);
        IActorRef far = Passing("far", Passing("between", TestActor));
        near.Tell("near");
        near.Tell("near again");
        far.Tell("far");
        ExpectMsg("near");
        ExpectMsg("near again");
    }

    private void Between()
    {
        ActorOf(
                dsl =>
                    dsl.Receive<string>(
                        (text, context) =>
                        {
                            TestActor.Tell(text);
                            if (text == "first")
                            {
                                context.Self.Tell("second");
                            }
                        }
                    ),
                "both"
            )
            .Tell("first");
        Passing("far", Passing("near", TestActor)).Tell("other");
        Assert.NotEqual(["first", "other", "second"], ReceiveN(3));
    }

    private void Commuting()
    {
        IActorRef end = Passing("end", ActorRefs.Nobody);
        Passing("one", end).Tell("a");
        Passing("two", end).Tell("b");
        Passing("elsewhere", ActorRefs.Nobody).Tell("c");
        Clock.Settle();
    }

    private void Senders(Func<string, bool> isRight)
    {
        IActorRef target = ActorOf(
            dsl =>
            {
                string order = "";
                dsl.Receive<string>(
                    (text, _) =>
                    {
                        order += text;
                        if (order.Length == 3)
                        {
                            TestActor.Tell(order);
                        }
                    }
                );
            },
            "target"
        );
        for (int each = 0; each < 3; each++)
        {
            Passing($"sender-{each}", target).Tell($"{each}");
        }
        Assert.True(isRight(ExpectMsg<string>()));
    }

    private IActorRef Passing(string name, IActorRef to) =>
        ActorOf(dsl => dsl.Receive<string>((text, _) => to.Tell(text)), name);

    private sealed class Kept : IDisposable
    {
        public string Name { get; } = Path.GetTempFileName();

        public void Dispose() => File.Delete(Name);
    }
}
