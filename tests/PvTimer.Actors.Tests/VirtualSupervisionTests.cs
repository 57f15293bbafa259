using System;
using Akka.Actor;
using PvTimer.Engine.Tests.Machines;

namespace PvTimer.Actors.Tests;

/// <summary>Watch, restart, stop and stash happen at the virtual instant of the event that causes them.</summary>
public class VirtualSupervisionTests
{
    private sealed class Parent : ReceiveActor
    {
        public Parent(Diary diary, Func<Diary, Props> childProps)
        {
            IActorRef child = Context.ActorOf(Diary.InVirtualTime(childProps(diary)), "child");
            Context.Watch(child);
            Receive<LambdaMachine.Note>(note =>
            {
                diary.Note($"parent: {note.Text}");
                if (note.Text == "stop")
                {
                    Context.Stop(child);
                }
                else
                {
                    child.Tell(note.Text);
                }
            });
            Receive<Terminated>(_ => diary.Note("parent: child is gone"));
            Receive<string>(text => diary.Note($"parent: child said {text}"));
            ReceiveAny(_ => { });
        }

        protected override SupervisorStrategy SupervisorStrategy() =>
            new OneForOneStrategy(_ => Directive.Restart);
    }

    private sealed class Child : ReceiveActor
    {
        private readonly Diary _diary;

        public Child(Diary diary)
        {
            _diary = diary;
            int handled = 0;
            Receive<string>(text =>
            {
                if (text == "fail")
                {
                    throw new InvalidOperationException("on purpose");
                }
                diary.Note($"child: {text}, number {++handled}");
                Sender.Tell(text);
            });
        }

        protected override void PreRestart(Exception reason, object message) =>
            _diary.Note("child: restarts");

        protected override void PostStop() => _diary.Note("child: stops");
    }

    [Fact]
    public void Failing_child_is_restarted_and_stopped_at_the_instant_of_the_event()
    {
        var diary = new Diary();
        Diary.Run(
            () => Props.Create(() => new Parent(diary, d => Props.Create(() => new Child(d)))),
            (10, "one"),
            (20, "fail"),
            (20, "two"),
            (30, "stop"),
            (40, "unheard")
        );
        Assert.Equal(
            [
                "10 parent: one",
                "10 child: one, number 1",
                "10 parent: child said one",
                "20 parent: fail",
                "20 parent: two",
                "20 child: restarts",
                "20 child: two, number 1",
                "20 parent: child said two",
                "30 parent: stop",
                "30 child: stops",
                "30 parent: child is gone",
                "40 parent: unheard",
            ],
            diary.Lines
        );
    }

    private sealed class StashingChild : ReceiveActor, IWithUnboundedStash
    {
        public StashingChild(Diary diary)
        {
            Receive<string>(
                text => text == "open",
                _ =>
                {
                    Become(() => Receive<string>(text => diary.Note($"child: {text}")));
                    Stash!.UnstashAll();
                }
            );
            Receive<string>(_ => Stash!.Stash());
        }

        public IStash? Stash { get; set; }
    }

    [Fact]
    public void Stashed_messages_come_back_in_order_at_the_instant_of_unstashing()
    {
        var diary = new Diary();
        Diary.Run(
            () =>
                Props.Create(() =>
                    new Parent(diary, d => Props.Create(() => new StashingChild(d)))
                ),
            (10, "a"),
            (20, "b"),
            (30, "open"),
            (30, "c")
        );
        Assert.Equal(
            [
                "10 parent: a",
                "20 parent: b",
                "30 parent: open",
                "30 parent: c",
                "30 child: a",
                "30 child: b",
                "30 child: c",
            ],
            diary.Lines
        );
    }
}
