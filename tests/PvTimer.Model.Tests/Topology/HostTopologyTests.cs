using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Tests.Topology;

/// <summary>Who is how far from whom on a host, and what its VMs are offered.</summary>
public class HostTopologyTests
{
    /// <summary>Four pCPUs from entity 10 on, in two sockets.</summary>
    private static HostTopology Host { get; } =
        new()
        {
            Name = "h0",
            Pcpus = [new(10), new(11), new(12), new(13)],
            PcpusPerSocket = 2,
            TimerPcpu = new EntityId(13),
            TimerKthread = new EntityId(14),
            Costs = SimpleCosts.Plausible,
            HaltPoll = VirtualDuration.Zero,
            TimerAdvance = VirtualDuration.Zero,
            HvTimer = false,
            PvTimer = new PvTimerParameters(),
            Seed = 1,
        };

    [Theory]
    [InlineData(10, 10, true)]
    [InlineData(10, 11, true)]
    [InlineData(12, 13, true)]
    [InlineData(11, 12, false)]
    [InlineData(13, 10, false)]
    public void Sockets_are_blocks_of_pcpus(int left, int right, bool same)
    {
        (EntityId from, EntityId to) = (new EntityId(left), new EntityId(right));
        Assert.Equal(same ? 50 : 120, Host.LineTransfer(from, to).Nanoseconds);
        Assert.Equal(same ? 400 : 700, Host.IpiLatency(from, to).Nanoseconds);
    }

    /// <summary>The profile's prices are those of 10 and 21; others lie on the line through them.</summary>
    [Theory]
    [InlineData(21, 120, 700)]
    [InlineData(32, 190, 1000)]
    [InlineData(11, 56, 427)]
    [InlineData(254, 1602, 7054)]
    public void Prices_between_sockets_follow_their_distance(int distance, int line, int ipi)
    {
        HostTopology host = Host with
        {
            Distances = new SocketDistances([
                [10, distance],
                [distance, 10],
            ]),
        };
        (EntityId one, EntityId near, EntityId far) = (new(10), new(11), new(12));
        Assert.Equal(line, host.LineTransfer(one, far).Nanoseconds);
        Assert.Equal(ipi, host.IpiLatency(far, one).Nanoseconds);
        Assert.Equal(50, host.LineTransfer(one, near).Nanoseconds);
        Assert.Equal(line, host.LongestLineTransfer.Nanoseconds);
    }

    [Theory]
    [InlineData("there is no row")]
    [InlineData("row 0 has 2 distances, and there are 1 rows", "10 21")]
    [InlineData("from socket 0 to socket 0 it is 11", "11 21", "21 10")]
    [InlineData("from socket 0 to socket 1 it is 10", "10 10", "10 10")]
    [InlineData("from socket 0 to socket 1 it is 255", "10 255", "255 10")]
    [InlineData("from socket 0 to socket 1 it is 21, and 31 back", "10 21", "31 10")]
    public void Distances_that_no_firmware_says_are_refused(string flaw, params string[] rows)
    {
        var refused = Assert.Throws<ArgumentException>(() =>
            new SocketDistances(
                rows.Select(row =>
                    row.Split(' ')
                        .Select(each => int.Parse(each, CultureInfo.InvariantCulture))
                        .ToImmutableArray()
                )
            )
        );
        Assert.StartsWith(flaw, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Feature_bit_is_set_for_a_vm_that_may_use_pvtimer()
    {
        HostTopology other = Host with { PvTimer = new() { CpuidBit = 13 } };
        Assert.Equal(1u << 8, KvmCpuid.Features(Host, TimerBackends.PvTimer));
        Assert.Equal(1u << 13, KvmCpuid.Features(other, TimerBackends.PvTimer));
        Assert.Equal(0u, KvmCpuid.Features(Host, TimerBackends.Hrtimer));
    }

    [Fact]
    public void Without_a_timer_cpu_it_is_offered_only_as_posted()
    {
        HostTopology none = Host with { TimerPcpu = null };
        HostTopology posted = none with { PvTimer = PvTimerParameters.AsPosted };
        Assert.Equal(0u, KvmCpuid.Features(none, TimerBackends.PvTimer));
        Assert.Equal(1u << 8, KvmCpuid.Features(posted, TimerBackends.PvTimer));
        Assert.Equal(0u, KvmCpuid.Features(posted, TimerBackends.Hrtimer));
    }
}
