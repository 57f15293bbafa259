using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Observing;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// The guest on one vCPU. A commanded guest does what it is told, in the order in which it is told, while
/// virtual time passes; what every guest does can be expected.
/// </summary>
public sealed class GuestHandle
{
    private readonly VcpuHandle _vcpu;

    internal GuestHandle(VcpuHandle vcpu) => _vcpu = vcpu;

    /// <summary>Programs its clock event device, as Linux does.</summary>
    /// <param name="in">The deadline, from then; negative: in the past.</param>
    public void ProgramDeadline(VirtualDuration @in) => Do(GuestInstruction.Program(@in));

    /// <summary>Programs its clock event device for an absolute value of its TSC.</summary>
    public void ProgramDeadlineAt(TscTicks tsc) => Do(GuestInstruction.ProgramTsc(tsc));

    /// <summary>Shuts its clock event device down: a deadline of 0.</summary>
    public void Disarm() => Do(GuestInstruction.ProgramTsc(TscTicks.Zero));

    /// <summary>WRMSR of IA32_TSC_DEADLINE, past the page, as firmware does.</summary>
    /// <param name="in">The deadline, from then; negative: in the past.</param>
    public void WriteDeadline(VirtualDuration @in) => Do(GuestInstruction.WriteDeadline(@in));

    public void WriteMsr(uint msr, ulong value) => Do(GuestInstruction.WriteMsr(msr, value));

    /// <summary>RDMSR; <see cref="ExpectMsrRead"/> gives the answer.</summary>
    public void ReadMsr(uint msr) => Do(GuestInstruction.ReadMsr(msr));

    /// <summary>Computes, in guest mode; interrupts may come between.</summary>
    public void Compute(VirtualDuration span) => Do(GuestInstruction.Compute(span));

    /// <summary>HLT, until an interrupt was handled.</summary>
    public void Halt() => Do(GuestInstruction.Halt);

    /// <summary>Stays in guest mode until an interrupt was handled.</summary>
    public void Wait() => Do(GuestInstruction.Wait);

    /// <summary>Several instructions, one after the other.</summary>
    /// <param name="instructions">Behind what it was told before.</param>
    /// <param name="inHandler">What its interrupt handlers do from now on before the EOI; null: as before.</param>
    /// <exception cref="ArgumentException">No scenario could say one of them.</exception>
    /// <exception cref="InvalidOperationException">Its guest is no commanded one.</exception>
    public void Do(
        ImmutableArray<GuestInstruction> instructions,
        ImmutableArray<GuestInstruction>? inHandler = null
    )
    {
        foreach (GuestInstruction instruction in instructions.Concat(inHandler ?? []))
        {
            if (!InstructionText.CanSay(instruction))
            {
                throw new ArgumentException(
                    $"'{InstructionText.Write(instruction)}' is no instruction; accepted: {InstructionText.Forms}",
                    nameof(instructions)
                );
            }
        }
        if (!_vcpu.TakesCommands)
        {
            throw new InvalidOperationException(
                $"the guest of {_vcpu.Vm} takes no commands; accepted: a VM with {nameof(CommandedGuest)}, or with a program"
            );
        }
        _vcpu.Do(at => new CommandSettings(at, _vcpu.Vm, _vcpu.Index, instructions, inHandler));
    }

    /// <summary>What its interrupt handlers do from now on before the EOI.</summary>
    public void InHandler(params ImmutableArray<GuestInstruction> instructions) =>
        Do([], instructions);

    private void Do(GuestInstruction instruction) => Do([instruction]);

    /// <summary>Its next interrupt handler begins.</summary>
    /// <param name="at">Exactly then; null: whenever it does.</param>
    /// <param name="vector">Of this vector; null: any.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public InterruptTaken ExpectInterrupt(
        VirtualDuration? at = null,
        byte? vector = null,
        CancellationToken cancel = default
    ) =>
        _vcpu.ExpectMsg<InterruptTaken>(
            at,
            where: taken => vector is null || taken.Vector == vector,
            cancel: cancel
        );

    /// <summary>The handler of its LVT timer begins.</summary>
    /// <param name="at">Exactly then; null: whenever it does.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public InterruptTaken ExpectTimer(
        VirtualDuration? at = null,
        CancellationToken cancel = default
    ) =>
        _vcpu.ExpectMsg<InterruptTaken>(
            at,
            where: taken => taken.Deadline is not null,
            cancel: cancel
        );

    /// <summary>No interrupt handler begins until an instant.</summary>
    /// <param name="until">What begins at it is not asked for any more.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public void ExpectNoInterrupt(VirtualDuration until, CancellationToken cancel = default) =>
        _vcpu.ExpectNo<InterruptTaken>(until, cancel: cancel);

    /// <summary>The answer to its next RDMSR of a register.</summary>
    /// <param name="msr">Which.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public ulong ExpectMsrRead(uint msr, CancellationToken cancel = default) =>
        Accessed(
            access =>
                access.Msr == msr
                && access is { Kind: MsrAccessKind.Read, Result: MsrResult.Completed },
            cancel
        ).Value;

    /// <summary>Its next access of a register faults: #GP.</summary>
    /// <param name="msr">Which.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public void ExpectGeneralProtection(uint msr, CancellationToken cancel = default) =>
        Accessed(
            access => access.Msr == msr && access.Result == MsrResult.GeneralProtection,
            cancel
        );

    private MsrAccessed Accessed(Func<MsrAccessed, bool> where, CancellationToken cancel) =>
        _vcpu.ExpectMsg(where: where, cancel: cancel);
}
