using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;

namespace PvTimer.Formats.Traces;

/// <summary>A trace as a guest that can be replayed; vCPU i is entry i of <paramref name="Cpus"/>.</summary>
/// <param name="Guest">The steps of every vCPU.</param>
/// <param name="Cpus">What the recording of each CPU lacks; ascending by CPU.</param>
public sealed record CompiledTrace(RecordedGuest Guest, ImmutableArray<CompiledCpu> Cpus)
{
    /// <summary>How a host's recording was understood; null: it was made inside the guest.</summary>
    public HostRecording? Host { get; init; }

    /// <summary>0x6e0 writes, disarming ones included.</summary>
    public long DeadlineWrites =>
        Guest.Vcpus.Sum(steps =>
            steps.LongCount(step => step.Kind == RecordedStepKind.ProgramDeadline)
        );
}

/// <summary>How one CPU's recording was understood.</summary>
/// <param name="Cpu">Its number in the recording.</param>
/// <param name="HaltsInferred">It recorded no cpu_idle; see InferredHalts for the rule.</param>
/// <param name="UnpairedInterrupts">Timer interrupts whose write the trace does not have.</param>
/// <param name="UnmatchedExits">Ends of interrupts that began before the trace.</param>
public sealed record CompiledCpu(
    int Cpu,
    bool HaltsInferred,
    long UnpairedInterrupts,
    long UnmatchedExits
);
