using System.Collections.Generic;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Time;
using static PvTimer.Engine.Tests.Machines.LambdaMachine;

namespace PvTimer.Engine.Tests;

/// <summary>Looks that all regions take at one barrier, windows no longer than asked for, and what bounds them.</summary>
public class RegionLookTests
{
    /// <summary>A peer that says what it is told to, round after round.</summary>
    private sealed class ToldPeer : IBatchLink
    {
        private readonly WindowBatch _out = new();
        private long _round;

        public WindowBatch In { get; } =
            new() { From = 1, NextTime = VirtualTime.FromNanoseconds(90) };

        public int Said => _out.Look;

        public WindowBatch Outgoing(int peer) => _out;

        public void Exchange() => In.Round = _round++;

        public WindowBatch Received(int peer) => In;
    }

    private static (Region Region, ToldPeer Peer) OneOfTwo()
    {
        LambdaMachine machine = new(100_000, (_, _, _) => { }, (_, _, _) => { });
        Partition partition = Partition.IntoBlocks(machine, 2);
        ToldPeer peer = new();
        Kernel kernel = new(machine, partition, region: 0, peer);
        Lookahead lookahead = Lookahead.Of(machine, partition);
        return (new Region(kernel, partition, lookahead, machine.End, peer, null), peer);
    }

    [Fact]
    public void Look_is_due_once_when_every_region_has_been_asked_for_it()
    {
        (Region region, ToldPeer peer) = OneOfTwo();
        region.RequestLook(7);
        Assert.True(region.RunRound());
        Assert.Equal((7, 0), (peer.Said, region.LookDue));
        peer.In.Look = 6;
        region.RunRound();
        Assert.Equal(6, region.LookDue);
        peer.In.Look = 7;
        region.RunRound();
        Assert.Equal(7, region.LookDue);
        region.RunRound();
        Assert.Equal(0, region.LookDue);
        region.RequestLook(8);
        peer.In.Look = 9;
        region.RunRound();
        Assert.Equal(8, region.LookDue);
    }

    [Fact]
    public void Region_that_nobody_asks_takes_no_look()
    {
        (Region region, ToldPeer peer) = OneOfTwo();
        peer.In.Look = 3;
        region.RunRound();
        Assert.Equal((0, 0), (peer.Said, region.LookDue));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(7L)]
    [InlineData(40L)]
    public void No_round_goes_further_than_the_longest_window_and_the_events_are_the_same(
        long? longest
    )
    {
        LambdaMachine machine = new(
            200,
            (now, _, effects) =>
            {
                if (now.Nanoseconds < 150)
                {
                    effects.After(Ns(50), new Note("again"));
                }
            }
        );
        Partition partition = Partition.IntoBlocks(machine, 1);
        Region region = new(
            new Kernel(machine, partition, region: 0),
            partition,
            Lookahead.Of(machine, partition),
            machine.End,
            link: null,
            @continue: null
        )
        {
            LongestWindow = longest is { } window ? Ns(window) : null,
        };
        List<long> reached = [0];
        bool goesOn;
        do
        {
            goesOn = region.RunRound();
            reached.Add(region.Reached.Nanoseconds);
        } while (goesOn);
        Assert.Equal(200, reached[^1]);
        Assert.Equal(
            ["0 node-0 start", "50 node-0 again", "100 node-0 again", "150 node-0 again"],
            machine.Log
        );
        for (int round = 1; round < reached.Count; round++)
        {
            Assert.InRange(reached[round] - reached[round - 1], 1, longest ?? 200);
        }
    }

    [Fact]
    public void Lookahead_names_the_units_whose_link_is_shortest()
    {
        LambdaMachine machine = new(100, (_, _, _) => { }, (_, _, _) => { });
        Assert.Equal((0, 1), Lookahead.Of(machine, Partition.IntoBlocks(machine, 2)).Link);
        Assert.Null(Lookahead.Of(machine, Partition.IntoBlocks(machine, 1)).Link);
        LambdaMachine far = new(100, (_, _, _) => { }, (_, _, _) => { })
        {
            Latency = VirtualDuration.FromSeconds(1),
        };
        Lookahead cut = Lookahead.Of(far, Partition.IntoBlocks(far, 2));
        Assert.Equal((Lookahead.Longest, null), (cut.Span, cut.Link));
    }
}
