using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Model.Apic;

/// <content>
/// The registers as MSRs (kvm_lapic_msr_read, kvm_lapic_msr_write): which there are, what may be read and written,
/// and what of a write is taken. Bits that a register does not have are dropped where KVM drops them, and fault
/// where hardware faults.
/// </content>
public sealed partial class Lapic
{
    private const uint FirstRegister = 0x800;
    private const uint LastRegister = 0x8ff;

    /// <summary>Version 0x14 with six entries in the local vector table (APIC_VERSION, KVM_APIC_MAX_NR_LVT_ENTRIES).</summary>
    private const uint Version = 0x5_0014;

    private const uint SoftwareEnable = 1u << 8;

    /// <summary>Vector, software enable and focus processor checking.</summary>
    private const uint SpuriousVectorBits = 0x3ff;

    /// <summary>A register has 32 bits; the ICR alone has 64.</summary>
    private const ulong High = ~(ulong)uint.MaxValue;
    private const ulong AboveVector = ~0xffUL;

    /// <summary>It is an MSR of the x2APIC's range, whether a register is there or not.</summary>
    public static bool Owns(uint msr) => msr is >= FirstRegister and <= LastRegister;

    /// <summary>RDMSR. #GP: the APIC is in another mode, or there is no register to read.</summary>
    public MsrResult Read(uint msr, VirtualTime now, out ulong value)
    {
        ulong? read = _base.IsX2Apic ? ReadRegister(msr, now) : null;
        value = read ?? 0;
        return read is null ? MsrResult.GeneralProtection : MsrResult.Completed;
    }

    /// <summary>
    /// WRMSR. #GP: the APIC is in another mode, the register cannot be written, or reserved bits are set. Sending
    /// what the ICR and the self-IPI register ask for is the writer's.
    /// </summary>
    public MsrResult Write(uint msr, ulong value, VirtualTime now, out TimerRequest request)
    {
        request = TimerRequest.None;
        if (!_base.IsX2Apic || (value & ReservedBits(msr)) != 0)
        {
            return MsrResult.GeneralProtection;
        }
        uint low = (uint)(value & uint.MaxValue);
        switch (msr)
        {
            case MsrIndex.X2ApicTpr:
                Tpr = (byte)low;
                return MsrResult.Completed;
            case MsrIndex.X2ApicEoi:
                EndOfInterrupt();
                return MsrResult.Completed;
            case MsrIndex.X2ApicSpuriousVector:
                WriteSpuriousVector(low);
                return MsrResult.Completed;
            case MsrIndex.X2ApicErrorStatus or MsrIndex.X2ApicSelfIpi:
                return MsrResult.Completed;
            case MsrIndex.X2ApicIcr:
                _interruptCommand = value & ~InterruptCommand.DeliveryStatus;
                return MsrResult.Completed;
            case MsrIndex.X2ApicLvtTimer:
                request = WriteLvtTimer(low, now);
                return MsrResult.Completed;
            case MsrIndex.X2ApicInitialCount:
                request = WriteInitialCount(low, now);
                return MsrResult.Completed;
            case MsrIndex.X2ApicDivideConfiguration:
                request = WriteDivideConfiguration(low, now);
                return MsrResult.Completed;
            case var entry when LocalVectorTable.Contains(entry):
                _vectors.Write(entry, low | (SoftwareEnabled ? 0 : LocalVectorTable.Masked));
                return MsrResult.Completed;
            default:
                return MsrResult.GeneralProtection;
        }
    }

    /// <summary>IA32_APIC_BASE: false, and nothing changed, if the mode cannot be reached from this one.</summary>
    /// <param name="value">What is written.</param>
    /// <param name="byGuest">By WRMSR, not by KVM_SET_MSRS.</param>
    public bool WriteBase(ulong value, bool byGuest)
    {
        ApicBaseRegister next = new(value);
        bool isAllowed = _base.Allows(next, byGuest);
        _base = isAllowed ? next : _base;
        return isAllowed;
    }

    private ulong? ReadRegister(uint msr, VirtualTime now) =>
        msr switch
        {
            MsrIndex.X2ApicId => _id,
            MsrIndex.X2ApicVersion => Version,
            MsrIndex.X2ApicTpr => Tpr,
            MsrIndex.X2ApicPpr => Ppr,
            MsrIndex.X2ApicLogicalDestination => InterruptCommand.LogicalId(_id),
            MsrIndex.X2ApicSpuriousVector => _spuriousVector,
            MsrIndex.X2ApicErrorStatus => 0,
            MsrIndex.X2ApicIcr => _interruptCommand,
            MsrIndex.X2ApicLvtTimer => LvtTimer,
            MsrIndex.X2ApicInitialCount => _initialCount,
            MsrIndex.X2ApicCurrentCount => CurrentCount(now),
            MsrIndex.X2ApicDivideConfiguration => _divideConfiguration,
            >= MsrIndex.X2ApicIsr and < MsrIndex.X2ApicIsr + 8 => _isr.Read(
                msr - MsrIndex.X2ApicIsr
            ),
            >= MsrIndex.X2ApicTmr and < MsrIndex.X2ApicTmr + 8 => _tmr.Read(
                msr - MsrIndex.X2ApicTmr
            ),
            >= MsrIndex.X2ApicIrr and < MsrIndex.X2ApicIrr + 8 => _irr.Read(
                msr - MsrIndex.X2ApicIrr
            ),
            _ when LocalVectorTable.Contains(msr) => _vectors.Read(msr),
            _ => null,
        };

    private static ulong ReservedBits(uint msr) =>
        msr switch
        {
            MsrIndex.X2ApicTpr or MsrIndex.X2ApicSelfIpi => AboveVector,
            MsrIndex.X2ApicEoi or MsrIndex.X2ApicErrorStatus => ulong.MaxValue,
            MsrIndex.X2ApicIcr => InterruptCommand.ReservedBits,
            _ => High,
        };

    private void WriteSpuriousVector(uint value)
    {
        _spuriousVector = value & SpuriousVectorBits;
        if (!SoftwareEnabled)
        {
            TimerMasked = true;
            _vectors.MaskAll();
        }
    }
}
