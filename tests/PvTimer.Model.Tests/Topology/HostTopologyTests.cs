using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
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
        Assert.Equal(same, Host.SameSocket(from, to));
        Assert.Equal(same ? 50 : 120, Host.LineTransfer(from, to).Nanoseconds);
        Assert.Equal(same ? 400 : 700, Host.IpiLatency(from, to).Nanoseconds);
    }

    [Fact]
    public void Feature_bit_is_set_for_a_vm_that_may_use_pvtimer()
    {
        HostTopology other = Host with { PvTimer = new() { CpuidBit = 13 } };
        Assert.Equal(1u << 8, KvmCpuid.Features(Host, TimerBackend.PvTimer));
        Assert.Equal(1u << 13, KvmCpuid.Features(other, TimerBackend.PvTimer));
        Assert.Equal(0u, KvmCpuid.Features(Host, TimerBackend.Hrtimer));
    }

    [Fact]
    public void Without_a_timer_cpu_it_is_offered_only_as_posted()
    {
        HostTopology none = Host with { TimerPcpu = null };
        HostTopology posted = none with { PvTimer = PvTimerParameters.AsPosted };
        Assert.Equal(0u, KvmCpuid.Features(none, TimerBackend.PvTimer));
        Assert.Equal(1u << 8, KvmCpuid.Features(posted, TimerBackend.PvTimer));
        Assert.Equal(0u, KvmCpuid.Features(posted, TimerBackend.Hrtimer));
    }
}
