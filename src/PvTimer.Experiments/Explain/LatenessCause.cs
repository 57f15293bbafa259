namespace PvTimer.Experiments.Explain;

/// <summary>
/// Why a guest's timer interrupt has not come yet, at an instant between its deadline and the guest's interrupt entry. At
/// each instant there is exactly one, so that the spans of all of them are the lateness.
/// </summary>
public enum LatenessCause
{
    /// <summary>The interrupt came before its deadline: negative.</summary>
    Early,

    /// <summary>The guest programmed a deadline that had passed.</summary>
    WrittenLate,

    /// <summary>The exit by which the guest programs it, or rings for it.</summary>
    ProgrammingExit,

    /// <summary>The store to the page, or a request, is on its way to the CPU that acts on it.</summary>
    Visibility,

    /// <summary>The doorbell's IPI, and its handler on the timer CPU.</summary>
    Doorbell,

    /// <summary>In the page; the kthread sleeps until the next scan.</summary>
    ScanWait,

    /// <summary>In the page; the kthread looks at other pages first.</summary>
    ScanQueue,

    /// <summary>In the page; the kthread wants to run and something else has its CPU.</summary>
    KthreadPreempted,

    /// <summary>The timer CPU takes it over, and arms its hrtimer.</summary>
    Arming,

    /// <summary>The CPU that has the timer leaves an idle state.</summary>
    TimerCpuIdleExit,

    /// <summary>The CPU that has the timer is in system management mode.</summary>
    TimerCpuStalled,

    /// <summary>The CPU that has the timer handles other interrupts first.</summary>
    TimerCpuInterrupts,

    /// <summary>The callbacks of other hrtimers that were due run first.</summary>
    HrtimerQueue,

    /// <summary>The timer interrupt of the CPU that has it, until its callback has run.</summary>
    TimerInterrupt,

    /// <summary>The VM-exit that its expiry causes.</summary>
    ExpiryExit,

    /// <summary>The posted interrupt and its notification.</summary>
    Posting,

    /// <summary>The halted vCPU's thread is woken: try_to_wake_up, and the reschedule IPI with its handler.</summary>
    WakeUp,

    /// <summary>The pCPU of the halted vCPU leaves an idle state.</summary>
    VcpuIdleExit,

    /// <summary>The vCPU's pCPU is in system management mode.</summary>
    VcpuStalled,

    /// <summary>The vCPU's pCPU handles other interrupts.</summary>
    HostInterrupts,

    /// <summary>The vCPU's thread waits for its turn: another thread has the pCPU.</summary>
    RunQueue,

    /// <summary>The vCPU's thread has used up its quota of CPU time.</summary>
    Throttled,

    /// <summary>Userspace keeps the vCPU out of KVM_RUN.</summary>
    Paused,

    /// <summary>The vCPU is on its way to another pCPU or host.</summary>
    Migration,

    /// <summary>The context switch to the vCPU's thread.</summary>
    ContextSwitch,

    /// <summary>The vCPU's thread leaves the halt-polling loop.</summary>
    PollExit,

    /// <summary>The handler of another exit of the vCPU.</summary>
    OtherExit,

    /// <summary>The way back into guest mode.</summary>
    Entry,

    /// <summary>In guest mode: another handler runs, or interrupts are masked.</summary>
    Masked,

    /// <summary>From the interrupt's delivery to the handler's first line.</summary>
    GuestEntry,
}
