using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PvTimer.Model.Apic;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests;

/// <summary>What a recorded vCPU did, or what happened to it, one line of its trace.</summary>
public enum RecordedStepKind
{
    /// <summary>The guest wrote IA32_TSC_DEADLINE; Value is the deadline (guest TSC), 0 disarms.</summary>
    ProgramDeadline,

    /// <summary>The guest wrote the x2APIC ICR (MSR 0x830); Value is the ICR.</summary>
    SendIpi,

    /// <summary>The guest halted (HLT with interrupts enabled).</summary>
    Halt,

    /// <summary>The guest began to poll for work in its idle loop: it stays in guest mode.</summary>
    Poll,

    /// <summary>
    /// The guest entered its timer interrupt. Value is the index, among this vCPU's ProgramDeadline steps,
    /// of the write that armed it; <see cref="RecordedStep.NoWrite"/> if it was armed before the trace.
    /// </summary>
    TimerInterrupt,

    /// <summary>
    /// The guest entered the interrupt of an IPI that a recorded SendIpi of another vCPU explains;
    /// Value is the vector (0-255).
    /// </summary>
    IpiInterrupt,

    /// <summary>
    /// An IPI's interrupt that must not be waited for: by the recorded order, its sender waits for what comes
    /// after it. It comes at its recorded time; Value is the vector (0-255).
    /// </summary>
    BrokenIpiInterrupt,

    /// <summary>A wake-up or interrupt from outside the guest (a device): it stays at its recorded time.</summary>
    DeviceInterrupt,

    /// <summary>The guest left the innermost interrupt handler.</summary>
    InterruptEnd,

    /// <summary>
    /// The guest came back from an exit that no timer caused; Value is a <see cref="RecordedExit"/>'s. Only host
    /// recordings have them.
    /// </summary>
    Exit,
}

/// <summary>One step of a recorded vCPU.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="At">When, on the guest's TSC.</param>
/// <param name="Value">Meaning by kind.</param>
// Recordings have millions: fields are packed into 24 bytes; in the order of their declaration they need 32.
[StructLayout(LayoutKind.Auto)]
public readonly record struct RecordedStep(RecordedStepKind Kind, TscTicks At, ulong Value)
{
    /// <summary>"No recorded write armed this interrupt."</summary>
    public const ulong NoWrite = ulong.MaxValue;

    /// <summary>
    /// How many ICR writes an IPI's interrupt answers: requests of one vector coalesce. 0 counts as 1.
    /// </summary>
    public int Answers { get; init; }
}

/// <summary>Where a recording's latenesses end.</summary>
public enum LatenessEnd
{
    /// <summary>At the first line of the guest's handler: recorded inside the guest.</summary>
    InterruptEntry,

    /// <summary>Where KVM injected the interrupt: recorded on the host, before the guest entered its handler.</summary>
    Injection,
}

/// <summary>A recorded guest, ready to be replayed: per vCPU its steps in the order of their times.</summary>
/// <param name="Start">The guest TSC at virtual time zero: the first time stamp of the trace.</param>
/// <param name="End">The last time stamp of the trace.</param>
/// <param name="Frequency">The guest's TSC frequency.</param>
/// <param name="Vcpus">Steps by vCPU.</param>
public sealed record RecordedGuest(
    TscTicks Start,
    TscTicks End,
    TscFrequency Frequency,
    ImmutableArray<ImmutableArray<RecordedStep>> Vcpus
)
{
    /// <summary>What its latenesses count from.</summary>
    public LatenessReference Reference { get; init; } = LatenessReference.Deadline;

    /// <summary>What the times of its timer interrupts are the times of.</summary>
    public LatenessEnd LatenessEnd { get; init; }

    /// <summary>All exits that a host recorded, by reason; empty for recordings made inside the guest.</summary>
    public ImmutableArray<ExitStatistics> Exits { get; init; } = [];

    private const byte FirstDeviceVector = 0x23;
    private const byte LastDeviceVector = 0xeb;

    /// <summary>
    /// By vCPU the x2APIC id that the recorded ICR writes name it by: a vCPU is the n-th recorded CPU, whatever
    /// its number is. Empty: a vCPU's id is its index.
    /// </summary>
    public ImmutableArray<uint> ApicIds { get; init; } = [];

    /// <summary>
    /// The vector of recorded devices, which one is not recorded: the lowest that no recorded IPI uses, so that
    /// the two are never taken for one another; below the timer's class.
    /// </summary>
    public byte DeviceVector { get; } = FreeVector(Vcpus);

    private static byte FreeVector(ImmutableArray<ImmutableArray<RecordedStep>> vcpus)
    {
        VectorBitmap used = default;
        foreach (ImmutableArray<RecordedStep> steps in vcpus)
        {
            foreach (RecordedStep step in steps)
            {
                if (step.Kind == RecordedStepKind.SendIpi)
                {
                    used.Set(new InterruptCommand(step.Value).Vector);
                }
            }
        }
        byte vector = FirstDeviceVector;
        while (vector < LastDeviceVector && used.Contains(vector))
        {
            vector++;
        }
        return vector;
    }
}
