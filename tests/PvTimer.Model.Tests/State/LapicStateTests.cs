using System.Linq;
using PvTimer.Model.Apic;
using PvTimer.Model.Msrs;
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
        lapic.SetTriggerMode(0x31, isLevel: true);
        foreach (uint msr in (uint[])[0x830, 0x833, 0x834, 0x835, 0x836, 0x837])
        {
            Assert.Equal(MsrResult.Completed, lapic.Write(msr, 0x50 + (msr & 0xf), now, out _));
        }
        lapic.Write(MsrIndex.X2ApicSpuriousVector, 0x77, now, out _);
        lapic.WriteBase(0xfee0_0000, byGuest: true);
        Lapic thawed = new(Clock);
        byte[] frozen = Freeze(lapic);
        StateReader reader = new(frozen);
        thawed.Transfer(new StateTransfer(reader));
        reader.ExpectEnd();
        Assert.Equal(frozen, Freeze(thawed));
        Assert.Equal(Registers(lapic), Registers(thawed));
        byte[] fresh = Freeze(new Lapic(Clock));
        Assert.NotEqual(fresh, frozen);
    }

    private static byte[] Freeze(Lapic lapic)
    {
        StateWriter writer = new();
        lapic.Transfer(new StateTransfer(writer));
        return writer.ToArray();
    }

    /// <summary>All that can be read, in x2APIC mode again.</summary>
    private static (uint Msr, MsrResult Result, ulong Value)[] Registers(Lapic lapic)
    {
        lapic.WriteBase(0xfee0_0c00, byGuest: false);
        return
        [
            .. Enumerable
                .Range(0x800, 0x40)
                .Select(msr =>
                    (
                        (uint)msr,
                        lapic.Read((uint)msr, VirtualTime.FromNanoseconds(20_000), out ulong value),
                        value
                    )
                ),
        ];
    }
}
