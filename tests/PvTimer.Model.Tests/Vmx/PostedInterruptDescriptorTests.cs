using PvTimer.Model.Apic;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Vmx;

/// <summary>PIR, ON and SN: who posts, who notifies, and what a notification moves.</summary>
public class PostedInterruptDescriptorTests
{
    private static Lapic Lapic() =>
        new(new TscClock(TscTicks.Zero, TscFrequency.FromMegahertz(1_000)));

    [Fact]
    public void Only_who_sets_on_notifies()
    {
        PostedInterruptDescriptor descriptor = default;
        Assert.True(descriptor.Post(0x41));
        Assert.False(descriptor.Post(0x51));
        Assert.True(descriptor.On);
        Assert.True(descriptor.Pir.Contains(0x41) && descriptor.Pir.Contains(0x51));
    }

    [Fact]
    public void Suppressed_notification_is_not_sent_but_on_is_set()
    {
        PostedInterruptDescriptor descriptor = new() { Sn = true };
        Assert.False(descriptor.Post(0x41));
        Assert.True(descriptor.On);
    }

    [Fact]
    public void Processing_moves_all_requests_and_clears_on()
    {
        PostedInterruptDescriptor descriptor = default;
        descriptor.Post(0x41);
        descriptor.Post(0xec);
        Lapic lapic = Lapic();
        descriptor.SyncTo(lapic);
        Assert.False(descriptor.On);
        Assert.True(descriptor.Pir.IsEmpty);
        Assert.True(lapic.IsRequested(0x41) && lapic.IsRequested(0xec));
        Assert.True(descriptor.Post(0x41));
    }

    [Fact]
    public void Thawed_descriptor_has_all_five_fields()
    {
        PostedInterruptDescriptor descriptor = new()
        {
            Sn = true,
            Nv = PostedInterruptDescriptor.WakeupVector,
            Ndst = 7,
        };
        descriptor.Post(0x41);
        StateWriter writer = new();
        descriptor.Transfer(new StateTransfer(writer));
        PostedInterruptDescriptor thawed = default;
        thawed.Transfer(new StateTransfer(new StateReader(writer.ToArray())));
        Assert.Equal(descriptor.Pir, thawed.Pir);
        Assert.Equal(
            (true, true, PostedInterruptDescriptor.WakeupVector, 7),
            (thawed.On, thawed.Sn, thawed.Nv, thawed.Ndst)
        );
    }
}
