using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Timers.Synthetic;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>
/// A guest whose first vCPU sends NMIs, INITs and start-up IPIs to the second, which writes every register of its
/// LAPIC and its TSC in between; another guest's message finds its slot full; a third enables pvtimer with a timer
/// of its pCPU armed: what the other machines never do.
/// </summary>
internal static class SignalledMachine
{
    private const byte LevelVector = 0x51;
    private const ulong ToSecond = 1UL << 32;
    private const ulong Nmi = ToSecond | (4 << 8);
    private const ulong Init = ToSecond | (5 << 8) | (1 << 14);
    private const ulong StartUp = ToSecond | (6 << 8) | 0x9a;

    private static readonly (uint Msr, ulong Value)[] Writes =
    [
        (MsrIndex.X2ApicSpuriousVector, 0x17f),
        (MsrIndex.X2ApicLvtError, 0x1_0047),
        (MsrIndex.X2ApicDivideConfiguration, 0b1010),
        (MsrIndex.X2ApicLvtTimer, 0x4_1077),
        (MsrIndex.X2ApicTpr, 0x20),
        (MsrIndex.X2ApicIcr, 0x4_0052), // to itself
        (MsrIndex.Ia32Tsc, 77_000_000),
        (MsrIndex.Ia32TscAdjust, 5_000),
    ];

    private static readonly ImmutableArray<GuestInstruction> LongHandler =
    [
        GuestInstruction.Compute(VirtualDuration.FromMicroseconds(8)),
    ];

    public static MachineDescription Description { get; } =
        new(
            Seed: 1,
            VirtualDuration.FromMicroseconds(400),
            [SmallMachine.Host("h0") with { Cpus = 5, TimerCpu = 4 }],
            [
                SmallMachine.Vm("vm-0", host: 0) with
                {
                    Backend = TimerBackends.Hrtimer,
                    Pcpus = [0, 1],
                    Guest = new CommandedGuest(),
                    EoiExitVectors = [LevelVector],
                },
                SmallMachine.Vm("vm-1", host: 0) with
                {
                    Backend = TimerBackends.For(ClockEvent.HypervStimer)!,
                    Pcpus = [2],
                    Guest = new CommandedGuest(),
                },
                SmallMachine.Vm("vm-2", host: 0) with
                {
                    Pcpus = [3],
                    Guest = new CommandedGuest(),
                },
            ],
            new PvTimerParameters { Variant = PvTimerVariant.AsPosted, Flaws = PvTimerFlaws.All },
            [
                Command(1, 1, LongHandler, [.. Writes.Select(Write)]),
                new VcpuCommand(
                    At(5),
                    Vm: 1,
                    Vcpu: 0,
                    [GuestInstruction.Program(VirtualDuration.FromMicroseconds(10))],
                    [Write((MsrIndex.HypervStimer0Count, 1)), .. LongHandler]
                ),
                new VcpuCommand(
                    At(6),
                    Vm: 2,
                    Vcpu: 0,
                    [
                        Write((PvTimerParameters.DefaultEnableMsr, 0)),
                        GuestInstruction.Program(VirtualDuration.FromMicroseconds(350)),
                        Write(
                            (PvTimerParameters.DefaultEnableMsr, PvTimerMsr.Enable(0x10_0010).Value)
                        ),
                    ],
                    Handler: null
                ),
                new VcpuInterrupt(At(30), Vm: 0, Vcpu: 1, LevelVector),
                Command(50, 0, null, Write(Ipi(Nmi)), Write(Ipi(Nmi)), Write(Ipi(Nmi))),
                Command(120, 0, null, Write(Ipi(Init))),
                Command(170, 0, null, Write(Ipi(StartUp))),
                Command(200, 1, null, [.. Writes.Select(Write)]),
                Command(260, 1, null, Write((MsrIndex.Ia32ApicBase, 0xfee0_0000))),
            ]
        );

    private static (uint, ulong) Ipi(ulong command) => (MsrIndex.X2ApicIcr, command);

    private static GuestInstruction Write((uint Msr, ulong Value) write) =>
        GuestInstruction.WriteMsr(write.Msr, write.Value);

    private static VcpuCommand Command(
        long microseconds,
        int vcpu,
        ImmutableArray<GuestInstruction>? handler,
        params GuestInstruction[] instructions
    ) => new(At(microseconds), Vm: 0, vcpu, [.. instructions], handler);

    private static VirtualTime At(long microseconds) =>
        VirtualTime.Zero + VirtualDuration.FromMicroseconds(microseconds);
}
