using PvTimer.Model.Apic;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Apic;

/// <summary>Which registers there are, what they read as, and which accesses fault (SDM 12.12; kvm_lapic_msr_write).</summary>
public class LapicRegisterTests
{
    private const ulong Enabled = 0xfee0_0800;
    private const ulong X2Apic = 0xfee0_0c00;
    private const ulong Disabled = 0xfee0_0000;

    private static readonly VirtualTime Now = VirtualTime.FromNanoseconds(1_000);

    private static Lapic New(uint id = 0) =>
        new(new TscClock(TscTicks.Zero, TscFrequency.FromMegahertz(1_000)), id, id == 0);

    [Theory]
    [InlineData(0x838u, 0x1_0000_0000UL)] // a register has 32 bits
    [InlineData(0x832u, 0x1_0000_00ecUL)]
    [InlineData(0x83eu, 0x1_0000_000bUL)]
    [InlineData(0x80fu, 0x1_0000_01ffUL)]
    [InlineData(0x837u, 0x8000_0000_0000_00feUL)]
    [InlineData(0x830u, 0x2000UL)] // bit 13 of the ICR
    [InlineData(0x830u, 0x1_0000UL)]
    [InlineData(0x830u, 0x10_0000UL)]
    [InlineData(0x808u, 0x100UL)] // above a priority
    [InlineData(0x80bu, 1UL)] // EOI takes 0 only
    [InlineData(0x828u, 1UL)] // ESR, too
    [InlineData(0x83fu, 0x100UL)] // above a vector
    [InlineData(0x802u, 0UL)] // the id, and what else is read only
    [InlineData(0x803u, 0UL)]
    [InlineData(0x80au, 0UL)]
    [InlineData(0x80du, 0UL)]
    [InlineData(0x810u, 0UL)]
    [InlineData(0x81fu, 0UL)]
    [InlineData(0x827u, 0UL)]
    [InlineData(0x839u, 0UL)]
    [InlineData(0x800u, 0UL)] // no register
    [InlineData(0x80eu, 0UL)] // the x2APIC has no DFR
    [InlineData(0x831u, 0UL)]
    [InlineData(0x840u, 0UL)]
    public void Write_faults(uint msr, ulong value)
    {
        Lapic lapic = New();
        Assert.Equal(
            MsrResult.GeneralProtection,
            lapic.Write(msr, value, Now, out TimerRequest request)
        );
        Assert.Equal(TimerRequest.None, request);
    }

    [Theory]
    [InlineData(0x838u, 0xffff_ffffUL, 0UL)] // ignored in deadline mode
    [InlineData(0x832u, 0xffff_ffffUL, 0x7_10ffUL)] // what KVM does not keep is dropped
    [InlineData(0x83eu, 0xffff_ffffUL, 0xbUL)]
    [InlineData(0x80fu, 0xffff_ffffUL, 0x3ffUL)]
    [InlineData(0x835u, 0xffff_ffffUL, 0x1_f7ffUL)]
    [InlineData(0x833u, 0xffff_ffffUL, 0x1_17ffUL)]
    [InlineData(0x837u, 0xffff_ffffUL, 0x1_10ffUL)]
    [InlineData(0x830u, 0x5_000c_d0f1UL, 0x5_000c_c0f1UL)] // never busy
    [InlineData(0x808u, 0xffUL, 0xffUL)]
    [InlineData(0x828u, 0UL, 0UL)]
    public void Write_is_taken_as_far_as_there_are_bits(uint msr, ulong value, ulong read)
    {
        Lapic lapic = New();
        Assert.Equal(MsrResult.Completed, lapic.Write(msr, value, Now, out _));
        Assert.Equal(read, Read(lapic, msr));
    }

    [Theory]
    [InlineData(0x802u, 0x25UL)]
    [InlineData(0x803u, 0x5_0014UL)]
    [InlineData(0x80du, 0x2_0020UL)] // cluster 2, member 5
    [InlineData(0x808u, 0UL)]
    [InlineData(0x80fu, 0x1ffUL)]
    [InlineData(0x832u, 0x4_00ecUL)] // deadline mode, vector 236
    [InlineData(0x836u, 0x1_0400UL)]
    [InlineData(0x838u, 0UL)]
    [InlineData(0x839u, 0UL)]
    [InlineData(0x83eu, 0UL)]
    public void Registers_of_a_booted_guest(uint msr, ulong value) =>
        Assert.Equal(value, Read(New(id: 0x25), msr));

    [Theory]
    [InlineData(0x800u)]
    [InlineData(0x809u)]
    [InlineData(0x80bu)] // EOI is written only
    [InlineData(0x80eu)]
    [InlineData(0x829u)]
    [InlineData(0x82fu)] // no CMCI
    [InlineData(0x831u)]
    [InlineData(0x83fu)]
    [InlineData(0x8ffu)]
    public void Read_faults(uint msr) =>
        Assert.Equal(MsrResult.GeneralProtection, New().Read(msr, Now, out _));

    [Fact]
    public void Requested_and_in_service_are_read_32_vectors_at_a_time()
    {
        Lapic lapic = New();
        lapic.Request(0x31);
        lapic.Request(0xfe);
        lapic.SetTriggerMode(0x31, isLevel: true);
        lapic.Acknowledge();
        Assert.Equal(1UL << 17, Read(lapic, MsrIndex.X2ApicIrr + 1));
        Assert.Equal(1UL << 17, Read(lapic, MsrIndex.X2ApicTmr + 1));
        Assert.Equal(1UL << 30, Read(lapic, MsrIndex.X2ApicIsr + 7));
        Assert.Equal(0UL, Read(lapic, MsrIndex.X2ApicIrr + 7));
        Assert.Equal(0xf0UL, Read(lapic, MsrIndex.X2ApicPpr));
        lapic.Write(MsrIndex.X2ApicTpr, 0xf3, Now, out _);
        Assert.Equal(0xf3UL, Read(lapic, MsrIndex.X2ApicPpr));
        lapic.SetTriggerMode(0x31, isLevel: false);
        Assert.Equal(0UL, Read(lapic, MsrIndex.X2ApicTmr + 1));
    }

    [Fact]
    public void Software_disable_masks_the_table_until_it_is_unmasked()
    {
        Lapic lapic = New();
        Assert.True(lapic.AcceptsInterrupts);
        lapic.Write(MsrIndex.X2ApicSpuriousVector, 0xff, Now, out _);
        Assert.False(lapic.AcceptsInterrupts);
        Assert.False(lapic.CanTimerInterrupt);
        Assert.Equal(0x5_00ecUL, Read(lapic, MsrIndex.X2ApicLvtTimer));
        Assert.Equal(0x1_00feUL, Read(lapic, MsrIndex.X2ApicLvtError));
        lapic.Write(MsrIndex.X2ApicLvtTimer, 0x4_00ec, Now, out _);
        lapic.Write(MsrIndex.X2ApicLvtLint1, 0x400, Now, out _);
        Assert.Equal(0x5_00ecUL, Read(lapic, MsrIndex.X2ApicLvtTimer));
        Assert.Equal(0x1_0400UL, Read(lapic, MsrIndex.X2ApicLvtLint1));
        lapic.Write(MsrIndex.X2ApicSpuriousVector, 0x1ff, Now, out _);
        Assert.False(lapic.CanTimerInterrupt);
        lapic.Write(MsrIndex.X2ApicLvtTimer, 0x4_00ec, Now, out _);
        Assert.True(lapic.CanTimerInterrupt);
    }

    [Theory]
    [InlineData(X2Apic, Disabled, true)]
    [InlineData(X2Apic, X2Apic, true)]
    [InlineData(X2Apic, Enabled, false)] // x2APIC mode ends in "disabled" only
    [InlineData(Disabled, Enabled, true)]
    [InlineData(Disabled, X2Apic, false)] // and begins in xAPIC mode only
    [InlineData(Enabled, X2Apic, true)]
    [InlineData(Enabled, Disabled, true)]
    public void Guest_changes_the_mode_along_the_manuals_way(ulong from, ulong to, bool allowed)
    {
        Lapic lapic = New();
        lapic.WriteBase(from, byGuest: false);
        Assert.Equal(from, lapic.Base.Value);
        Assert.Equal(allowed, lapic.WriteBase(to, byGuest: true));
        Assert.Equal(allowed ? to : from, lapic.Base.Value);
        Assert.True(lapic.WriteBase(to, byGuest: false));
    }

    [Theory]
    [InlineData(0xfee0_0400UL)] // EXTD without EN
    [InlineData(0xfee0_0801UL)] // reserved
    [InlineData(0xfee0_0a00UL)]
    [InlineData(0x10_0000_fee0_0800UL)] // beyond physical memory
    public void Impossible_mode_faults_for_guest_and_userspace(ulong value)
    {
        Assert.False(New().WriteBase(value, byGuest: true));
        Assert.False(New().WriteBase(value, byGuest: false));
    }

    [Theory]
    [InlineData(Enabled)]
    [InlineData(Disabled)]
    public void Registers_are_msrs_in_x2apic_mode_only(ulong mode)
    {
        Lapic lapic = New();
        lapic.WriteBase(mode, byGuest: false);
        Assert.Equal(MsrResult.GeneralProtection, lapic.Read(MsrIndex.X2ApicLvtTimer, Now, out _));
        Assert.Equal(
            MsrResult.GeneralProtection,
            lapic.Write(MsrIndex.X2ApicTpr, 0x20, Now, out _)
        );
        Assert.Equal(0, lapic.Tpr);
    }

    [Fact]
    public void Reset_stops_the_timer_masks_and_forgets_but_keeps_mode_and_id()
    {
        Lapic lapic = New(id: 3);
        lapic.Request(0x40);
        lapic.Request(0x90);
        lapic.Acknowledge();
        lapic.Write(MsrIndex.X2ApicTpr, 0x20, Now, out _);
        lapic.WriteTscDeadline(new TscTicks(9_000));
        Assert.Equal(TimerRequestKind.Cancel, lapic.Reset().Kind);
        Assert.Equal(TscTicks.Zero, lapic.TscDeadline);
        Assert.Equal(LvtTimerMode.OneShot, lapic.TimerMode);
        Assert.Equal((-1, -1, 0), (lapic.Deliverable, lapic.InService, lapic.PriorityClass));
        Assert.Equal(0xffUL, Read(lapic, MsrIndex.X2ApicSpuriousVector));
        Assert.Equal(0x1_0000UL, Read(lapic, MsrIndex.X2ApicLvtLint0));
        Assert.Equal(3UL, Read(lapic, MsrIndex.X2ApicId));
        Assert.True(lapic.Base.IsX2Apic);
    }

    /// <summary>KVM_X86_QUIRK_LINT0_REENABLED, on by default.</summary>
    [Fact]
    public void Reset_leaves_lint0_of_the_bootstrap_processor_open_for_external_interrupts()
    {
        Lapic lapic = New(id: 0);
        lapic.Reset();
        Assert.Equal(0x700UL, Read(lapic, MsrIndex.X2ApicLvtLint0));
        Assert.Equal(0x1_0000UL, Read(lapic, MsrIndex.X2ApicLvtLint1));
    }

    private static ulong Read(Lapic lapic, uint msr)
    {
        Assert.Equal(MsrResult.Completed, lapic.Read(msr, Now, out ulong value));
        return value;
    }
}
