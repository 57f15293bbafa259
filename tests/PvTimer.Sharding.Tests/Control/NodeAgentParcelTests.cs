using System;
using System.Linq;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using static PvTimer.Sharding.Tests.Control.ScriptedAgent;

namespace PvTimer.Sharding.Tests.Control;

/// <summary>Frozen cells go from node to node in parcels.</summary>
public sealed class NodeAgentParcelTests
{
    private readonly ScriptedAgent _agent = new();

    private static CellParcel Parcel(
        string cell,
        byte content,
        int total = 1,
        int offset = 0,
        long epoch = 1
    ) => new(epoch, cell, total, offset, new[] { content });

    private static Form AtBarrier(long epoch, params int[] homes) =>
        Form(epoch, StateSource.Barrier, [.. homes], reached: 500);

    [Fact]
    public void What_was_frozen_here_stays_or_goes_to_the_node_that_has_the_cell_now()
    {
        _agent.Halted().Receive(AtBarrier(2, 0, 1, 1)).Planned(2);
        NodeEffect.ToNode sent = Assert.Single(_agent.Effects.OfType<NodeEffect.ToNode>());
        CellParcel parcel = Assert.IsType<CellParcel>(sent.Message);
        Assert.Equal(
            ("node-2", 2L, "h1", 2, 0),
            (sent.Seat.Name, parcel.Epoch, parcel.Cell, parcel.Total, parcel.Offset)
        );
        Assert.Equal([11, 11], parcel.Content.ToArray());
        Assert.Equal(
            10,
            Assert
                .Single(
                    Assert.Single(_agent.Effects.OfType<NodeEffect.StartRegions>()).States!.Value
                )
                .Span[0]
        );
    }

    [Fact]
    public void Cell_that_is_larger_than_a_frame_goes_in_several_parcels()
    {
        byte[] large = new byte[(2 * CellParcel.MaxContentBytes) + 5];
        large[^1] = 9;
        _agent
            .Running()
            .Step(Ended(NodeRunEnd.Paused))
            .Step(
                new NodeEvent.RegionsFrozen(
                    1,
                    new System.Collections.Generic.Dictionary<string, byte[]>(
                        StringComparer.Ordinal
                    )
                    {
                        ["h0"] = large,
                    }
                )
            )
            .Receive(AtBarrier(2, 1, 1, 1))
            .Planned(2);
        CellParcel[] parcels =
        [
            .. _agent.Effects.OfType<NodeEffect.ToNode>().Select(to => (CellParcel)to.Message),
        ];
        Assert.Equal([0, 1_000_000, 2_000_000], parcels.Select(parcel => parcel.Offset));
        NodeParcels box = new();
        byte[]? whole = null;
        Assert.All(parcels, parcel => Assert.Null(box.Add(parcel, out whole)));
        Assert.Equal(large, whole);
    }

    [Fact]
    public void What_was_frozen_at_another_barrier_is_not_dealt()
    {
        _agent.Halted().Receive(Form(2, StateSource.Barrier, [0, 1, 1], reached: 700)).Planned(2);
        Assert.Empty(_agent.Effects.OfType<NodeEffect.ToNode>());
        Assert.Contains(
            "what was frozen at 500 ns is discarded",
            Assert.Single(_agent.Effects.OfType<NodeEffect.Log>()).Line,
            StringComparison.Ordinal
        );
        Assert.Equal("h0", _agent.Report().WaitingFor);
    }

    [Fact]
    public void What_was_frozen_is_used_by_the_next_formation_only()
    {
        _agent.Halted().Receive(AtBarrier(2, 1, 1, 1)).Receive(AtBarrier(3, 1, 1, 1)).Planned(3);
        Assert.Empty(_agent.Effects.OfType<NodeEffect.ToNode>());
    }

    [Fact]
    public void State_that_is_lacking_is_reported_by_its_cell_until_it_comes()
    {
        _agent.Here("h0").Here("h1").Receive(AtBarrier(1, 0, 0, 1)).Planned();
        Assert.Equal("h0", _agent.Report().WaitingFor);
        _agent.Receive(Parcel("h0", 10));
        Assert.Equal("h1", _agent.Report().WaitingFor);
        _agent.Receive(Parcel("h1", 11));
        Assert.Single(_agent.Effects.OfType<NodeEffect.StartRegions>());
    }

    [Fact]
    public void Parcel_that_comes_before_the_plan_is_made_counts()
    {
        _agent.Here("h0").Here("h1").Receive(AtBarrier(1, 0, 0, 1));
        _agent.Receive(Parcel("h0", 10)).Receive(Parcel("h1", 11)).Receive(Parcel("h9", 99));
        _agent.Planned();
        Assert.Equal(
            [10, 11],
            Assert
                .Single(_agent.Effects.OfType<NodeEffect.StartRegions>())
                .States!.Value.Select(state => (int)state.Span[0])
        );
    }

    [Theory]
    [InlineData(2, 1, "of cell h0 byte 1 came after byte 0")]
    [InlineData(0, 0, "cell h0 of 0 bytes; accepted: 1 to 1000000000")]
    [InlineData(-1, 0, "cell h0 of -1 bytes; accepted: 1 to 1000000000")]
    [InlineData(1_000_000_001, 0, "cell h0 of 1000000001 bytes; accepted: 1 to 1000000000")]
    public void Parcel_that_cannot_be_the_next_one_fails_the_formation(
        int total,
        int offset,
        string what
    )
    {
        _agent.Receive(AtBarrier(1, 0, 0, 1)).Planned();
        _agent.Receive(Parcel("h0", 10, total, offset));
        Assert.Equal([new FormingFailed(1, "node-1", what)], _agent.Said);
    }

    [Fact]
    public void Parcel_that_says_another_size_than_the_one_before_fails_the_formation()
    {
        _agent.Receive(AtBarrier(1, 0, 0, 1)).Planned().Receive(Parcel("h0", 10, total: 3));
        _agent.Receive(Parcel("h0", 10, total: 2, offset: 1));
        Assert.Equal(
            [new FormingFailed(1, "node-1", "of cell h0 byte 1 came after byte 1")],
            _agent.Said
        );
    }
}
