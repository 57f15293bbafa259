using PvTimer.Model.Costs;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Lateness;

/// <summary>A cost profile with round figures, so that sums in tests can be read.</summary>
internal static class Profiles
{
    public static CostProfile Round { get; } =
        new()
        {
            Name = "round",
            ExitTransition = Span(300),
            EntryTransition = Span(200),
            MsrWriteHandler = Span(300),
            HltHandler = Span(300),
            ExternalInterruptHandler = Span(150),
            HrtimerStart = Span(100),
            HrtimerCancel = Span(100),
            TimerInterrupt = new CostDistribution(Span(500)),
            IpiHandler = Span(200),
            InterruptRecognition = Span(50),
            IpiSend = Span(100),
            IpiSameSocket = Span(200),
            IpiCrossSocket = Span(400),
            PostedInterruptProcessing = Span(100),
            LineTransferSameSocket = Span(50),
            LineTransferCrossSocket = Span(100),
            ThreadWake = Span(500),
            ContextSwitch = Span(1_000),
            PollExit = Span(80),
            SchedulerSlice = Span(3_000_000),
            WakeUpGranularity = Span(1_000_000),
            ScanPerVcpu = Span(100),
            ScanPerVm = Span(100),
            GuestInterruptEntry = Span(120),
            GuestProgram = Span(100),
            IdleStates = [new IdleState("C1", Span(0), new CostDistribution(Span(1_000)))],
        };

    private static VirtualDuration Span(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);
}
