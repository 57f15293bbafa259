using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using CsCheck;
using PvTimer.ActorTime.Exploring;

namespace PvTimer.ActorTime.Tests;

/// <summary>Every order of messages that makes a difference is run, and no two that make none.</summary>
public sealed class ExploringSpec : VirtualTimeTestKit
{
    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 6)]
    [InlineData(4, 24)]
    public void Senders_to_one_actor_come_in_every_order(int senders, int orders)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        Exploration all = Explore(() =>
        {
            Tell(senders, _ => TestActor);
            seen.Add(string.Concat(ReceiveN(senders).Cast<string>()));
        });
        Assert.True(all.IsComplete);
        Assert.True(seen.Count == orders, $"{string.Join(' ', seen)}; {all}");
        Assert.Equal(orders, all.Schedules);
        Assert.Equal(orders, all.Traces);
    }

    [Fact]
    public void Senders_to_different_actors_come_in_one_order()
    {
        Exploration all = Explore(() =>
        {
            Tell(4, each => ActorOf(dsl => dsl.ReceiveAny((_, _) => { }), $"target-{each}"));
            Clock.Settle();
        });
        Assert.True(all.IsComplete);
        Assert.Equal(1, all.Schedules);
    }

    [Fact]
    public void Lost_update_is_found_with_one_deviation_and_replayed()
    {
        Exploration found = FindFailure(LostUpdate);
        Assert.NotNull(found.Failure);
        Assert.NotEmpty(found.Failure.Deviations);
        ScriptException again = Assert.Throws<ScriptException>(() =>
            Replay(LostUpdate, found.Failure.Schedule.ToString())
        );
        Assert.Contains("goes before", again.Message, StringComparison.Ordinal);
        Replay(LostUpdate, Schedule.Usual.ToString());
    }

    /// <summary>One actor has to be ten steps ahead: too many deviations to be drawn one by one.</summary>
    [Fact]
    public void Lost_update_is_found_by_priorities_whatever_the_seed()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Exploration found = FindFailure(
                LostUpdate,
                schedules: 100,
                seed,
                Strategies.Priorities(depth: 1)
            );
            Assert.NotNull(found.Failure);
        }
    }

    [Fact]
    public void Messages_of_different_instants_keep_their_order()
    {
        Exploration all = Explore(() =>
        {
            Tell(2, _ => TestActor);
            Faults.Delay<string>(
                TimeSpan.FromMilliseconds(1),
                to: TestActor,
                where: text => text == "1"
            );
            ExpectMsg("0");
            ExpectMsg("1");
        });
        Assert.True(all.IsComplete);
    }

    [Fact]
    public void Nothing_to_choose_is_said() =>
        Assert.Contains(
            "there was nothing to choose",
            Assert.Throws<ScriptException>(() => Explore(() => Clock.Settle())).Message,
            StringComparison.Ordinal
        );

    /// <summary>Against all orders, one by one, without any reduction: no trace is missing, and none is run twice.</summary>
    [Fact]
    public void Reduction_leaves_out_no_trace()
    {
        int compared = 0;
        for (int seed = 0; compared < 8; seed++)
        {
            Action script = RandomProgram(new PCG(0, (ulong)seed));
            if (AllOrders(script) is not { IsComplete: true } every)
            {
                continue;
            }
            Exploration reduced = FindFailure(script);
            Assert.True(reduced.IsComplete, $"seed {seed}: {reduced}");
            Assert.True(
                every.Traces == reduced.Traces,
                $"seed {seed}: all {every}; reduced {reduced}"
            );
            Assert.True(
                reduced.Schedules <= every.Schedules,
                $"seed {seed}: all {every}; reduced {reduced}"
            );
            compared++;
        }
    }

    /// <summary>What a script waits for may come from others that are as fast, though it is over before they have begun.</summary>
    [Fact]
    public void Script_that_ends_early_sees_all_that_could_have_come_first()
    {
        SortedSet<string> seen = new(StringComparer.Ordinal);
        Action script = () =>
        {
            for (int length = 1; length <= 3; length++)
            {
                IActorRef last = TestActor;
                for (int each = 1; each <= length; each++)
                {
                    IActorRef to = last;
                    last = ActorOf(dsl => dsl.Receive<string>((text, _) => to.Tell(text)));
                }
                last.Tell($"after {length}");
            }
            seen.Add(ExpectMsg<string>());
        };
        Assert.True(FindFailure(script).IsComplete);
        Assert.Equal(["after 1", "after 2", "after 3"], seen);
    }

    /// <summary>Null: no order makes a difference.</summary>
    private Exploration? AllOrders(Action script)
    {
        try
        {
            return Explore(script, schedules: 150, strategy: Strategies.FewDeviations);
        }
        catch (ScriptException)
        {
            return null;
        }
    }

    /// <summary>Actors that tell each other numbers, each in reaction to another one, for some steps.</summary>
    private Action RandomProgram(PCG chance)
    {
        int actors = 2 + (int)chance.Next(3);
        int[][][] reactions =
        [
            .. Enumerable.Range(0, actors).Select(_ => new[] { Targets(2), Targets(1) }),
        ];
        int[] begin =
        [
            .. Enumerable
                .Range(0, 2 + (int)chance.Next(2))
                .Select(_ => (int)chance.Next((uint)actors)),
        ];
        return () =>
        {
            IActorRef[] all = new IActorRef[actors];
            for (int each = 0; each < actors; each++)
            {
                int self = each;
                all[each] = ActorOf(
                    dsl =>
                        dsl.Receive<int>(
                            (depth, _) =>
                            {
                                foreach (int target in depth < 2 ? reactions[self][depth] : [])
                                {
                                    all[target].Tell(depth + 1);
                                }
                            }
                        ),
                    $"actor-{each}"
                );
            }
            foreach (int first in begin)
            {
                all[first].Tell(0);
            }
            Clock.Settle();
        };

        int[] Targets(uint most) =>
            [
                .. Enumerable
                    .Range(0, (int)chance.Next(most + 1))
                    .Select(_ => (int)chance.Next((uint)actors)),
            ];
    }

    private void Tell(int senders, Func<int, IActorRef> target)
    {
        for (int each = 0; each < senders; each++)
        {
            IActorRef to = target(each);
            ActorOf(dsl => dsl.Receive<string>((text, _) => to.Tell(text)), $"sender-{each}")
                .Tell($"{each}");
        }
    }

    /// <summary>Two clients read a register, and write what they have read plus one.</summary>
    private void LostUpdate()
    {
        int value = 0;
        IActorRef register = ActorOf(
            dsl =>
            {
                dsl.Receive<string>((_, context) => context.Sender.Tell(value));
                dsl.Receive<int>((written, _) => value = written);
            },
            "register"
        );
        IActorRef[] clients =
        [
            .. Enumerable
                .Range(0, 2)
                .Select(client =>
                    ActorOf(
                        dsl =>
                        {
                            dsl.Receive<string>(
                                (read, context) => register.Tell(read, context.Self)
                            );
                            dsl.Receive<int>((read, _) => register.Tell(read + 1));
                        },
                        $"client-{client}"
                    )
                ),
        ];
        // Usually the second one is told so late that the first one has written.
        IActorRef relay = ActorOf(
            dsl =>
                dsl.Receive<int>(
                    (left, context) =>
                        (left == 0 ? clients[1] : context.Self).Tell(left == 0 ? "read" : left - 1)
                ),
            "relay"
        );
        clients[0].Tell("read");
        relay.Tell(10);
        Clock.Settle();
        Assert.Equal(2, value);
    }
}
