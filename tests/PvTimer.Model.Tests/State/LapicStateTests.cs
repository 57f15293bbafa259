using PvTimer.Model.Apic;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.State;

/// <summary>The LAPIC's registers, those included that the shipped guests never write.</summary>
public class LapicStateTests
{
    private static readonly TscClock Clock = new(
        new TscTicks(1_000),
        TscFrequency.FromMegahertz(2_500)
    );

    [Fact]
    public void Every_register_comes_back()
    {
        VirtualTime now = VirtualTime.FromNanoseconds(12_345);
        Lapic lapic = new(Clock) { Tpr = 0x20 };
        lapic.Request(0x31);
        lapic.Request(0xfe);
        lapic.Acknowledge();
        lapic.WriteLvtTimer((1u << 17) | (1u << 16) | 0x77, now);
        lapic.WriteDivideConfiguration(0b1010, now);
        lapic.WriteInitialCount(777_777, now);
        lapic.NoteArmed(new TscTicks(5));
        lapic.Enabled = false;
        Lapic thawed = new(Clock);
        StateWriter writer = new();
        lapic.Transfer(new StateTransfer(writer));
        StateReader reader = new(writer.ToArray());
        thawed.Transfer(new StateTransfer(reader));
        reader.ExpectEnd();
        Assert.Equal(lapic.Save(), thawed.Save());
        Assert.NotEqual(new Lapic(Clock).Save(), thawed.Save());
    }
}
