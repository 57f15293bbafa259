using System;
using System.Collections.Immutable;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Tests.Windows;

/// <summary>What belongs to an older formation, or follows something that was lost, is not taken for the next.</summary>
public sealed class DeadEpochTests
{
    private static readonly ImmutableArray<FramePeer> Two =
    [
        new("node-1", 0, 1, _ => { }),
        new("node-2", 1, 1, _ => { }),
    ];

    private static WindowFrame Frame(long epoch, long round, int part, bool isLast) =>
        new(epoch, round, From: 1, part, isLast, new byte[1]);

    [Fact]
    public void Formation_that_was_given_up_while_it_assembled_does_not_get_the_frames_of_its_successor()
    {
        FrameRouter router = new();
        router.Attach(new FrameCarrier(epoch: 5, Two, self: 0));
        router.Attach(new FrameCarrier(epoch: 4, Two, self: 0));

        // Formation 5 takes it, and says that it is of the wrong round.
        Assert.Throws<InvalidOperationException>(() =>
            router.Deliver(Frame(epoch: 5, round: 7, part: 0, isLast: true))
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Frame_with_a_part_that_was_lost_with_a_connection_is_refused(int next)
    {
        FrameCarrier carrier = new(epoch: 1, Two, self: 0);
        if (next == 2)
        {
            carrier.Deliver(Frame(epoch: 1, round: 0, part: 0, isLast: false));
        }

        string refused = Assert
            .Throws<InvalidOperationException>(() =>
                carrier.Deliver(Frame(epoch: 1, round: 0, part: next, isLast: true))
            )
            .Message;

        Assert.Equal(
            $"node 1 sent part {next} of round 0; its next one is part {next - 1} of 0",
            refused
        );
    }

    [Fact]
    public void Part_of_a_frame_keeps_its_number_on_the_wire()
    {
        WindowFrame read = WindowFrame.FromBytes(
            Frame(epoch: 3, round: 9, part: 2, isLast: true).ToBytes()
        );
        Assert.Equal(
            (3, 9, 1, 2, true),
            (read.Epoch, read.Round, read.From, read.Part, read.IsLast)
        );
    }
}
