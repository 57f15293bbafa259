using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Timelines;

/// <summary>A guest recorded on its host: one timer, and exits of its own between.</summary>
internal static class OwnExits
{
    public static TraceGuest Replayed { get; } =
        new(
            new RecordedGuest(
                Tsc(0),
                Tsc(1_000),
                TscFrequency.FromMegahertz(2_500),
                [
                    [
                        new(RecordedStepKind.ProgramDeadline, Tsc(50), Tsc(400).Value),
                        Exit(80, VmExitReason.Cpuid, 20),
                        Exit(120, VmExitReason.EptViolation, 7),
                        new(RecordedStepKind.Halt, Tsc(150), 0),
                        new(RecordedStepKind.TimerInterrupt, Tsc(403), 0),
                        Exit(420, VmExitReason.Cpuid, 0),
                        new(RecordedStepKind.InterruptEnd, Tsc(430), 0),
                        Exit(600, VmExitReason.ExternalInterrupt, 3),
                        new(RecordedStepKind.Halt, Tsc(900), 0),
                    ],
                ]
            ),
            ReplayMode.ClosedLoop
        );

    public static TscTicks Tsc(long microseconds) =>
        new(1_000_000_000 + ((ulong)microseconds * 2_500));

    private static RecordedStep Exit(long at, VmExitReason reason, long length) =>
        new(
            RecordedStepKind.Exit,
            Tsc(at),
            new RecordedExit(reason, VirtualDuration.FromMicroseconds(length)).Value
        );
}
