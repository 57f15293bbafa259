using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>What peers and clients can fill, filled: each has an end.</summary>
public sealed class BoundsTests
{
    private static readonly ImmutableArray<FramePeer> Two =
    [
        new("node-1", 0, 1, _ => { }),
        new("node-2", 1, 1, _ => { }),
    ];

    [Theory]
    [InlineData(1_000_000, 100, 64)]
    [InlineData(0, 3 * FrameRouter.MostEarlyFrames, FrameRouter.MostEarlyFrames)]
    public void Frames_of_formations_to_come_are_bounded_in_bytes_and_in_number(
        int bytes,
        int sent,
        int kept
    )
    {
        FrameRouter router = new();
        List<WeakReference> contents = [];
        for (int round = 0; round < sent; round++)
        {
            Deliver(router, round, bytes, contents);
        }
        Assert.Equal((kept, (long)kept * bytes), router.Early);
        GC.Collect();
        Assert.Equal(kept, contents.Count(content => content.IsAlive));
        // What was kept is used, and makes room.
        router.Attach(new FrameCarrier(epoch: 10, Two, self: 0));
        Assert.Equal((0, 0), router.Early);
    }

    /// <summary>A method of its own, so that no frame lives on in a local variable of the caller.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Deliver(
        FrameRouter router,
        int round,
        int bytes,
        List<WeakReference> contents
    )
    {
        byte[] content = new byte[bytes];
        contents.Add(new WeakReference(content));
        router.Deliver(new WindowFrame(9, round, 1, 0, true, content));
    }

    [Fact]
    public void Rounds_that_a_peer_is_ahead_are_bounded()
    {
        FrameCarrier carrier = new(epoch: 1, Two, self: 0);
        for (int round = 0; round < FrameCarrier.MostRoundsAhead; round++)
        {
            carrier.Deliver(new WindowFrame(1, round, 1, 0, true, new byte[1]));
        }
        WindowFrame next = new(1, FrameCarrier.MostRoundsAhead, 1, 0, true, new byte[1]);
        Assert.Throws<InvalidOperationException>(() => carrier.Deliver(next));
    }

    [Fact]
    public void Parts_of_a_round_are_bounded()
    {
        FrameCarrier carrier = new(epoch: 1, Two, self: 0);
        byte[] content = new byte[100_000_000];
        for (int part = 0; part < FrameCarrier.MostRoundBytes / content.Length; part++)
        {
            carrier.Deliver(new WindowFrame(1, 0, 1, part, false, content));
        }
        WindowFrame next = new(1, 0, 1, 10, false, content);
        Assert.Throws<InvalidOperationException>(() => carrier.Deliver(next));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(int.MinValue)]
    public void Frame_of_a_node_that_is_none_of_the_others_is_refused(int from)
    {
        FrameCarrier carrier = new(epoch: 1, Two, self: 0);
        Assert.Throws<InvalidOperationException>(() =>
            carrier.Deliver(new WindowFrame(1, 0, from, 0, true, new byte[1]))
        );
    }

    [Fact]
    public void Size_that_a_peer_says_of_a_cell_takes_no_memory()
    {
        NodeParcels parcels = new();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int cell = 0; cell < 100; cell++)
        {
            CellParcel first = new(1, $"h{cell}", NodeParcels.MostCellBytes, 0, new byte[1]);
            Assert.Null(parcels.Add(first, out _));
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Bytes_of_cells_that_are_not_whole_are_bounded()
    {
        NodeParcels parcels = new();
        byte[] shared = new byte[NodeParcels.MostCellBytes / 10];
        int taken = 0;
        CellParcel Next() =>
            new(1, $"h{taken / 9}", NodeParcels.MostCellBytes, taken % 9 * shared.Length, shared);
        while (parcels.Add(Next(), out _) is null)
        {
            taken++;
            Assert.InRange(taken, 0, 1_000);
        }
        Assert.Equal(NodeParcels.MostBegunBytes / shared.Length, taken);
    }

    [Fact]
    public void Questions_that_wait_for_the_next_look_are_bounded()
    {
        var script = ScriptedCoordinator.WithRun();
        script.Hear(new AskLook(LookRequest.Sums));
        script.Forget();
        for (int asked = 0; asked < LookDesk.MostAskers; asked++)
        {
            script.Hear(new AskLook(LookRequest.Sums));
        }
        Assert.Empty(script.Effects.OfType<CoordinatorEffect.Answer>());
        script.Hear(new AskLook(LookRequest.Sums));
        Assert.Single(script.Effects.OfType<CoordinatorEffect.Answer>());
    }

    [Fact]
    public void Askers_of_the_coordinator_are_bounded_and_the_oldest_is_forgotten()
    {
        Askers<string> askers = new();
        long first = askers.Add("first");
        for (int asked = 1; asked < Askers<string>.Most; asked++)
        {
            askers.Add("another");
        }
        Assert.Equal("first", askers.Take(first));
        Assert.Null(askers.Take(first));
        long second = first + 1;
        askers.Add("the last that has room");
        askers.Add("one more");
        Assert.Null(askers.Take(second));
        Assert.Equal(Askers<string>.Most, askers.Count);
    }
}
