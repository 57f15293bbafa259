using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.Model.Costs;

/// <summary>
/// What every step costs on one kind of host: a file of `config/costs`, where each key stands with unit and
/// source. All spans; the pCPU that does a thing pays for it.
/// </summary>
public sealed record CostProfile
{
    public required string Name { get; init; }

    /// <summary>From the last guest instruction to KVM's exit handler.</summary>
    public required VirtualDuration ExitTransition { get; init; }

    /// <summary>From KVM's decision to enter to the first guest instruction.</summary>
    public required VirtualDuration EntryTransition { get; init; }

    /// <summary>Handler of MSR_WRITE, without what it arms, cancels or sends.</summary>
    public required VirtualDuration MsrWriteHandler { get; init; }

    /// <summary>
    /// Handler of PREEMPTION_TIMER, with what it does to the timer; null: the processor has no such timer, or the
    /// profile has no figure for it.
    /// </summary>
    public VirtualDuration? PreemptionTimerHandler { get; init; }

    /// <summary>A write of IA32_TSC_DEADLINE that is handled with interrupts off (fastpath); null: the profile has no figure for it.</summary>
    public VirtualDuration? FastMsrWriteHandler { get; init; }

    /// <summary>PREEMPTION_TIMER, handled with interrupts off (fastpath); null: the profile has no figure for it.</summary>
    public VirtualDuration? FastPreemptionTimerHandler { get; init; }

    /// <summary>Handler of HLT up to the decision to poll or to block.</summary>
    public required VirtualDuration HltHandler { get; init; }

    /// <summary>
    /// Handler of EXTERNAL_INTERRUPT, without the host's interrupt itself. Means per exit that `perf kvm stat` prints
    /// count from kvm_exit to kvm_entry: they hold both, and no transition.
    /// </summary>
    public required VirtualDuration ExternalInterruptHandler { get; init; }

    /// <summary>`hrtimer_start` on the CPU that calls it.</summary>
    public required VirtualDuration HrtimerStart { get; init; }

    /// <summary>
    /// `hrtimer_cancel` of a timer that is queued on the CPU that calls it; each further callback of one timer
    /// interrupt takes as long.
    /// </summary>
    public required VirtualDuration HrtimerCancel { get; init; }

    /// <summary>
    /// Host timer interrupt: LAPIC, entry, one hrtimer's callback, exit; without what the callback wakes or posts.
    /// May be a table.
    /// </summary>
    public required CostDistribution TimerInterrupt { get; init; }

    /// <summary>Host handler of a function-call or reschedule IPI, without what it runs.</summary>
    public required VirtualDuration IpiHandler { get; init; }

    /// <summary>From an interrupt's arrival at a core in guest mode to the start of its VM-exit.</summary>
    public required VirtualDuration InterruptRecognition { get; init; }

    /// <summary>Sending an IPI, for the sender: doorbells, notifications, reschedule IPIs, guests' IPIs.</summary>
    public required VirtualDuration IpiSend { get; init; }

    /// <summary>From the ICR write to the arrival at a core of the same socket.</summary>
    public required VirtualDuration IpiSameSocket { get; init; }

    /// <summary>From the ICR write to the arrival at a core of another socket.</summary>
    public required VirtualDuration IpiCrossSocket { get; init; }

    /// <summary>Hardware's posted-interrupt processing of a notification in guest mode (PIR to IRR).</summary>
    public required VirtualDuration PostedInterruptProcessing { get; init; }

    /// <summary>A modified cache line from a core of the same socket: the `d` of the shared page.</summary>
    public required VirtualDuration LineTransferSameSocket { get; init; }

    /// <summary>A modified cache line from a core of another socket.</summary>
    public required VirtualDuration LineTransferCrossSocket { get; init; }

    /// <summary>
    /// Making a blocked thread runnable (`try_to_wake_up`), for the CPU that does it; where a device does, the
    /// vCPU's own.
    /// </summary>
    public required VirtualDuration ThreadWake { get; init; }

    /// <summary>Switching a pCPU from one thread (or idle) to another; none if the same is picked again.</summary>
    public required VirtualDuration ContextSwitch { get; init; }

    /// <summary>From the wake-up condition to the end of the halt-polling loop.</summary>
    public required VirtualDuration PollExit { get; init; }

    /// <summary>Time slice of a vCPU thread when others are runnable.</summary>
    public required VirtualDuration SchedulerSlice { get; init; }

    /// <summary>A woken thread preempts one that has run for at least this long more than it.</summary>
    public required VirtualDuration WakeUpGranularity { get; init; }

    /// <summary>Scan: work per vCPU beside its two line transfers.</summary>
    public required VirtualDuration ScanPerVcpu { get; init; }

    /// <summary>Scan: work per VM (`use_mm`, `unuse_mm`).</summary>
    public required VirtualDuration ScanPerVm { get; init; }

    /// <summary>Guest: from vector delivery to the handler's first line (where ftrace stamps it).</summary>
    public required VirtualDuration GuestInterruptEntry { get; init; }

    /// <summary>Guest: programming its clock event device, without what the back-end adds.</summary>
    public required VirtualDuration GuestProgram { get; init; }

    /// <summary>How long leaving idle takes, by how long the pCPU had been idle; ascending, first from 0.</summary>
    public required ImmutableArray<IdleState> IdleStates { get; init; }

    /// <summary>
    /// What an interrupt of a vCPU in guest mode costs beside the fixed costs, by how long it had been there:
    /// what it runs evicts the host's interrupt path from the caches. Ascending, first from 0; empty: nothing.
    /// </summary>
    public ImmutableArray<RunningState> RunningStates { get; init; } = [];

    /// <summary>What else takes a pCPU from its guests now and then; null: nothing does.</summary>
    public HostNoise? Noise { get; init; }
}

/// <summary>One depth of sleep of a pCPU.</summary>
/// <param name="Name">As the platform calls it.</param>
/// <param name="From">Idle for at least this long.</param>
/// <param name="Wake">From the interrupt's arrival to the first instruction of its handler.</param>
public sealed record IdleState(string Name, VirtualDuration From, CostDistribution Wake);

/// <summary>One length of an undisturbed stay in guest mode.</summary>
/// <param name="Name">Free text.</param>
/// <param name="From">In guest mode for at least this long.</param>
/// <param name="Delay">Added to the handler of the EXTERNAL_INTERRUPT exit.</param>
public sealed record RunningState(string Name, VirtualDuration From, CostDistribution Delay);

/// <summary>
/// Interruptions of a pCPU that no guest caused: interrupts of devices, kernel threads, system management mode.
/// They come as a Poisson process, on each pCPU its own, and are accounted as interrupt time.
/// </summary>
/// <param name="Every">Mean time from one to the next, at least 1 ns.</param>
/// <param name="Length">How long one takes the pCPU away.</param>
public sealed record HostNoise(VirtualDuration Every, CostDistribution Length);
