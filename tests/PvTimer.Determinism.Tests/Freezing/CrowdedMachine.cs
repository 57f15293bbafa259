using System.Linq;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>
/// A dedicated CPU whose doorbells queue up and whose timers are started early and held, beside a guest that ticks
/// by its LAPIC's counter. System management mode has each of the guests' cores once.
/// </summary>
internal static class CrowdedMachine
{
    public static MachineDescription Description { get; } =
        new(
            Seed: 1,
            VirtualDuration.FromMicroseconds(600),
            [
                SmallMachine.Host("h0") with
                {
                    Cpus = 11,
                    TimerCpu = 10,
                    TimerAdvance = VirtualDuration.FromMicroseconds(4),
                },
            ],
            [
                SmallMachine.Vm("vm-0", host: 0) with
                {
                    Pcpus = [.. Enumerable.Range(0, 8)],
                    Guest = new CyclictestGuest(
                        VirtualDuration.FromMicroseconds(30),
                        Threads: 1,
                        default,
                        VirtualDuration.FromMicroseconds(1)
                    )
                    {
                        Idle = GuestIdle.Poll,
                    },
                },
                SmallMachine.Vm("vm-1", host: 0) with
                {
                    Pcpus = [0],
                    Guest = new LapicTimerGuest(
                        VirtualDuration.FromMicroseconds(25),
                        IsPeriodic: false,
                        VirtualDuration.FromMicroseconds(2)
                    ),
                },
                // It rings so often that the rest of its timers are its pCPU's.
                SmallMachine.Vm("vm-3", host: 0) with
                {
                    Pcpus = [9],
                    Guest = new TscDeadlineLatencyGuest(DeltaCycles: 30_000)
                    {
                        Idle = GuestIdle.Poll,
                    },
                },
                // Some answers come while it sends again.
                SmallMachine.Vm("vm-2", host: 0) with
                {
                    Pcpus = [8],
                    Guest = new TcpRrGuest(
                        VirtualDuration.FromMicroseconds(15),
                        VirtualDuration.FromMicroseconds(2),
                        VirtualDuration.FromMicroseconds(3),
                        Hertz: 100_000,
                        VirtualDuration.FromMicroseconds(10)
                    ),
                },
            ],
            new PvTimerParameters(),
            [
                .. Enumerable
                    .Range(1, 7)
                    .Select(pcpu => new PcpuStall(
                        VirtualTime.Zero + VirtualDuration.FromMicroseconds(60 * pcpu),
                        Host: 0,
                        pcpu,
                        VirtualDuration.FromMicroseconds(30)
                    )),
            ]
        );
}
