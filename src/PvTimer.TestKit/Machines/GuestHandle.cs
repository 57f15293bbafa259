using System.Collections.Immutable;
using PvTimer.Model.Guests;
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
    public void Do(
        ImmutableArray<GuestInstruction> instructions,
        ImmutableArray<GuestInstruction>? inHandler = null
    ) => _vcpu.Do(at => new CommandSettings(at, _vcpu.Vm, _vcpu.Index, instructions, inHandler));

    /// <summary>What its interrupt handlers do from now on before the EOI.</summary>
    public void InHandler(params ImmutableArray<GuestInstruction> instructions) =>
        Do([], instructions);

    private void Do(GuestInstruction instruction) => Do([instruction]);

    /// <summary>Its next interrupt handler begins.</summary>
    /// <param name="at">Exactly then; null: whenever it does.</param>
    /// <param name="vector">Of this vector; null: any.</param>
    public InterruptTaken ExpectInterrupt(VirtualDuration? at = null, byte? vector = null) =>
        _vcpu.ExpectMsg<InterruptTaken>(
            at,
            where: taken => vector is null || taken.Vector == vector
        );

    /// <summary>The handler of its LVT timer begins.</summary>
    /// <param name="at">Exactly then; null: whenever it does.</param>
    public InterruptTaken ExpectTimer(VirtualDuration? at = null) =>
        _vcpu.ExpectMsg<InterruptTaken>(at, where: taken => taken.Deadline is not null);

    /// <summary>No interrupt handler begins until an instant.</summary>
    public void ExpectNoInterrupt(VirtualDuration until) => _vcpu.ExpectNo<InterruptTaken>(until);

    /// <summary>The answer to its next RDMSR of a register.</summary>
    public ulong ExpectMsrRead(uint msr) => Accessed(msr).Value;

    /// <summary>Its next access of a register faults: #GP.</summary>
    public void ExpectGeneralProtection(uint msr) =>
        _vcpu.ExpectMsg<MsrAccessed>(where: access =>
            access.Msr == msr && access.Result == MsrResult.GeneralProtection
        );

    private MsrAccessed Accessed(uint msr) =>
        _vcpu.ExpectMsg<MsrAccessed>(where: access =>
            access.Msr == msr && access.Result == MsrResult.Completed
        );
}
