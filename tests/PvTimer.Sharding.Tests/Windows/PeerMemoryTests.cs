using System.Globalization;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Tests.Windows;

/// <summary>Who shares memory with whom.</summary>
public sealed class PeerMemoryTests
{
    private static ClusterSeat Seat(int number, string world = "here") =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"node-{number}"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"akka.tcp://pvtimer@127.0.0.1:{4000 + number}"
            ),
            ["cpu"],
            1,
            new ProcessMark(number, 1, world)
        );

    [Fact]
    public void One_of_two_nodes_offers_and_both_send_when_the_other_has_taken_it()
    {
        int listened = 0;
        PeerMemory first = new(Seat(1), isWanted: true, () => listened++);
        PeerMemory second = new(Seat(2), isWanted: true, () => listened++);
        Assert.Null(second.OfferTo(Seat(1)));
        OfferMemory offer = first.OfferTo(Seat(2))!;
        Assert.False(first.With(Seat(2))!.IsOpen);
        MemoryAnswer answer = second.Take(offer);
        Assert.True(answer.IsShared);
        first.Settle(answer);
        Assert.True(first.With(Seat(2))!.IsOpen);
        Assert.True(second.With(Seat(1))!.IsOpen);
        Assert.Equal(2, listened);
        Assert.Null(first.OfferTo(Seat(2)));
        Assert.Null(SharedMemoryLink.Join(offer.Name));
    }

    [Theory]
    [InlineData("elsewhere", "here")]
    [InlineData("", "")]
    public void Nodes_of_other_machines_are_offered_nothing(string own, string peer) =>
        Assert.Null(new PeerMemory(Seat(1, own), isWanted: true, () => { }).OfferTo(Seat(2, peer)));

    [Fact]
    public void Memory_that_cannot_be_had_is_not_sent_through()
    {
        PeerMemory first = new(Seat(1), isWanted: true, () => { });
        OfferMemory offer = first.OfferTo(Seat(2))!;
        first.Settle(new MemoryAnswer(Seat(2), offer.Name, IsShared: false));
        Assert.False(first.With(Seat(2))!.IsOpen);
        MemoryAnswer answer = new PeerMemory(Seat(2), isWanted: true, () => { }).Take(offer);
        Assert.False(answer.IsShared);
    }

    [Fact]
    public void Node_that_does_not_want_it_neither_offers_nor_takes()
    {
        OfferMemory offer = new PeerMemory(Seat(1), isWanted: true, () => { }).OfferTo(Seat(2))!;
        Assert.False(new PeerMemory(Seat(2), isWanted: false, () => { }).Take(offer).IsShared);
        SharedMemoryLink.Join(offer.Name)!.RemoveName();
        Assert.Null(new PeerMemory(Seat(1), isWanted: false, () => { }).OfferTo(Seat(2)));
    }

    [Fact]
    public void Answer_to_another_offer_is_not_taken()
    {
        PeerMemory first = new(Seat(1), isWanted: true, () => { });
        OfferMemory offer = first.OfferTo(Seat(2))!;
        first.Settle(new MemoryAnswer(Seat(2), new string('0', 32), IsShared: true));
        first.Settle(new MemoryAnswer(Seat(3), offer.Name, IsShared: true));
        Assert.False(first.With(Seat(2))!.IsOpen);
        first.RemoveNames();
        Assert.Null(SharedMemoryLink.Join(offer.Name));
    }

    [Fact]
    public void Memory_that_peers_can_fill_is_bounded()
    {
        PeerMemory own = new(Seat(1), isWanted: true, () => { });
        SharedMemoryLink made = SharedMemoryLink.Create();
        int taken = 0;
        for (int peer = 2; peer < PeerMemory.MostPeers + 10; peer++)
        {
            taken += own.Take(new OfferMemory(Seat(peer), made.Name)).IsShared ? 1 : 0;
        }
        made.RemoveName();
        Assert.Equal(PeerMemory.MostPeers, taken);
    }
}
