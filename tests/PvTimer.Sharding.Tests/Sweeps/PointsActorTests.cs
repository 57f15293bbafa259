using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Setup;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Sweeps;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Tests.Sweeps;

/// <summary>What a node does with runs of sweeps.</summary>
public sealed class PointsActorTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly JumpingClock _clock = new();
    private readonly ActorSystem _system;
    private readonly ManualResetEventSlim _mayEnd = new(initialState: false);
    private readonly ConcurrentQueue<string> _begun = [];
    private readonly ConcurrentQueue<string> _dropped = [];

    public PointsActorTests() =>
        _system = ActorSystem.Create(
            "points",
            ActorSystemSetup.Create(new ClusterTime(_clock).Setup)
        );

    public async ValueTask DisposeAsync()
    {
        _mayEnd.Set();
        await _system.Terminate();
        _mayEnd.Dispose();
    }

    [Fact]
    public async Task An_order_that_comes_twice_is_carried_out_once_and_answered_twice()
    {
        IActorRef points = Points(mostAtOnce: 2);
        Task<IWireMessage> first = Ask(points, 1);
        Task<IWireMessage> second = Ask(points, 1);
        _mayEnd.Set();
        Assert.Equal("result 1", Assert.IsType<PointOutcome>(await first).Result);
        Assert.Equal("result 1", Assert.IsType<PointOutcome>(await second).Result);
        Assert.Equal("result 1", Assert.IsType<PointOutcome>(await Ask(points, 1)).Result);
        Assert.Single(_begun);
    }

    [Fact]
    public async Task No_more_are_at_work_than_may_be_and_who_waits_hears_that_the_node_lives()
    {
        IActorRef points = Points(mostAtOnce: 2);
        Task<IWireMessage>[] asked = [.. Enumerable.Range(1, 3).Select(each => Ask(points, each))];
        foreach (IWireMessage answer in await Task.WhenAll(asked))
        {
            Assert.True(Assert.IsType<PointAtWork>(answer).IsTaken);
        }
        Assert.Equal(2, _begun.Count);
        _mayEnd.Set();
        Assert.Equal("result 3", Assert.IsType<PointOutcome>(await Ask(points, 3)).Result);
    }

    [Fact]
    public async Task A_node_that_is_full_says_so()
    {
        IActorRef points = Points(mostAtOnce: 1);
        for (int order = 0; order < 256; order++)
        {
            points.Tell(Order(order));
        }
        Assert.False(Assert.IsType<PointAtWork>(await Ask(points, 256)).IsTaken);
    }

    [Fact]
    public async Task What_no_client_asks_for_any_more_is_dropped()
    {
        IActorRef points = Points(mostAtOnce: 1);
        points.Tell(Order(1));
        points.Tell(Order(2));
        await points.Ask<ActorIdentity>(new Identify(messageId: null), Patience); // reason: both have come
        _clock.Jump(TimeSpan.FromSeconds(10));
        using CancellationTokenSource late = new(Patience);
        while (_dropped.IsEmpty)
        {
            await Task.Delay(50, late.Token);
        }
        _mayEnd.Set();
        Assert.Equal("result 3", Assert.IsType<PointOutcome>(await Ask(points, 3)).Result);
        Assert.Equal(["1", "3"], _begun, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_run_that_breaks_is_a_failure_and_the_node_lives()
    {
        IActorRef points = _system.ActorOf(Props.Create(() => new PointsActor(Break, 1)));
        PointOutcome outcome = Assert.IsType<PointOutcome>(await Ask(points, 1));
        Assert.Null(outcome.Result);
        Assert.Equal("it broke: on purpose", outcome.Failure);
        Assert.IsType<PointOutcome>(await Ask(points, 2));
    }

    [Fact]
    public async Task Order_whose_recording_is_lacking_is_carried_out_once_it_has_been_sent()
    {
        byte[] recording = Encoding.UTF8.GetBytes("a recording");
        string sha256 = FileHash.Of(recording);
        IActorRef points = _system.ActorOf(
            Props.Create(() => new PointsActor((order, held, _) => Replay(order, held, sha256), 1))
        );
        PointLacks lacks = Assert.IsType<PointLacks>(await Ask(points, 1));
        Assert.Equal(sha256, Assert.Single(lacks.Sha256));
        Assert.IsType<PointLacks>(await Ask(points, 1));
        for (int at = 0; at < recording.Length; at += 4)
        {
            InputParcel parcel = InputParcel.Of(sha256, recording, at, largest: 4);
            var taken = await points.Ask<PointInputTaken>(parcel, Patience);
            Assert.Equal((sha256, null), (taken.Sha256, taken.Refusal));
            Assert.Equal(Math.Min(at + 4, recording.Length), taken.Arrived);
        }
        Assert.Equal("a recording", Assert.IsType<PointOutcome>(await Ask(points, 1)).Result);
    }

    private static IPointAnswer Replay(PointOrder order, PointInputs held, string sha256) =>
        held.Find(sha256) is { } content
            ? new PointOutcome(order.Hash, Encoding.UTF8.GetString(content.Span), Failure: null)
            : new PointLacks(order.Hash, [sha256]);

    private static PointOutcome? Break(PointOrder order, PointInputs held, Func<bool> goOn) =>
        throw new InvalidOperationException("on purpose");

    private PointOutcome? Work(PointOrder order, PointInputs held, Func<bool> goOn)
    {
        _begun.Enqueue(order.Hash);
        while (!_mayEnd.Wait(TimeSpan.FromMilliseconds(10)))
        {
            if (!goOn())
            {
                _dropped.Enqueue(order.Hash);
                return null;
            }
        }
        return new PointOutcome(order.Hash, $"result {order.Hash}", Failure: null);
    }

    private IActorRef Points(int mostAtOnce) =>
        _system.ActorOf(Props.Create(() => new PointsActor(Work, mostAtOnce)));

    private static Task<IWireMessage> Ask(IActorRef points, int order) =>
        points.Ask<IWireMessage>(Order(order), Patience);

    private static PointOrder Order(int number) =>
        new(number.ToString(CultureInfo.InvariantCulture), "pvtimer", "", []);

    /// <summary>The machine's, and ahead of it.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private long _ahead;

        public void Jump(TimeSpan by) =>
            Interlocked.Add(ref _ahead, (long)(by.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _ahead);
    }
}
