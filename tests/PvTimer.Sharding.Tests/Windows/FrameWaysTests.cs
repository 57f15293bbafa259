using System;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Tests.Windows;

/// <summary>Frames go through memory or over the network, as they fit, and the rounds are the same.</summary>
public sealed class FrameWaysTests
{
    private const int Rounds = 400;

    /// <summary>Some rounds have more than shared memory holds: 200 000 events of about 8 bytes.</summary>
    private static int EventsOf(int region, int round) =>
        round % 50 == 20 + region ? 200_000 : (round * 13 + region) % 40;

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(Rounds)]
    public async Task Rounds_are_the_same_whenever_memory_comes_and_whatever_fits(int openedInRound)
    {
        Node[] nodes = [new(0), new(1)];
        SharedMemoryLink one = SharedMemoryLink.Create();
        SharedMemoryLink other = SharedMemoryLink.Join(one.Name)!;
        one.RemoveName();
        nodes[0].Connect(nodes[1]);
        nodes[1].Connect(nodes[0]);
        Task[] runs =
        [
            nodes[0].Run(round => Open(round, () => nodes[0].Take(one), one.Open)),
            nodes[1].Run(round => Open(round, () => nodes[1].Take(other), () => { })),
        ];
        await Task.WhenAll(runs).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(openedInRound < Rounds, nodes[0].UsedMemory && nodes[1].UsedMemory);
        Assert.True(nodes[0].NetworkFrames > 0);

        void Open(int round, Action take, Action open)
        {
            if (round == openedInRound)
            {
                take();
            }
            // As it happens: the one may be several rounds behind the other's word that it has it.
            if (round == openedInRound + 5)
            {
                open();
            }
        }
    }

    [Fact]
    public void Frame_that_follows_one_through_memory_is_taken_and_without_memory_it_is_refused()
    {
        SharedMemoryLink memory = SharedMemoryLink.Create();
        memory.RemoveName();
        WindowFrame third = new(1, 3, From: 1, 0, IsLast: true, new byte[1]);
        Assert.Throws<InvalidOperationException>(() => CarrierWith(null).Deliver(third));
        FrameCarrier with = CarrierWith(memory);
        with.Deliver(third);
        Assert.Throws<InvalidOperationException>(() => with.Deliver(third));

        static FrameCarrier CarrierWith(SharedMemoryLink? memory) =>
            new(
                1,
                [
                    new("node-1", 0, 1, _ => { }),
                    new("node-2", 1, 1, _ => { }) { Memory = () => memory },
                ],
                self: 0
            );
    }

    [Fact]
    public async Task Who_sleeps_on_memory_stops_waiting_when_the_formation_is_over()
    {
        SharedMemoryLink one = SharedMemoryLink.Create();
        one.RemoveName();
        FrameCarrier carrier = new(
            1,
            [new("node-1", 0, 1, _ => { }), new("node-2", 1, 1, _ => { }) { Memory = () => one }],
            self: 0
        );
        IBatchLink link = new Batches(2, 1, carrier).LinkOf(0);
        Task waits = Task.Run(link.Exchange);
        SpinWait.SpinUntil(() => one.IsSleepAnnounced, 10_000);
        carrier.Abort();
        await Assert.ThrowsAsync<PeerGoneException>(() =>
            waits.WaitAsync(TimeSpan.FromSeconds(20))
        );
    }

    private sealed class Node(int self)
    {
        private SharedMemoryLink? _memory;
        private FrameCarrier? _carrier;
        private Node? _peer;

        public int NetworkFrames { get; private set; }

        public bool UsedMemory { get; private set; }

        public void Connect(Node peer)
        {
            _peer = peer;
            ImmutableArray<FramePeer> peers = [Peer("node-1", 0), Peer("node-2", 1)];
            _carrier = new FrameCarrier(1, peers, self) { Parties = 2 };
        }

        public void Take(SharedMemoryLink memory)
        {
            Volatile.Write(ref _memory, memory);
            _carrier!.LookAround();
        }

        private FramePeer Peer(string name, int first) =>
            new(
                name,
                first,
                1,
                frame =>
                {
                    NetworkFrames++;
                    _peer!._carrier!.Deliver(frame);
                }
            )
            {
                Memory = () => Volatile.Read(ref _memory),
                IsCut = () =>
                {
                    UsedMemory = true;
                    return false;
                },
            };

        public Task Run(Action<int> before) =>
            Task.Factory.StartNew(
                () =>
                {
                    IBatchLink link = new Batches(2, 1, _carrier).LinkOf(self);
                    for (int round = 0; round < Rounds; round++)
                    {
                        before(round);
                        Fill(link.Outgoing(1 - self), round);
                        link.Exchange();
                        WindowBatch got = link.Received(1 - self);
                        Assert.Equal((round, 1 - self), (got.Round, got.From));
                        Assert.Equal(EventsOf(1 - self, round), got.Events.Length);
                        if (got.Events.Length > 0)
                        {
                            Assert.Equal(round + 1, got.Events[^1].Key.Sequence);
                        }
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );

        private void Fill(WindowBatch batch, int round)
        {
            for (int index = 0; index < EventsOf(self, round); index++)
            {
                batch.Add(
                    new PendingEvent(
                        new EventKey(
                            VirtualTime.FromNanoseconds(round),
                            new EntityId(self),
                            round + 1
                        ),
                        new EntityId(1 - self),
                        Start.Instance
                    )
                );
            }
        }
    }
}
