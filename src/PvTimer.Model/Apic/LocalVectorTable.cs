using PvTimer.Model.Msrs;
using PvTimer.Model.State;

namespace PvTimer.Model.Apic;

/// <summary>
/// The entries of the local vector table beside the timer's, as registers: they are kept and masked, nothing of
/// the machine raises them.
/// </summary>
internal struct LocalVectorTable
{
    /// <summary>Bit 16 of an entry: masked.</summary>
    public const uint Masked = 1u << 16;

    /// <summary>Bit 12 of an entry: delivery status. KVM keeps what is written.</summary>
    public const uint SendPending = 1u << 12;

    /// <summary>Vector, delivery status and mask (apic_lvt_mask).</summary>
    private const uint ErrorBits = Masked | SendPending | 0xff;

    /// <summary>With the delivery mode.</summary>
    private const uint CounterBits = ErrorBits | 0x700;

    /// <summary>With polarity, remote IRR and trigger mode, too (SDM figure 12-8).</summary>
    private const uint PinBits = CounterBits | 0xe000;

    /// <summary>Delivery mode ExtINT: what LINT0 of the bootstrap processor has after a reset (KVM_X86_QUIRK_LINT0_REENABLED).</summary>
    private const uint ExternalInterrupts = 0x700;

    private uint _thermal;
    private uint _performanceCounters;
    private uint _lint0;
    private uint _lint1;
    private uint _error;

    /// <summary>As Linux has set it up when it has booted; all but errors and NMIs of the first CPU masked.</summary>
    public static LocalVectorTable Booted(bool isBootstrapProcessor) =>
        new()
        {
            _thermal = Masked,
            _performanceCounters = 0x400,
            _lint0 = Masked | ExternalInterrupts,
            _lint1 = isBootstrapProcessor ? 0x400 : Masked | 0x400,
            _error = 0xfe,
        };

    /// <summary>After INIT.</summary>
    public static LocalVectorTable AfterReset(bool isBootstrapProcessor)
    {
        LocalVectorTable entries = default;
        entries.MaskAll();
        entries._lint0 = isBootstrapProcessor ? ExternalInterrupts : Masked;
        return entries;
    }

    public static bool Contains(uint msr) =>
        msr is >= MsrIndex.X2ApicLvtThermal and <= MsrIndex.X2ApicLvtError;

    public readonly uint Read(uint msr) =>
        msr switch
        {
            MsrIndex.X2ApicLvtThermal => _thermal,
            MsrIndex.X2ApicLvtPerformanceCounters => _performanceCounters,
            MsrIndex.X2ApicLvtLint0 => _lint0,
            MsrIndex.X2ApicLvtLint1 => _lint1,
            _ => _error,
        };

    /// <summary>Bits that an entry does not have are dropped, as KVM does.</summary>
    public void Write(uint msr, uint value)
    {
        switch (msr)
        {
            case MsrIndex.X2ApicLvtThermal:
                _thermal = value & CounterBits;
                break;
            case MsrIndex.X2ApicLvtPerformanceCounters:
                _performanceCounters = value & CounterBits;
                break;
            case MsrIndex.X2ApicLvtLint0:
                _lint0 = value & PinBits;
                break;
            case MsrIndex.X2ApicLvtLint1:
                _lint1 = value & PinBits;
                break;
            default:
                _error = value & ErrorBits;
                break;
        }
    }

    /// <summary>A software disable: every entry is masked.</summary>
    public void MaskAll()
    {
        _thermal |= Masked;
        _performanceCounters |= Masked;
        _lint0 |= Masked;
        _lint1 |= Masked;
        _error |= Masked;
    }

    /// <summary>"thermal 0x10000, counters 0x400, LINT0 0x10700, LINT1 0x400, error 0xfe".</summary>
    public override readonly string ToString() =>
        $"thermal 0x{_thermal:x}, counters 0x{_performanceCounters:x}, LINT0 0x{_lint0:x}, LINT1 0x{_lint1:x}, error 0x{_error:x}";

    /// <summary>The five entries, in both directions.</summary>
    public void Transfer(StateTransfer state)
    {
        _thermal = state.Value(_thermal);
        _performanceCounters = state.Value(_performanceCounters);
        _lint0 = state.Value(_lint0);
        _lint1 = state.Value(_lint1);
        _error = state.Value(_error);
    }
}
