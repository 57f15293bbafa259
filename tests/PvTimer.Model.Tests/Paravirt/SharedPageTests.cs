using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Paravirt;

/// <summary>The page's exchange and its place in memory; the enable MSR that says where it is.</summary>
public class SharedPageTests
{
    [Fact]
    public void Exchange_takes_the_deadline_and_leaves_nothing()
    {
        SharedPage page = new()
        {
            Expire = PageRequest.Arm(new TscTicks(9)),
            NextSyncTsc = new TscTicks(4),
        };
        Assert.Equal(PageRequest.Arm(new TscTicks(9)), page.TakeExpire());
        Assert.True(page.TakeExpire().IsNone);
        Assert.Equal(new TscTicks(4), page.NextSyncTsc);
    }

    [Fact]
    public void Every_value_is_a_deadline_and_disarming_is_none_of_them()
    {
        Assert.True(PageRequest.Of(TscTicks.MaxValue).IsDeadline);
        Assert.False(PageRequest.Of(TscTicks.MaxValue).Disarms);
        Assert.True(PageRequest.Of(TscTicks.Zero).Disarms);
        Assert.False(PageRequest.Disarm.IsDeadline);
        Assert.False(PageRequest.Disarm.IsNone);
    }

    [Theory]
    [InlineData(0x1000UL, false)]
    [InlineData(0x1030UL, false)] // the last 16 bytes of a line
    [InlineData(0x1031UL, true)]
    [InlineData(0x1034UL, true)]
    [InlineData(0x1038UL, false)] // each field in a line of its own
    [InlineData(0x103cUL, true)]
    [InlineData(0x103fUL, true)]
    [InlineData(0x1040UL, false)]
    [InlineData(0x1004UL, false)] // not aligned, but within its line
    public void Entry_splits_a_line_if_one_of_its_fields_does(ulong address, bool splits) =>
        Assert.Equal(splits, SharedPage.SplitsLine(address));

    [Fact]
    public void Enable_bit_and_address_share_the_register()
    {
        PvTimerMsr on = PvTimerMsr.Enable(0x10_0010);
        Assert.True(on.Enabled);
        Assert.Equal(0x10_0010UL, on.Address);
        Assert.Equal(0x10_0011UL, on.Value);
        Assert.False(new PvTimerMsr(0x10_0010).Enabled);
        Assert.True(new PvTimerMsr(3).Enabled);
        Assert.Equal(2UL, new PvTimerMsr(3).Address);
    }

    [Theory]
    [InlineData(0x20UL, true, true)]
    [InlineData(0x24UL, false, true)]
    [InlineData(0x28UL, false, true)]
    [InlineData(0x22UL, false, false)]
    public void Address_is_aligned_to_16_or_as_posted_to_4(
        ulong address,
        bool whenFixed,
        bool asPosted
    )
    {
        PvTimerMsr on = PvTimerMsr.Enable(address);
        PvTimerFlaws posted = new() { FourByteAlignment = true };
        Assert.Equal(whenFixed, on.IsWellFormed(inKernelLapic: true, PvTimerFlaws.None));
        Assert.Equal(asPosted, on.IsWellFormed(inKernelLapic: true, posted));
        Assert.False(on.IsWellFormed(inKernelLapic: false, posted));
    }

    [Theory]
    [InlineData(0xffff_fff0UL, true)]
    [InlineData(0xffff_fff2UL, false)]
    [InlineData(0x1_0000_0000UL, false)]
    [InlineData(0UL, true)]
    public void Entry_lies_in_guest_memory_as_a_whole(ulong address, bool isThere)
    {
        Assert.Equal(isThere, PvTimerMsr.Enable(address).IsGuestMemory);
        Assert.True(new PvTimerMsr(address).IsGuestMemory);
    }
}
