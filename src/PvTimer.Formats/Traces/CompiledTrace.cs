using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>A trace as a guest that can be replayed; vCPU i is entry i of <paramref name="Cpus"/>.</summary>
/// <param name="Guest">The steps of every vCPU.</param>
/// <param name="Cpus">What the recording of each CPU lacks; ascending by CPU.</param>
public sealed record CompiledTrace(RecordedGuest Guest, ImmutableArray<CompiledCpu> Cpus)
{
    private const int MostIdsNamed = 8;

    /// <summary>What two stamps in microseconds can hide is said of no recording.</summary>
    private static readonly VirtualDuration BlurWorthSaying = VirtualDuration.FromMicroseconds(5);

    /// <summary>How a host's recording was understood; null: it was made inside the guest.</summary>
    public HostRecording? Host { get; init; }

    /// <summary>Where the frequency of the guest's TSC comes from.</summary>
    public TscSource TscSource { get; init; }

    /// <summary>
    /// By how much latenesses at the recording's two ends may be off because the rate of its clock was fitted.
    /// </summary>
    public VirtualDuration Blur { get; init; }

    /// <summary>0x6e0 writes, disarming ones included.</summary>
    public long DeadlineWrites =>
        Guest.Vcpus.Sum(steps =>
            steps.LongCount(step => step.Kind == RecordedStepKind.ProgramDeadline)
        );

    /// <summary>Interrupts of IPIs that come at their recorded time: vCPUs would wait in a circle for them.</summary>
    public long BrokenWaits { get; init; }

    /// <summary>x2APIC ids of CPUs that were not recorded, ascending, and how many ICR writes name each.</summary>
    public ImmutableArray<UnrecordedCpu> Unrecorded { get; init; } = [];

    /// <summary>What a reader of results must know about how they were come by; one line each.</summary>
    public IEnumerable<string> Notes()
    {
        if (Blur > BlurWorthSaying)
        {
            yield return Text(
                $"the rate of its clock is fitted: latenesses at its two ends may be off by up to {Blur.Nanoseconds / 1_000} us (trace_clock x86-tsc, or the TSC's frequency, tells them)"
            );
        }
        foreach (CompiledCpu cpu in Cpus.Where(cpu => cpu.HaltsInferred))
        {
            yield return Text(
                cpu.Idle switch
                {
                    IdleSource.PollsAsSiblings =>
                        $"CPU {cpu.Cpu} recorded nothing of its idle loop: that it polls is inferred from the CPUs that did",
                    IdleSource.HaltsAsSiblings =>
                        $"CPU {cpu.Cpu} recorded nothing of its idle loop: that it halts is inferred from the CPUs that did",
                    _ =>
                        $"CPU {cpu.Cpu} recorded nothing of its idle loop, nor did any other: that it halts is assumed",
                }
            );
        }
        foreach (CompiledCpu cpu in Cpus.Where(cpu => cpu.HasGaps))
        {
            yield return Text(
                $"CPU {cpu.Cpu}: {cpu.UnansweredDeadlines} deadlines were due without an interrupt, {cpu.UnpairedInterrupts} timer interrupts came without their write: events are missing from the recording, and the text of perf, for one, does not say so"
            );
        }
        if (!Unrecorded.IsEmpty)
        {
            string ids = string.Join(
                ", ",
                Unrecorded.Take(MostIdsNamed).Select(cpu => Text($"{cpu.ApicId} ({cpu.Writes})"))
            );
            string more = Unrecorded.Length > MostIdsNamed ? ", ..." : "";
            yield return Text(
                $"{Unrecorded.Sum(cpu => cpu.Writes)} IPIs go to x2APIC ids that were not recorded, {ids}{more}: they cost their exit and reach no vCPU"
            );
        }
        if (BrokenWaits > 0)
        {
            yield return Text(
                $"{BrokenWaits} IPIs would be waited for in a circle: their interrupts come at their recorded time"
            );
        }
    }

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A CPU that IPIs were sent to and that recorded nothing.</summary>
/// <param name="ApicId">Its x2APIC id.</param>
/// <param name="Writes">ICR writes that name it.</param>
public sealed record UnrecordedCpu(uint ApicId, long Writes);

/// <summary>How it is known what a CPU did while it had nothing to do.</summary>
public enum IdleSource
{
    /// <summary>It recorded cpu_idle.</summary>
    Recorded,

    /// <summary>It did not; the CPUs that did polled.</summary>
    PollsAsSiblings,

    /// <summary>It did not; the CPUs that did halted.</summary>
    HaltsAsSiblings,

    /// <summary>No CPU did.</summary>
    HaltsAssumed,
}

/// <summary>How one CPU's recording was understood.</summary>
/// <param name="Cpu">Its number in the recording.</param>
/// <param name="HaltsInferred">It recorded no cpu_idle; see InferredIdle for the rule.</param>
/// <param name="UnpairedInterrupts">Timer interrupts whose write the trace does not have.</param>
/// <param name="UnmatchedExits">Ends of interrupts that began before the trace.</param>
public sealed record CompiledCpu(
    int Cpu,
    bool HaltsInferred,
    long UnpairedInterrupts,
    long UnmatchedExits
)
{
    /// <summary>What its idle periods are known from.</summary>
    public IdleSource Idle { get; init; }

    /// <summary>Its writes of deadlines.</summary>
    public long Deadlines { get; init; }

    /// <summary>Deadlines that were due, long before the next was written, and whose interrupt the trace does not have.</summary>
    public long UnansweredDeadlines { get; init; }

    /// <summary>
    /// Events are missing from the middle of the trace, whatever it says of losses: what the beginning alone cuts off
    /// is one write. Not told of a CPU that recorded nothing of its idle loop, whose writes are missing in any case.
    /// </summary>
    public bool HasGaps =>
        !HaltsInferred
        && (Math.Max(0, UnpairedInterrupts - 1) + UnansweredDeadlines) * 100 > Deadlines;
}
