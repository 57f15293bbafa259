using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Guests;

/// <summary>What a guest can do next.</summary>
public enum GuestStepKind
{
    /// <summary>Computes for <see cref="GuestStep.Length"/>; interrupts may come between.</summary>
    Compute,

    /// <summary>Stays in guest mode until an interrupt was handled (idle=poll, or a long computation).</summary>
    Wait,

    /// <summary>HLT: leaves guest mode until an interrupt was handled.</summary>
    Halt,

    /// <summary>Programs its clock event device: Value is the deadline (guest TSC), 0 shuts it down.</summary>
    ProgramDeadline,

    /// <summary>WRMSR of <see cref="GuestStep.Msr"/> with Value.</summary>
    WriteMsr,

    /// <summary>RDMSR of <see cref="GuestStep.Msr"/>; the answer comes to the program.</summary>
    ReadMsr,

    /// <summary>EOI and return from the interrupt handler.</summary>
    EndOfInterrupt,

    /// <summary>
    /// Does what makes it leave guest mode for <see cref="GuestStep.Reason"/>; KVM handles it for
    /// <see cref="GuestStep.Length"/>.
    /// </summary>
    Exit,

    /// <summary>
    /// Takes no time. From outside the guest, interrupt Value (a vector) comes at <see cref="GuestStep.At"/>.
    /// </summary>
    ExpectDevice,

    /// <summary>Programs its clock event device for its tick, which a back-end may have otherwise.</summary>
    ProgramTick,
}

/// <summary>One step of a guest program.</summary>
public readonly record struct GuestStep
{
    private GuestStep(GuestStepKind kind) => Kind = kind;

    public GuestStepKind Kind { get; }

    public VirtualDuration Length { get; private init; }

    public uint Msr { get; private init; }

    public ulong Value { get; private init; }

    public VirtualTime At { get; private init; }

    public VmExitReason Reason { get; private init; }

    public static GuestStep Wait { get; } = new(GuestStepKind.Wait);

    public static GuestStep Halt { get; } = new(GuestStepKind.Halt);

    public static GuestStep EndOfInterrupt { get; } = new(GuestStepKind.EndOfInterrupt);

    public static GuestStep Compute(VirtualDuration length) =>
        new(GuestStepKind.Compute) { Length = length };

    public static GuestStep ProgramDeadline(TscTicks deadline) =>
        new(GuestStepKind.ProgramDeadline) { Value = deadline.Value };

    public static GuestStep ProgramTick(TscTicks deadline) =>
        new(GuestStepKind.ProgramTick) { Value = deadline.Value };

    public static GuestStep WriteMsr(uint msr, ulong value) =>
        new(GuestStepKind.WriteMsr) { Msr = msr, Value = value };

    public static GuestStep ReadMsr(uint msr) => new(GuestStepKind.ReadMsr) { Msr = msr };

    public static GuestStep ExpectDevice(byte vector, VirtualTime at) =>
        new(GuestStepKind.ExpectDevice) { Value = vector, At = at };

    /// <summary>An exit that is neither HLT nor a timer's.</summary>
    public static GuestStep Exit(VmExitReason reason, VirtualDuration length) =>
        new(GuestStepKind.Exit) { Reason = reason, Length = length };

    /// <summary>A step that a program keeps for later, in both directions.</summary>
    public static GuestStep Transfer(StateTransfer state, GuestStep step)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new GuestStep(state.Enumeration(step.Kind))
        {
            Length = state.Value(step.Length),
            Msr = state.Value(step.Msr),
            Value = state.Value(step.Value),
            At = state.Value(step.At),
            Reason = state.Enumeration(step.Reason),
        };
    }
}
