using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Migration;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Reports;

/// <summary>The numbers of one finished run, summed over all hosts and VMs.</summary>
public sealed record MachineReport(
    TimerCounts Timers,
    long DeadlineWrites,
    ImmutableArray<ExitStatistics> Exits,
    long TimerExits,
    ExactDistribution Lateness,
    long Ipis,
    long PostedInterrupts,
    long PageUpdates,
    long Scans,
    long TimerMigrations,
    CpuTime Cpu,
    CpuTime TimerCpu,
    FlawCounts Flaws,
    ReplayCounts? Replay,
    ImmutableArray<VcpuReport> Vcpus,
    ImmutableArray<MigrationReport> Migrations
)
{
    /// <summary>Exits that programmed a deadline: MSR_WRITE of IA32_TSC_DEADLINE.</summary>
    public long DeadlineExits => DeadlineExitsOf(Exits);

    /// <inheritdoc cref="ProgrammingExitsOf"/>
    public long ProgrammingExits => ProgrammingExitsOf(Exits);

    private static long DeadlineExitsOf(ImmutableArray<ExitStatistics> exits) =>
        WritesOf(exits, [MsrIndex.Ia32TscDeadline]);

    /// <summary>
    /// Exits that set a timer, whatever it is: IA32_TSC_DEADLINE, the LAPIC counter's TMICT, the count of a synthetic timer.
    /// </summary>
    internal static long ProgrammingExitsOf(ImmutableArray<ExitStatistics> exits) =>
        WritesOf(
            exits,
            [MsrIndex.Ia32TscDeadline, MsrIndex.X2ApicInitialCount, MsrIndex.HypervStimer0Count]
        );

    private static long WritesOf(ImmutableArray<ExitStatistics> exits, ImmutableArray<uint> msrs) =>
        exits
            .Where(exit => exit.Reason == VmExitReason.MsrWrite)
            .SelectMany(exit => exit.ByMsr)
            .Where(write => msrs.Contains(write.Msr))
            .Sum(write => write.Count);

    /// <summary>Requests that came to guests and found no room.</summary>
    public long RequestsDropped => Vcpus.Sum(vcpu => vcpu.RequestsDropped);

    /// <summary>For how long vCPUs were runnable and did not run, summed.</summary>
    public VirtualDuration Steal =>
        VirtualDuration.FromNanoseconds(Vcpus.Sum(vcpu => vcpu.Steal.Nanoseconds));

    /// <summary>The part of it in which their quotas were spent.</summary>
    public VirtualDuration Throttled =>
        VirtualDuration.FromNanoseconds(Vcpus.Sum(vcpu => vcpu.Throttled.Nanoseconds));
}

/// <summary>One live migration.</summary>
/// <param name="Vm">"web-0".</param>
/// <param name="From">The host that it left: "h0".</param>
/// <param name="To">The host that it came to.</param>
/// <param name="BegunAt">When the first round began.</param>
/// <param name="Rounds">Rounds before the VM was stopped.</param>
/// <param name="Sent">In these rounds, and while it stood still.</param>
/// <param name="Total">From the first round to the start on the other host; null: it did not end in this run.</param>
/// <param name="Downtime">The part of it in which the VM stood still; null: it did not end in this run.</param>
public sealed record MigrationReport(
    string Vm,
    string From,
    string To,
    VirtualTime BegunAt,
    int Rounds,
    DataSize Sent,
    VirtualDuration? Total,
    VirtualDuration? Downtime
);

/// <summary>armed = fired + replaced + cancelled + pending + lost, always.</summary>
/// <param name="Armed">Deadlines that guests programmed (not the disarming writes).</param>
/// <param name="Fired">Delivered to the guest.</param>
/// <param name="Replaced">Overwritten by a later write before delivery.</param>
/// <param name="Cancelled">Disarmed, or dropped by a change of the LVT's mode.</param>
/// <param name="Pending">Not yet due, or on its way, when the run ended.</param>
/// <param name="Lost">
/// Due, and no part of the host knows of it any more, or its interrupt waits in a halted vCPU that it does not wake.
/// </param>
/// <param name="Early">Interrupts that came before the deadline that was programmed then.</param>
public sealed record TimerCounts(
    long Armed,
    long Fired,
    long Replaced,
    long Cancelled,
    long Pending,
    long Lost,
    long Early
);

/// <summary>VM-exits of one reason and one processor's names; time as perf counts it, from kvm_exit to the next kvm_entry.</summary>
/// <param name="Reason">Intel SDM vol. 3C, table 28-13 (basic exit reasons).</param>
/// <param name="Count">How many.</param>
/// <param name="Total">Their times, summed.</param>
/// <param name="Shortest">Zero if there were none.</param>
/// <param name="Longest">Zero if there were none.</param>
/// <param name="SumOfSquares">Sum of squared nanoseconds, for the standard deviation.</param>
/// <param name="ByMsr">MSR_WRITE only: how many by MSR index, ascending.</param>
/// <param name="Names">Whose name the reason has: that of the VM's back-end.</param>
public sealed record ExitStatistics(
    VmExitReason Reason,
    long Count,
    VirtualDuration Total,
    VirtualDuration Shortest,
    VirtualDuration Longest,
    UInt128 SumOfSquares,
    ImmutableArray<MsrCount> ByMsr,
    ExitNames Names = ExitNames.Vmx
);

/// <summary>How many exits wrote one MSR.</summary>
public readonly record struct MsrCount(uint Msr, long Count);

/// <summary>Where the time of pCPUs went; the six sum to pCPUs x length of the run, to the nanosecond.</summary>
public sealed record CpuTime(
    VirtualDuration Guest,
    VirtualDuration Exit,
    VirtualDuration Kthread,
    VirtualDuration Interrupt,
    VirtualDuration Poll,
    VirtualDuration Idle
)
{
    public static CpuTime None { get; } = new(default, default, default, default, default, default);

    public VirtualDuration Total => Guest + Exit + Kthread + Interrupt + Poll + Idle;

    /// <summary>All but idle.</summary>
    public VirtualDuration Busy => Total - Idle;

    public static CpuTime operator +(CpuTime left, CpuTime right) =>
        new(
            left.Guest + right.Guest,
            left.Exit + right.Exit,
            left.Kthread + right.Kthread,
            left.Interrupt + right.Interrupt,
            left.Poll + right.Poll,
            left.Idle + right.Idle
        );

    /// <param name="left">All.</param>
    /// <param name="right">A part of it.</param>
    public static CpuTime operator -(CpuTime left, CpuTime right) =>
        new(
            left.Guest - right.Guest,
            left.Exit - right.Exit,
            left.Kthread - right.Kthread,
            left.Interrupt - right.Interrupt,
            left.Poll - right.Poll,
            left.Idle - right.Idle
        );
}

/// <summary>What pvtimer's flaws did in this run. In the fixed variant all are zero, but for promises that an
/// overloaded dedicated CPU could not keep.</summary>
public sealed record FlawCounts(
    long MisreadDeadlines,
    long ForeignAddressSpaceReads,
    long SplitLocks,
    long ForeignVmcsWrites,
    VirtualDuration LockHeld,
    VirtualDuration CancelSpin,
    long UnkeptPromises,
    long UnansweredDoorbells
);

/// <summary>How far a replay came, and how it matched its recording.</summary>
/// <param name="Interrupts">Recorded timer interrupts that an emulated one took the place of.</param>
/// <param name="Unmatched">Emulated timer interrupts with no recorded counterpart.</param>
/// <param name="AtRecordedTime">Recorded interrupts that no emulated one could stand for.</param>
/// <param name="Remaining">Recorded steps that the run's end cut off: their time had not come.</param>
/// <param name="Deadlines">Recorded deadline writes, of the whole recording.</param>
/// <param name="Programmed">Of them, those that the replay has come to.</param>
/// <param name="NotReached">
/// Recorded steps that virtual time has gone past by more than <see cref="ReplaySlack"/> and that the replay has
/// not come to.
/// </param>
/// <param name="BrokenWaits">Waits for IPIs in a circle, ended by letting the interrupt come at its recorded time.</param>
/// <param name="Steps">Recorded steps that the replay has come to.</param>
public sealed record ReplayCounts(
    long Interrupts,
    long Unmatched,
    long AtRecordedTime,
    long Remaining,
    long Deadlines,
    long Programmed,
    long NotReached,
    long BrokenWaits,
    long Steps
)
{
    /// <summary>
    /// An emulated machine is slower than the recorded one here and there: a step so late is not yet missing.
    /// Longer than any wake-up, and than a scheduler's slice.
    /// </summary>
    public static VirtualDuration ReplaySlack { get; } = VirtualDuration.FromMilliseconds(10);

    public static ReplayCounts None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0);

    public static ReplayCounts operator +(ReplayCounts left, ReplayCounts right) =>
        new(
            left.Interrupts + right.Interrupts,
            left.Unmatched + right.Unmatched,
            left.AtRecordedTime + right.AtRecordedTime,
            left.Remaining + right.Remaining,
            left.Deadlines + right.Deadlines,
            left.Programmed + right.Programmed,
            left.NotReached + right.NotReached,
            left.BrokenWaits + right.BrokenWaits,
            left.Steps + right.Steps
        );
}

/// <summary>The share of one vCPU in the numbers.</summary>
public sealed record VcpuReport(string Name, TimerCounts Timers, long Exits)
{
    /// <summary>How far its replay came; null: it replays nothing.</summary>
    public ReplayCounts? Replay { get; init; }

    /// <summary>For how long it was runnable and did not run: another had its pCPU, or its quota was spent.</summary>
    public VirtualDuration Steal { get; init; }

    /// <summary>The part of it in which its quota was spent.</summary>
    public VirtualDuration Throttled { get; init; }

    /// <summary>Requests that came to its guest and found no room.</summary>
    public long RequestsDropped { get; init; }

    /// <summary>Its lapic_timer_advance_ns when the run ended; null: KVM does not tune it.</summary>
    public VirtualDuration? TunedAdvance { get; init; }
}
