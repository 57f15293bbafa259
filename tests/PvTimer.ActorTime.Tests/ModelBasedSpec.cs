using System;
using Akka.Actor;
using CsCheck;

namespace PvTimer.ActorTime.Tests;

/// <summary>An actor beside a model of it, both given the same generated commands: they have to agree in the end (CsCheck).</summary>
public sealed class ModelBasedSpec : VirtualTimeTestKit
{
    private static readonly TimeSpan Term = TimeSpan.FromSeconds(10.5);

    [Fact]
    public void Lease_is_what_its_model_says() => Compare(prolongs: true, samples: 200);

    [Fact]
    public void Renewal_that_prolongs_nothing_is_found()
    {
        CsCheckException found = Assert.Throws<CsCheckException>(() =>
            Compare(prolongs: false, samples: 2_000)
        );
        Assert.Contains("Operations: [", found.Message, StringComparison.Ordinal);
        Assert.Contains("take", found.Message, StringComparison.Ordinal);
    }

    private void Compare(bool prolongs, int samples)
    {
        Gen.Const(0)
            .Select(_ => (new Actual(this, prolongs), new Model()))
            .SampleModelBased(
                GenOperation.Create<Actual, Model, int>(
                    Gen.Int[1, 2],
                    client => $"take {client}",
                    (actual, client) => actual.Take(client),
                    (model, client) => model.Take(client)
                ),
                GenOperation.Create<Actual, Model, int>(
                    Gen.Int[1, 12],
                    seconds => $"wait {seconds} s",
                    (actual, seconds) => actual.Wait(seconds),
                    (model, seconds) => model.Wait(seconds)
                ),
                equal: (actual, model) => actual.Owner == model.Owner,
                iter: samples,
                threads: 1
            );
    }

    /// <summary>Who owns the lease, or 0; it is given to the first who asks, for a term that each renewal begins anew.</summary>
    private sealed class Lease : ReceiveActor, IWithTimers
    {
        private int _owner;

        /// <param name="prolongs">False: a renewal is confirmed and forgotten.</param>
        public Lease(bool prolongs)
        {
            Receive<int>(client =>
            {
                if (_owner == 0 || (_owner == client && prolongs))
                {
                    _owner = client;
                    Timers.StartSingleTimer("end", "end", Term);
                }
            });
            Receive<string>(text => text == "end", _ => _owner = 0);
            Receive<string>(_ => Sender.Tell(_owner));
        }

        public ITimerScheduler Timers { get; set; } = null!; // reason: Akka sets it
    }

    /// <summary>The actor: not before the first command, as many samples are generated and found to be too large.</summary>
    private sealed class Actual(ModelBasedSpec kit, bool prolongs)
    {
        private IActorRef? _actor;

        public int Owner
        {
            get
            {
                Actor.Tell("who?");
                return kit.ExpectMsg<int>();
            }
        }

        private IActorRef Actor
        {
            get
            {
                if (_actor is null)
                {
                    kit.Anew();
                    _actor = kit.ActorOf(Props.Create(() => new Lease(prolongs)));
                }
                return _actor;
            }
        }

        public void Take(int client) => Actor.Tell(client);

        public void Wait(int seconds)
        {
            _ = Actor;
            kit.Clock.AdvanceBy(TimeSpan.FromSeconds(seconds));
        }
    }

    private sealed class Model
    {
        private TimeSpan _now;
        private TimeSpan _until;
        private int _owner;

        public int Owner => _now < _until ? _owner : 0;

        public void Take(int client)
        {
            if (Owner == 0 || Owner == client)
            {
                _owner = client;
                _until = _now + Term;
            }
        }

        public void Wait(int seconds) => _now += TimeSpan.FromSeconds(seconds);
    }
}
