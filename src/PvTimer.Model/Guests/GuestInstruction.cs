using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests;

/// <summary>What a commanded guest can be told to do.</summary>
public enum GuestInstructionKind
{
    /// <summary>Programs its clock event device for a deadline <see cref="GuestInstruction.Span"/> from then.</summary>
    Program,

    /// <summary>Programs its clock event device for the guest TSC in Value; 0 shuts it down.</summary>
    ProgramTsc,

    /// <summary>WRMSR of IA32_TSC_DEADLINE, whatever the back-end, Span from then.</summary>
    WriteDeadline,

    /// <summary>WRMSR of Msr with Value.</summary>
    WriteMsr,

    /// <summary>RDMSR of Msr.</summary>
    ReadMsr,

    /// <summary>Computes for Span; interrupts may come between.</summary>
    Compute,

    /// <summary>HLT: until an interrupt was handled.</summary>
    Halt,

    /// <summary>Stays in guest mode until an interrupt was handled.</summary>
    Wait,
}

/// <summary>One thing that a commanded guest is told to do.</summary>
public readonly record struct GuestInstruction
{
    private GuestInstruction(GuestInstructionKind kind) => Kind = kind;

    public GuestInstructionKind Kind { get; }

    public VirtualDuration Span { get; private init; }

    public uint Msr { get; private init; }

    public ulong Value { get; private init; }

    public static GuestInstruction Halt { get; } = new(GuestInstructionKind.Halt);

    public static GuestInstruction Wait { get; } = new(GuestInstructionKind.Wait);

    /// <param name="span">From when it is done; negative: a deadline in the past.</param>
    public static GuestInstruction Program(VirtualDuration span) =>
        new(GuestInstructionKind.Program) { Span = span };

    public static GuestInstruction ProgramTsc(TscTicks deadline) =>
        new(GuestInstructionKind.ProgramTsc) { Value = deadline.Value };

    /// <param name="span">From when it is done; negative: a deadline in the past.</param>
    public static GuestInstruction WriteDeadline(VirtualDuration span) =>
        new(GuestInstructionKind.WriteDeadline) { Span = span };

    /// <exception cref="ArgumentException">It sends an IPI that the machine does not have.</exception>
    public static GuestInstruction WriteMsr(uint msr, ulong value) =>
        IsModelled(msr, value)
            ? new(GuestInstructionKind.WriteMsr) { Msr = msr, Value = value }
            : throw new ArgumentException(
                "the machine has IPIs of delivery mode fixed, lowest priority, NMI, INIT and start-up",
                nameof(value)
            );

    /// <summary>Every write is, but for IPIs of a delivery mode that the machine does not have.</summary>
    public static bool IsModelled(uint msr, ulong value) =>
        msr != MsrIndex.X2ApicIcr || new InterruptCommand(value).IsModelled;

    public static GuestInstruction ReadMsr(uint msr) =>
        new(GuestInstructionKind.ReadMsr) { Msr = msr };

    /// <param name="span">Not negative.</param>
    public static GuestInstruction Compute(VirtualDuration span) =>
        new(GuestInstructionKind.Compute) { Span = span };

    /// <summary>The same with another span; instructions without one stay as they are.</summary>
    public GuestInstruction WithSpan(VirtualDuration span) =>
        Kind
            is GuestInstructionKind.Program
                or GuestInstructionKind.WriteDeadline
                or GuestInstructionKind.Compute
            ? this with
            {
                Span = span,
            }
            : this;

    public override string ToString() =>
        Kind switch
        {
            GuestInstructionKind.Halt or GuestInstructionKind.Wait => $"{Kind}",
            GuestInstructionKind.ProgramTsc => $"{Kind} {Value}",
            GuestInstructionKind.WriteMsr => $"{Kind} 0x{Msr:x} {Value}",
            GuestInstructionKind.ReadMsr => $"{Kind} 0x{Msr:x}",
            _ => $"{Kind} {Span}",
        };

    /// <summary>In both directions.</summary>
    internal static GuestInstruction Transfer(StateTransfer state, GuestInstruction instruction) =>
        new(state.Enumeration(instruction.Kind))
        {
            Span = state.Value(instruction.Span),
            Msr = state.Value(instruction.Msr),
            Value = state.Value(instruction.Value),
        };

    internal GuestStep ToStep(in GuestContext context) =>
        Kind switch
        {
            GuestInstructionKind.Program => GuestStep.ProgramDeadline(context.TscIn(Span)),
            GuestInstructionKind.ProgramTsc => GuestStep.ProgramDeadline(new TscTicks(Value)),
            GuestInstructionKind.WriteDeadline => GuestStep.WriteMsr(
                MsrIndex.Ia32TscDeadline,
                context.TscIn(Span).Value
            ),
            GuestInstructionKind.WriteMsr => GuestStep.WriteMsr(Msr, Value),
            GuestInstructionKind.ReadMsr => GuestStep.ReadMsr(Msr),
            GuestInstructionKind.Compute => GuestStep.Compute(Span),
            GuestInstructionKind.Halt => GuestStep.Halt,
            _ => GuestStep.Wait,
        };
}
