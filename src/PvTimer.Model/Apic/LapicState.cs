using PvTimer.Model.Time;

namespace PvTimer.Model.Apic;

/// <summary>What KVM_GET_LAPIC and a checkpoint keep: every volatile field of <see cref="Lapic"/>.</summary>
public sealed record LapicState(
    bool Enabled,
    byte Tpr,
    VectorBitmap Irr,
    VectorBitmap Isr,
    byte TimerVector,
    bool TimerMasked,
    LvtTimerMode TimerMode,
    TscTicks TscDeadline,
    uint InitialCount,
    int DivideShift,
    VirtualTime Target
);
