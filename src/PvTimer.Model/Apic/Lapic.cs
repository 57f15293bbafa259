using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Apic;

/// <summary>
/// The local APIC of one vCPU as KVM emulates it: the LVT timer in its three modes, the priority logic
/// IRR/ISR/TPR/PPR/EOI, and the registers as the x2APIC has them (Intel SDM vol. 3A, 12.5.4, 12.8 and 12.12;
/// arch/x86/kvm/lapic.c).
/// </summary>
/// <remarks>
/// A pure state machine: time is handed in, and what must happen to host timers is handed back as a
/// <see cref="TimerRequest"/>. It begins as Linux leaves it after booting: x2APIC mode, the timer in deadline
/// mode.
/// </remarks>
public sealed partial class Lapic : IStateful
{
    // Configuration
    private readonly uint _id;
    private readonly long _busCycle;

    // Volatile state
    private ApicBaseRegister _base;
    private uint _spuriousVector = SoftwareEnable | 0xff;
    private ulong _interruptCommand;
    private LocalVectorTable _vectors;
    private VectorBitmap _irr;
    private VectorBitmap _isr;
    private VectorBitmap _tmr;

    /// <param name="guestTsc">The guest's TSC.</param>
    /// <param name="id">The x2APIC id.</param>
    /// <param name="isBootstrapProcessor">Its vCPU is the one that boots the others.</param>
    /// <param name="busCycle">What the counter counts, undivided; null: <see cref="UsualBusCycle"/>.</param>
    public Lapic(
        TscClock guestTsc,
        uint id = 0,
        bool isBootstrapProcessor = true,
        VirtualDuration? busCycle = null
    )
    {
        _id = id;
        _busCycle = (busCycle ?? UsualBusCycle).Nanoseconds;
        GuestTsc = guestTsc;
        _base = ApicBaseRegister.Booted(isBootstrapProcessor);
        _vectors = LocalVectorTable.Booted(isBootstrapProcessor);
    }

    /// <summary>KVM's APIC bus has 1 GHz (APIC_BUS_CYCLE_NS_DEFAULT), unless userspace sets another for the VM.</summary>
    public static VirtualDuration UsualBusCycle { get; } = VirtualDuration.FromNanoseconds(1);

    /// <summary>The guest's TSC; migration and a write of IA32_TSC set it anew.</summary>
    public TscClock GuestTsc { get; set; }

    /// <summary>IA32_APIC_BASE.</summary>
    public ApicBaseRegister Base => _base;

    /// <summary>IA32_APIC_BASE.EN; a disabled APIC ignores its timer's MSRs.</summary>
    public bool Enabled => _base.IsEnabled;

    /// <summary>Bit 8 of SVR: without it the local vector table is masked and no fixed interrupt is accepted.</summary>
    public bool SoftwareEnabled => (_spuriousVector & SoftwareEnable) != 0;

    /// <summary>Task priority: vectors of its class and below wait in the IRR.</summary>
    public byte Tpr { get; set; }

    /// <summary>The highest vector in service decides, or the TPR if its class is higher.</summary>
    public byte Ppr
    {
        get
        {
            int inService = Math.Max(_isr.Highest, 0) & 0xf0;
            return (Tpr & 0xf0) >= inService ? Tpr : (byte)inService;
        }
    }

    /// <summary>Processor priority: the higher class of TPR and the highest vector in service.</summary>
    public int PriorityClass => Ppr >> 4;

    /// <summary>The vector that would be delivered now; -1 if none.</summary>
    public int Deliverable =>
        Enabled && _irr.Highest >= 0 && _irr.Highest >> 4 > PriorityClass ? _irr.Highest : -1;

    /// <summary>The highest vector in service; -1 if none is.</summary>
    public int InService => _isr.Highest;

    /// <summary>Fixed interrupts are accepted (apic_enabled): the APIC is enabled by hardware and by software.</summary>
    public bool AcceptsInterrupts => Enabled && SoftwareEnabled;

    public bool IsRequested(byte vector) => _irr.Contains(vector);

    public bool IsInService(byte vector) => _isr.Contains(vector);

    /// <summary>
    /// Accepts an edge-triggered interrupt into the IRR. False if the vector was requested already: the two coalesce.
    /// </summary>
    public bool Request(byte vector)
    {
        bool added = !_irr.Contains(vector);
        _irr.Set(vector);
        _tmr.Clear(vector);
        return added;
    }

    /// <summary>The trigger mode with which a vector was accepted last: its bit of TMR.</summary>
    public void SetTriggerMode(byte vector, bool isLevel)
    {
        if (isLevel)
        {
            _tmr.Set(vector);
        }
        else
        {
            _tmr.Clear(vector);
        }
    }

    /// <summary>Moves everything posted into the IRR (KVM's sync_pir_to_irr, or hardware's own).</summary>
    public void RequestAll(ref VectorBitmap posted) => _irr.TakeAll(ref posted);

    /// <summary>The processor takes the highest deliverable vector: IRR to ISR.</summary>
    public byte Acknowledge()
    {
        byte vector = (byte)Deliverable;
        _irr.Clear(vector);
        _isr.Set(vector);
        return vector;
    }

    /// <summary>EOI: the highest vector in service ends. Without one it has no effect.</summary>
    public void EndOfInterrupt()
    {
        if (_isr.Highest >= 0)
        {
            _isr.Clear((byte)_isr.Highest);
        }
    }

    /// <summary>
    /// INIT (kvm_lapic_reset): the timer stops, the LVT is masked but for LINT0 of the bootstrap processor, nothing is
    /// requested or in service, and software has to enable it again. IA32_APIC_BASE and the id stay.
    /// </summary>
    public TimerRequest Reset()
    {
        Tpr = 0;
        _spuriousVector = 0xff;
        _interruptCommand = 0;
        _vectors = LocalVectorTable.AfterReset(_base.IsBootstrapProcessor);
        _irr = default;
        _isr = default;
        _tmr = default;
        TimerVector = 0;
        TimerMasked = true;
        TimerMode = LvtTimerMode.OneShot;
        _timerSendPending = false;
        _divideConfiguration = 0;
        _initialCount = 0;
        _target = Stopped;
        TscDeadline = TscTicks.Zero;
        return TimerRequest.Cancel;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _base = new ApicBaseRegister(state.Value(_base.Value));
        _spuriousVector = state.Value(_spuriousVector);
        _interruptCommand = state.Value(_interruptCommand);
        _vectors.Transfer(state);
        _irr.Transfer(state);
        _isr.Transfer(state);
        _tmr.Transfer(state);
        Tpr = state.Value(Tpr);
        TransferTimer(state);
        GuestTsc = state.Value(GuestTsc);
    }
}
