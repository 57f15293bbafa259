using PvTimer.Model.Time;

namespace PvTimer.Model.Costs;

/// <summary>Cost profiles that measure nothing: figures that are easy to add up, no distributions. For scripts and tests.</summary>
public static class SimpleCosts
{
    /// <summary>Each step in the order of magnitude that a server has.</summary>
    public static CostProfile Plausible { get; } =
        new()
        {
            Name = "plausible",
            ExitTransition = Ns(200),
            EntryTransition = Ns(250),
            MsrWriteHandler = Ns(300),
            PreemptionTimerHandler = Ns(500),
            FastMsrWriteHandler = Ns(200),
            FastPreemptionTimerHandler = Ns(300),
            HltHandler = Ns(400),
            ExternalInterruptHandler = Ns(100),
            HrtimerStart = Ns(150),
            HrtimerCancel = Ns(80),
            TimerInterrupt = new CostDistribution(Ns(1000)),
            IpiHandler = Ns(300),
            InterruptRecognition = Ns(60),
            IpiSend = Ns(100),
            IpiSameSocket = Ns(400),
            IpiCrossSocket = Ns(700),
            PostedInterruptProcessing = Ns(120),
            LineTransferSameSocket = Ns(50),
            LineTransferCrossSocket = Ns(120),
            ThreadWake = Ns(500),
            ContextSwitch = Ns(1000),
            PollExit = Ns(200),
            SchedulerSlice = Ns(3_000_000),
            WakeUpGranularity = Ns(1_000_000),
            ScanPerVcpu = Ns(100),
            ScanPerVm = Ns(200),
            GuestInterruptEntry = Ns(300),
            GuestProgram = Ns(150),
            IdleStates =
            [
                new IdleState("C1", Ns(0), new CostDistribution(Ns(2_000))),
                new IdleState("C6", Ns(1_000_000), new CostDistribution(Ns(30_000))),
            ],
        };

    /// <summary>Nothing costs anything to speak of: the assumption of the closed forms.</summary>
    public static CostProfile Ideal { get; } =
        new()
        {
            Name = "ideal",
            ExitTransition = Ns(1),
            EntryTransition = Ns(1),
            MsrWriteHandler = Ns(1),
            PreemptionTimerHandler = Ns(1),
            FastMsrWriteHandler = Ns(1),
            FastPreemptionTimerHandler = Ns(1),
            HltHandler = Ns(1),
            ExternalInterruptHandler = Ns(1),
            HrtimerStart = Ns(1),
            HrtimerCancel = Ns(1),
            TimerInterrupt = new CostDistribution(Ns(2)),
            IpiHandler = Ns(1),
            InterruptRecognition = Ns(1),
            IpiSend = Ns(1),
            IpiSameSocket = Ns(1),
            IpiCrossSocket = Ns(1),
            PostedInterruptProcessing = Ns(1),
            LineTransferSameSocket = Ns(1),
            LineTransferCrossSocket = Ns(1),
            ThreadWake = Ns(1),
            ContextSwitch = Ns(1),
            PollExit = Ns(1),
            SchedulerSlice = Ns(3_000_000),
            WakeUpGranularity = Ns(1_000_000),
            ScanPerVcpu = Ns(1),
            ScanPerVm = Ns(1),
            GuestInterruptEntry = Ns(1),
            GuestProgram = Ns(1),
            IdleStates = [new IdleState("C0", Ns(0), new CostDistribution(Ns(1)))],
        };

    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);
}
