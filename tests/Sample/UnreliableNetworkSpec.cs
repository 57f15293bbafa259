using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Exploring;
using Xunit;

namespace Sample;

/// <summary>
/// Numbered messages over a network that loses, doubles and delays: ordinary actors, nothing of an emulated machine. Three
/// faults are planted; each is found, with few deviations, and replayed.
/// </summary>
public sealed class UnreliableNetworkSpec : VirtualTimeTestKit
{
    [Fact]
    public void Right_protocol_delivers_each_message_once_in_every_order()
    {
        Exploration all = Explore(() => TwoSendersOneReceiver(Flaw.None), schedules: 20_000);
        Assert.True(all.IsComplete, all.ToString());
    }

    /// <summary>A race: the receiver asks its store whether a number is new, and two copies ask before either is stored.</summary>
    [Fact]
    public void Planted_race_is_found_and_replayed()
    {
        Exploration found = FindFailure(() => DoubledMessage(Flaw.ChecksBeforeStoring));
        Assert.NotNull(found.Failure);
        Assert.Throws<ScriptException>(() =>
            Replay(
                () => DoubledMessage(Flaw.ChecksBeforeStoring),
                found.Failure.Schedule.ToString()
            )
        );
        Assert.Null(FindFailure(() => DoubledMessage(Flaw.None)).Failure);
    }

    /// <summary>A lost message: the sender takes any acknowledgement for that of its latest message.</summary>
    [Fact]
    public void Planted_lost_message_is_found()
    {
        Assert.NotNull(
            FindFailure(() => LateAcknowledgement(Flaw.TakesAnyAcknowledgement)).Failure
        );
        Assert.Null(FindFailure(() => LateAcknowledgement(Flaw.None)).Failure);
    }

    /// <summary>Liveness: the sender gives up its timer with the first time-out, and a second loss is for good.</summary>
    [Fact]
    public void Planted_fault_of_liveness_is_found()
    {
        Assert.Throws<ScriptException>(() => LostTwice(Flaw.ResendsOnce));
        Anew();
        LostTwice(Flaw.None);
    }

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private void TwoSendersOneReceiver(Flaw flaw)
    {
        IActorRef receiver = Receiver(flaw);
        IActorRef[] senders =
        [
            Sender(flaw, receiver, "sender-a"),
            Sender(flaw, receiver, "sender-b"),
        ];
        foreach (IActorRef sender in senders)
        {
            sender.Tell(new Say("one"));
        }
        string[] delivered =
        [
            .. ReceiveN(2, Minute).Cast<Delivered>().Select(each => $"{each.From}:{each.Text}"),
        ];
        Assert.Equal(["sender-a:one", "sender-b:one"], delivered.Order(StringComparer.Ordinal));
        ExpectNoMsg(Minute);
    }

    private void DoubledMessage(Flaw flaw)
    {
        IActorRef receiver = Receiver(flaw);
        Faults.Duplicate<Data>(TimeSpan.Zero, to: receiver);
        Sender(flaw, receiver, "sender").Tell(new Say("one"));
        ExpectMsg<Delivered>(Minute);
        ExpectNoMsg(Minute);
    }

    private void LateAcknowledgement(Flaw flaw)
    {
        IActorRef receiver = Receiver(flaw);
        // The first acknowledgement is so late that the message is sent again, and its second one comes first.
        Faults.Delay<Acknowledged>(TimeSpan.FromSeconds(15), times: 1);
        Faults.Drop<Data>(to: receiver, where: data => data.Text == "two", times: 1);
        IActorRef sender = Sender(flaw, receiver, "sender");
        sender.Tell(new Say("one"));
        sender.Tell(new Say("two"));
        Assert.Equal("one", ExpectMsg<Delivered>(Minute).Text);
        Assert.Equal("two", ExpectMsg<Delivered>(Minute).Text);
    }

    private void LostTwice(Flaw flaw)
    {
        IActorRef receiver = Receiver(flaw);
        Faults.Drop<Data>(to: receiver, times: 2, optional: true);
        Sender(flaw, receiver, "sender").Tell(new Say("one"));
        ExpectMsg<Delivered>(Minute);
    }

    private IActorRef Receiver(Flaw flaw)
    {
        IActorRef store = ActorOf(Props.Create(() => new Store()), "store");
        IActorRef target = TestActor;
        return ActorOf(Props.Create(() => new Receiving(flaw, store, target)), "receiver");
    }

    private IActorRef Sender(Flaw flaw, IActorRef receiver, string name) =>
        ActorOf(Props.Create(() => new Sending(flaw, receiver)), name);
}

/// <summary>What is wrong with the protocol.</summary>
public enum Flaw
{
    None,
    ChecksBeforeStoring,
    TakesAnyAcknowledgement,
    ResendsOnce,
}

/// <summary>Wanted of a sender.</summary>
public sealed record Say(string Text);

/// <summary>On the network.</summary>
public sealed record Data(int Number, string Text);

/// <summary>On the network, back.</summary>
public sealed record Acknowledged(int Number);

/// <summary>What the receiver gives to its user.</summary>
public sealed record Delivered(string From, string Text);

/// <summary>Sends one message after the other, each until it is acknowledged.</summary>
public sealed class Sending : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Queue<string> _waiting = new();
    private readonly IActorRef _receiver;
    private int _number;

    public Sending(Flaw flaw, IActorRef receiver)
    {
        _receiver = receiver;
        Receive<Say>(say =>
        {
            _waiting.Enqueue(say.Text);
            if (_waiting.Count == 1)
            {
                Send();
            }
        });
        Receive<string>(_ =>
        {
            Send();
            if (flaw == Flaw.ResendsOnce)
            {
                Timers.Cancel("resend");
            }
        });
        Receive<Acknowledged>(
            acknowledged => acknowledged.Number == _number || flaw == Flaw.TakesAnyAcknowledgement,
            _ =>
            {
                if (_waiting.TryDequeue(out string? _))
                {
                    _number++;
                }
                Timers.Cancel("resend");
                if (_waiting.Count > 0)
                {
                    Send();
                }
            }
        );
        Receive<Acknowledged>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private void Send()
    {
        _receiver.Tell(new Data(_number, _waiting.Peek()));
        Timers.StartSingleTimer("resend", "resend", Patience);
    }
}

/// <summary>Gives each message to its user once, and acknowledges it.</summary>
public sealed class Receiving : ReceiveActor
{
    public Receiving(Flaw flaw, IActorRef store, IActorRef user)
    {
        Receive<Data>(data =>
            store.Tell(
                new Store.Question(Sender, data, StoresToo: flaw != Flaw.ChecksBeforeStoring)
            )
        );
        Receive<Store.Answer>(answer =>
        {
            if (answer.IsNew)
            {
                if (flaw == Flaw.ChecksBeforeStoring)
                {
                    store.Tell(new Store.Entry(answer.Of.From, answer.Of.Data.Number));
                }
                user.Tell(new Delivered(answer.Of.From.Path.Name, answer.Of.Data.Text));
            }
            answer.Of.From.Tell(new Acknowledged(answer.Of.Data.Number));
        });
    }
}

/// <summary>Knows what has been received.</summary>
public sealed class Store : ReceiveActor
{
    private readonly HashSet<Entry> _known = [];

    public Store()
    {
        Receive<Question>(question =>
        {
            Entry entry = new(question.From, question.Data.Number);
            bool isNew = question.StoresToo ? _known.Add(entry) : !_known.Contains(entry);
            Sender.Tell(new Answer(question, isNew));
        });
        Receive<Entry>(entry => _known.Add(entry));
    }

    public sealed record Entry(IActorRef From, int Number);

    public sealed record Question(IActorRef From, Data Data, bool StoresToo);

    public sealed record Answer(Question Of, bool IsNew);
}
