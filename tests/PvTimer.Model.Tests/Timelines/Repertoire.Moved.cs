using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Msrs;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Timelines;

/// <content>Machines to which something happens: migrations, moves, commands, userspace; and replays.</content>
internal static partial class Repertoire
{
    /// <summary>Unplugged in the middle of things; what comes for it afterwards changes nothing.</summary>
    private static readonly MachineEvent[] s_offline =
    [
        new PcpuOffline(At(1_120), Host: 0, Pcpu: 3),
        new PcpuOffline(At(1_300), Host: 0, Pcpu: 3),
        new PcpuStall(At(1_400), Host: 0, Pcpu: 3, Us(50)),
    ];

    /// <summary>SMIs at the pCPUs of guests, some of which overlap.</summary>
    private static readonly MachineEvent[] s_stalls =
    [
        .. Enumerable
            .Range(0, 36)
            .Select(stall => new PcpuStall(
                At(90 + (70 * stall)),
                Host: 0,
                stall % 3,
                Us(1 + (stall * stall % 97))
            )),
    ];

    private static readonly Dictionary<string, Func<MachineDescription>> s_moved = new(
        StringComparer.Ordinal
    )
    {
        ["migrated-hrtimer"] = () => Migrated(s_hrtimer, new()),
        ["migrated-pvtimer"] = () => Migrated(s_pvTimer, new()),
        ["migrated-pvtimer-tsc-counts"] = () =>
            Migrated(s_pvTimer, new() { Tsc = TscInDowntime.Counts }),
        ["migrated-in-rounds"] = () =>
            Migrated(
                s_pvTimer,
                new()
                {
                    Memory = new DataSize(200_000),
                    DirtyRate = DataRate.FromMebibytes(600),
                    Bandwidth = DataRate.FromGigabits(8),
                    MaxDowntime = Us(20),
                    MaxRounds = 5,
                }
            ),
        ["stalled-timer-cpu"] = () =>
            Happening(
                s_pvTimer,
                new PcpuStall(At(600), Host: 0, Pcpu: 3, Us(400)),
                new PcpuStall(At(610), Host: 0, Pcpu: 3, Us(5)),
                new PcpuStall(At(2_000), Host: 0, Pcpu: 3, Us(90))
            ),
        ["stalled-guests-hrtimer"] = () => Happening(s_hrtimer, s_stalls),
        ["stalled-guests-pvtimer"] = () => Happening(s_pvTimer, s_stalls),
        ["offline-timer-cpu"] = () => Happening(s_pvTimer, s_offline),
        ["offline-timer-cpu-as-posted"] = () =>
            Happening(s_pvTimer with { PvTimer = PvTimerParameters.AsPosted }, s_offline),
        ["offline-unruly"] = () => Unruly(s_pvTimer with { Events = [.. s_offline] }),
        ["offline-on-the-other-host"] = () =>
        {
            MachineDescription migrated = Migrated(s_pvTimer, new());
            return migrated with
            {
                Events = [new PcpuOffline(At(500), Host: 1, Pcpu: 3), .. migrated.Events],
            };
        },
        ["commanded-hrtimer"] = () => Commanded(s_hrtimer),
        ["commanded-pvtimer"] = () => Commanded(s_pvTimer),
        ["replayed-closed-loop"] = () => Replayed(s_hrtimer, ReplayMode.ClosedLoop),
        ["replayed-closed-loop-pvtimer"] = () => Replayed(s_pvTimer, ReplayMode.ClosedLoop),
        ["replayed-open-loop"] = () => Replayed(s_hrtimer, ReplayMode.OpenLoop),
        ["replayed-own-exits"] = () =>
            (s_hrtimer with { TscAtStart = Tsc(0) }).Describe(OwnExits.Replayed),
    };

    private static MachineDescription Happening(
        TestMachine machine,
        params MachineEvent[] events
    ) =>
        (machine with { Events = [.. events] }).Describe(
            Script(Running(), Halting(), Enabling()),
            vcpus: 3
        );

    /// <summary>There, back, and moved on arrival; what is scripted meanwhile waits.</summary>
    private static MachineDescription Migrated(TestMachine machine, MigrationParameters parameters)
    {
        TestMachine two = machine with
        {
            Hosts = 2,
            Migration =
                parameters.Memory == new MigrationParameters().Memory
                    ? parameters with
                    {
                        Memory = new DataSize(20_000),
                        MaxDowntime = Us(50),
                    }
                    : parameters,
            Latency = Us(30),
            Duration = VirtualDuration.FromMilliseconds(5),
            Events =
            [
                new VmMigration(At(700), Vm: 0, ToHost: 1, [2, 1]),
                new VcpuMove(At(760), Vm: 0, Vcpu: 0, ToPcpu: 0),
                new VcpuInterrupt(At(765), Vm: 0, Vcpu: 1, Vector: 0x61),
                new VcpuSetMsr(At(770), Vm: 0, Vcpu: 1, MsrIndex.X2ApicTpr, 0),
                new VmMigration(At(2_500), Vm: 0, ToHost: 0, [2, 1]),
                new VcpuMove(At(4_000), Vm: 0, Vcpu: 1, ToPcpu: 2),
            ],
        };
        return two.Describe(Sleeper(110), vcpus: 2);
    }

    private static MachineDescription Commanded(TestMachine machine) =>
        (
            machine with
            {
                Events =
                [
                    Told(
                        100,
                        GuestInstruction.Program(Us(400)),
                        GuestInstruction.Compute(Us(50)),
                        GuestInstruction.Wait,
                        GuestInstruction.ReadMsr(MsrIndex.Ia32TscDeadline)
                    ),
                    new VcpuSaveRestore(At(300), Vm: 0, Vcpu: 0),
                    Told(700, GuestInstruction.WriteDeadline(Us(60)), GuestInstruction.Halt),
                    new VcpuInterrupt(At(900), Vm: 0, Vcpu: 0, Vector: 0x61),
                    Told(
                        1_000,
                        GuestInstruction.WriteMsr(MsrIndex.X2ApicTpr, 0x70),
                        GuestInstruction.ProgramTsc(new TscTicks(1_000_000_000 + (2_500 * 1_500)))
                    ),
                    new VcpuInterrupt(At(1_100), Vm: 0, Vcpu: 0, Vector: 0x62),
                    new VcpuSetMsr(
                        At(1_600),
                        Vm: 0,
                        Vcpu: 0,
                        MsrIndex.Ia32TscDeadline,
                        1_000_000_000 + (2_500 * 1_900)
                    ),
                    Told(2_000, GuestInstruction.Halt) with
                    {
                        Handler = [GuestInstruction.Program(Us(200))],
                    },
                    new VcpuInterrupt(At(2_100), Vm: 0, Vcpu: 0, Vector: 0x81),
                    new VcpuSaveRestore(At(2_250), Vm: 0, Vcpu: 0),
                ],
            }
        ).Describe(new CommandedGuest());

    private static VcpuCommand Told(long microseconds, params GuestInstruction[] instructions) =>
        new(At(microseconds), Vm: 0, Vcpu: 0, [.. instructions], Handler: null);

    private static MachineDescription Replayed(TestMachine machine, ReplayMode mode) =>
        (machine with { TscAtStart = new TscTicks(1_000_000_000) }).Describe(
            new TraceGuest(Recording(), mode),
            vcpus: 2
        );

    /// <summary>
    /// Two vCPUs: timers that are met, replaced and come too late, an IPI, a device, a timer from before.
    /// </summary>
    private static RecordedGuest Recording() =>
        new(
            Tsc(0),
            Tsc(2_900),
            TscFrequency.FromMegahertz(2_500),
            [
                [
                    Step(RecordedStepKind.TimerInterrupt, 30, RecordedStep.NoWrite),
                    Step(RecordedStepKind.InterruptEnd, 33),
                    Step(RecordedStepKind.ProgramDeadline, 50, Tsc(400).Value),
                    Step(RecordedStepKind.SendIpi, 70, (1UL << 32) | 0x71),
                    Step(RecordedStepKind.Halt, 80),
                    Step(RecordedStepKind.TimerInterrupt, 402, 0),
                    Step(RecordedStepKind.ProgramDeadline, 405, Tsc(700).Value),
                    Step(RecordedStepKind.InterruptEnd, 408),
                    Step(RecordedStepKind.ProgramDeadline, 500, Tsc(520).Value),
                    Step(RecordedStepKind.TimerInterrupt, 900, 2),
                    Step(RecordedStepKind.InterruptEnd, 910),
                    Step(RecordedStepKind.Halt, 1_000),
                    Step(RecordedStepKind.DeviceInterrupt, 1_500, 0x23),
                    Step(RecordedStepKind.InterruptEnd, 1_510),
                    Step(RecordedStepKind.ProgramDeadline, 1_600, Tsc(2_200).Value),
                    Step(RecordedStepKind.ProgramDeadline, 1_700, 0),
                    Step(RecordedStepKind.ProgramDeadline, 1_800, Tsc(2_000).Value),
                    Step(RecordedStepKind.Halt, 1_810),
                    Step(RecordedStepKind.TimerInterrupt, 2_003, 5),
                    Step(RecordedStepKind.InterruptEnd, 2_010),
                    Step(RecordedStepKind.Halt, 2_900),
                ],
                [
                    Step(RecordedStepKind.Halt, 10),
                    Step(RecordedStepKind.IpiInterrupt, 74, 0x71),
                    Step(RecordedStepKind.InterruptEnd, 78),
                    Step(RecordedStepKind.ProgramDeadline, 100, Tsc(130).Value),
                    Step(RecordedStepKind.Halt, 2_890),
                ],
            ]
        );

    private static RecordedStep Step(RecordedStepKind kind, long microseconds, ulong value = 0) =>
        new(kind, Tsc(microseconds), value);

    private static TscTicks Tsc(long microseconds) =>
        new(1_000_000_000 + ((ulong)microseconds * 2_500));
}
