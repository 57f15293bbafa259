namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// What the series gets wrong, one switch each (the memory order itself is sound). A worker that never
/// sleeps is <see cref="WorkerMode.Busy"/>.
/// </summary>
public sealed record PvTimerFlaws
{
    /// <summary>An armed deadline still fires after a later one was written to the page.</summary>
    public bool StaleArmedTimer { get; init; }

    /// <summary>A write of 0 to IA32_TSC_DEADLINE cancels nothing.</summary>
    public bool DisarmIsLost { get; init; }

    /// <summary>A deadline written to the MSR but not to the page is lost.</summary>
    public bool MsrValueIgnored { get; init; }

    /// <summary>RDMSR does not see a deadline that is still in the page.</summary>
    public bool RdmsrSeesOnlyArmed { get; init; }

    /// <summary>The enable bit is stored before the address was checked: it stays after a #GP.</summary>
    public bool EnableBeforeValidation { get; init; }

    /// <summary>
    /// The page's address needs to be aligned to 4 bytes only: an exchange may split a line, and then takes
    /// <see cref="SharedPage.SplitLock"/> longer.
    /// </summary>
    public bool FourByteAlignment { get; init; }

    /// <summary>Disabling leaves the armed timer running.</summary>
    public bool DisableLeavesTimerArmed { get; init; }

    /// <summary>
    /// The IPI path reads guest memory under whatever address space is current. Counted only: what it would find
    /// there is another process's memory, of which nothing is known here.
    /// </summary>
    public bool ForeignAddressSpace { get; init; }

    /// <summary>The global kvm_lock is held over the whole scan. Counted only: nothing here waits for that lock.</summary>
    public bool LockHeldOverScan { get; init; }

    /// <summary>
    /// The scan visits vCPUs that never enabled pvtimer, and promises a next scan time that it cannot keep.
    /// </summary>
    public bool ScansEveryVcpu { get; init; }

    /// <summary>Padding is measured from now only: a scan that comes late makes timers late.</summary>
    public bool PaddingIgnoresLateScan { get; init; }

    /// <summary>Without its dedicated CPU pvtimer is offered all the same, and timers are lost.</summary>
    public bool NoFallbackWithoutTimerCpu { get; init; }

    /// <summary>Each doorbell is an IPI of its own, handled with interrupts off.</summary>
    public bool IpiPerDoorbell { get; init; }

    /// <summary>
    /// A foreign CPU arms the VMX preemption timer of whatever VMCS is loaded there. Counted only: the dedicated CPU
    /// has none loaded, and what VMWRITE does then is a failure that KVM of that time logged and went on from.
    /// </summary>
    public bool PreemptionTimerFromForeignCpu { get; init; }

    /// <summary>With lapic_timer_advance the interrupt comes before its deadline, and nothing waits.</summary>
    public bool AdvanceIsNotWaitedFor { get; init; }

    /// <summary>Cancelling a timer that was armed on another CPU spins with interrupts off.</summary>
    public bool CancelSpinsAcrossCpus { get; init; }

    /// <summary>
    /// One guest that re-arms fast delays all others without bound. Fixed, a vCPU that has rung as often as it may
    /// (<see cref="PvTimerParameters.DoorbellsOf"/>) gets an hrtimer on its own pCPU, as without pvtimer, until the next
    /// scan.
    /// </summary>
    public bool NoFairnessBetweenGuests { get; init; }

    /// <summary>A deadline that is found passed is delivered, and what was armed before stays so: it fires as well.</summary>
    public bool DeliverLeavesTimerArmed { get; init; }

    public static PvTimerFlaws None { get; } = new();

    /// <summary>The series as posted.</summary>
    public static PvTimerFlaws All { get; } =
        new()
        {
            StaleArmedTimer = true,
            DisarmIsLost = true,
            MsrValueIgnored = true,
            RdmsrSeesOnlyArmed = true,
            EnableBeforeValidation = true,
            FourByteAlignment = true,
            DisableLeavesTimerArmed = true,
            ForeignAddressSpace = true,
            LockHeldOverScan = true,
            ScansEveryVcpu = true,
            PaddingIgnoresLateScan = true,
            NoFallbackWithoutTimerCpu = true,
            IpiPerDoorbell = true,
            PreemptionTimerFromForeignCpu = true,
            AdvanceIsNotWaitedFor = true,
            CancelSpinsAcrossCpus = true,
            NoFairnessBetweenGuests = true,
            DeliverLeavesTimerArmed = true,
        };
}
