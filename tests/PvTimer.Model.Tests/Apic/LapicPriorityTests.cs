using PvTimer.Model.Apic;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Apic;

/// <summary>Which vector goes next: IRR, ISR, TPR and EOI.</summary>
public class LapicPriorityTests
{
    private static Lapic New() =>
        new(new TscClock(TscTicks.Zero, TscFrequency.FromMegahertz(1_000)));

    [Fact]
    public void Request_of_a_vector_that_is_requested_already_coalesces()
    {
        Lapic lapic = New();
        Assert.True(lapic.Request(0x51));
        Assert.False(lapic.Request(0x51));
        Assert.True(lapic.IsRequested(0x51));
        Assert.False(lapic.IsInService(0x51));
    }

    [Theory]
    [InlineData(0x00, 0x51)]
    [InlineData(0x4f, 0x51)]
    [InlineData(0x50, -1)]
    [InlineData(0x60, -1)]
    public void Vector_of_a_class_above_the_task_priority_is_delivered(byte tpr, int vector)
    {
        Lapic lapic = New();
        lapic.Request(0x51);
        lapic.Tpr = tpr;
        Assert.Equal(vector, lapic.Deliverable);
        Assert.Equal(tpr >> 4, lapic.PriorityClass);
    }

    [Fact]
    public void Vector_in_service_holds_back_its_class_and_those_below()
    {
        Lapic lapic = New();
        Assert.Equal((-1, -1), (lapic.Deliverable, lapic.InService));
        lapic.Request(0x51);
        lapic.Request(0x31);
        Assert.Equal(0x51, lapic.Acknowledge());
        Assert.True(lapic.IsInService(0x51));
        Assert.False(lapic.IsRequested(0x51));
        Assert.Equal(0x51, lapic.InService);
        Assert.Equal(-1, lapic.Deliverable);
        lapic.Request(0x5f);
        Assert.Equal(-1, lapic.Deliverable);
        lapic.Request(0x61);
        Assert.Equal(0x61, lapic.Acknowledge());
        Assert.Equal(0x61, lapic.InService);
        Assert.Equal(6, lapic.PriorityClass);
        lapic.EndOfInterrupt();
        Assert.Equal(0x51, lapic.InService);
        lapic.EndOfInterrupt();
        Assert.Equal(0x5f, lapic.Deliverable);
        lapic.EndOfInterrupt();
        Assert.Equal(-1, lapic.InService);
    }

    [Fact]
    public void Higher_of_task_priority_and_service_counts()
    {
        Lapic lapic = New();
        lapic.Request(0x51);
        lapic.Acknowledge();
        lapic.Tpr = 0x30;
        Assert.Equal(5, lapic.PriorityClass);
        lapic.Tpr = 0x70;
        Assert.Equal(7, lapic.PriorityClass);
    }

    [Fact]
    public void Disabled_apic_delivers_nothing()
    {
        Lapic lapic = New();
        lapic.Request(0x51);
        lapic.WriteBase(0xfee0_0000, byGuest: true);
        Assert.Equal(-1, lapic.Deliverable);
    }
}
