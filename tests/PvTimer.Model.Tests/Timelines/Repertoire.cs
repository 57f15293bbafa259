using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Timers.Synthetic;

namespace PvTimer.Model.Tests.Timelines;

/// <summary>
/// Machines that together walk every path of the model, by name. Each call builds its machine anew: guests
/// written as scripts remember how far they are.
/// </summary>
internal static partial class Repertoire
{
    /// <summary>More than any of them takes: about 80 000 with a busy worker.</summary>
    public const long MostSteps = 150_000;

    private static readonly TestMachine s_hrtimer = new()
    {
        Duration = VirtualDuration.FromMilliseconds(3),
    };

    private static readonly TestMachine s_pvTimer = s_hrtimer with
    {
        Backend = TimerBackends.PvTimer,
    };

    private static readonly Dictionary<string, Func<MachineDescription>> s_machines = new(
        StringComparer.Ordinal
    )
    {
        ["hrtimer-running"] = () => s_hrtimer.Describe(Script(Running())),
        ["hrtimer-halted"] = () =>
            (s_hrtimer with { HaltPoll = default }).Describe(Script(Halting())),
        ["hrtimer-polled"] = () => s_hrtimer.Describe(Sleeper(80)),
        ["hrtimer-ipis"] = () => s_hrtimer.Describe(Script(Sending(), Receiving()), vcpus: 2),
        ["hrtimer-counter"] = () => s_hrtimer.Describe(Script(Counting())),
        ["hrtimer-advance"] = () =>
            (s_hrtimer with { TimerAdvance = Us(8) }).Describe(Script(Running())),
        ["hrtimer-moving"] = () =>
            (s_hrtimer with { MoveEvery = Us(370) }).Describe(Sleeper(150), vcpus: 2),
        ["hrtimer-two-sockets"] = () =>
            (s_hrtimer with { Sockets = 2, Pcpus = [1, 2] }).Describe(
                Script(Sending(), Receiving()),
                vcpus: 2
            ),
        ["hrtimer-shared-pcpu"] = () => Crowded(s_hrtimer),
        ["hrtimer-scaled-tsc"] = () =>
            (s_hrtimer with { GuestTsc = TscFrequency.FromKilohertz(1_234_567) }).Describe(
                Sleeper(90)
            ),
        ["pvtimer-running"] = () => s_pvTimer.Describe(Script(Running())),
        ["pvtimer-halted"] = () =>
            (s_pvTimer with { HaltPoll = default }).Describe(Script(Halting())),
        ["pvtimer-polled"] = () => s_pvTimer.Describe(Sleeper(80)),
        ["pvtimer-moving"] = () =>
            (s_pvTimer with { MoveEvery = Us(370) }).Describe(Sleeper(150), vcpus: 2),
        ["pvtimer-two-sockets"] = () =>
            (s_pvTimer with { Sockets = 2 }).Describe(Sleeper(200), vcpus: 2),
        ["pvtimer-shared-pcpu"] = () => Crowded(s_pvTimer),
        ["pvtimer-on-the-timer-cpu"] = () =>
            (s_pvTimer with { Pcpus = [3, 3] }).Describe(Sleeper(120), vcpus: 2),
        ["pvtimer-enabling"] = () => s_pvTimer.Describe(Script(Enabling())),
        ["pvtimer-advance"] = () =>
            (s_pvTimer with { TimerAdvance = Us(8) }).Describe(Script(Running())),
        ["pvtimer-busy-worker"] = () =>
            (s_pvTimer with { PvTimer = new() { Worker = WorkerMode.Busy } }).Describe(
                Sleeper(300)
            ),
        ["pvtimer-without-timer-cpu"] = () =>
            (s_pvTimer with { TimerCpu = null }).Describe(Sleeper(300)),
        ["pvtimer-two-vms"] = () => TwoVms(s_pvTimer),
        ["guest-idle"] = () => s_hrtimer.Describe(new IdleGuest(Us(700))),
        ["guest-tick"] = () => s_hrtimer.Describe(new TickGuest(4_000, NoHz.Off, Us(20))),
        ["guest-tick-nohz"] = () => s_hrtimer.Describe(new TickGuest(10_000, NoHz.Idle, Us(20))),
        ["guest-cyclictest"] = () =>
            s_pvTimer.Describe(new CyclictestGuest(Us(400), 3, Us(50), Us(10))),
        ["guest-nanosleep"] = () =>
            s_pvTimer.Describe(new NanosleepGuest(Us(220), Us(15)) { Idle = GuestIdle.Poll }),
        ["guest-exponential"] = () => s_pvTimer.Describe(new ExponentialGuest(Us(160)), vcpus: 2),
        ["guest-uniform"] = () => s_pvTimer.Describe(new UniformGuest(Us(1), Us(400))),
        ["guest-tick-beside-work"] = () =>
            s_hrtimer.Describe(new TickGuest(10_000, NoHz.Idle, Us(350))),
        ["guest-tick-full"] = () =>
            s_hrtimer.Describe(new TickGuest(10_000, NoHz.Full, Us(350)), vcpus: 2),
        ["guest-tcp-rr"] = () =>
            s_pvTimer.Describe(new TcpRrGuest(Us(20), Us(5), Us(1), 1_000, Us(200_000))),
        ["guest-redis-like"] = () =>
            s_hrtimer.Describe(new RedisLikeGuest(Us(60), true, Us(10), Us(1), Us(900), Us(30))),
        ["guest-storm"] = () => s_pvTimer.Describe(new StormGuest(Us(50), 8, Us(600)), vcpus: 2),
        ["hyperv-stimer"] = () =>
            (s_hrtimer with { Backend = TimerBackends.For(ClockEvent.HypervStimer)! }).Describe(
                Script(Running())
            ),
        ["hyperv-stimer-direct-halted"] = () =>
            (
                s_hrtimer with
                {
                    Backend = TimerBackends.For(ClockEvent.HypervStimerDirect)!,
                    HaltPoll = default,
                }
            ).Describe(Script(Halting())),
        ["weak-guest"] = () => Weak(WeakExchange.Guest),
        ["weak-host"] = () => Weak(WeakExchange.Host),
    };

    /// <summary>All names, in their order.</summary>
    public static ImmutableArray<string> Names =>
        [.. s_machines.Keys, .. s_moved.Keys, .. s_unruly.Keys];

    public static MachineDescription Describe(string name) =>
        s_machines.TryGetValue(name, out Func<MachineDescription>? machine) ? machine()
        : s_moved.TryGetValue(name, out machine) ? machine()
        : s_unruly[name]();

    private static VirtualDuration Us(long microseconds) =>
        VirtualDuration.FromMicroseconds(microseconds);

    private static VirtualTime At(long microseconds) => VirtualTime.Zero + Us(microseconds);

    private static ProgrammedGuest Script(params ScriptedProgram[] programs) =>
        new(seat => programs[seat.Vcpu]);

    private static NanosleepGuest Sleeper(long microseconds) => new(Us(microseconds), Us(3));

    /// <summary>Deadlines that expire while the guest computes, one replaced, one disarmed, one in the past.</summary>
    private static ScriptedProgram Running() =>
        new ScriptedProgram()
            .ProgramIn(300)
            .Compute(600)
            .ProgramIn(900)
            .Compute(50)
            .ProgramIn(40)
            .Compute(100)
            .ProgramIn(700)
            .Compute(10)
            .Then(GuestStep.ProgramDeadline(TscTicks.Zero))
            .Compute(200)
            .WriteDeadlineIn(-3)
            .Compute(20)
            .WriteDeadlineIn(400)
            .Read(MsrIndex.Ia32TscDeadline)
            .Compute(800);

    private static ScriptedProgram Halting() =>
        new ScriptedProgram()
            .ProgramIn(5)
            .Halt()
            .ProgramIn(120)
            .Halt()
            .ProgramIn(1_300)
            .Halt()
            .ProgramIn(3)
            .Compute(9)
            .Halt();

    private static ScriptedProgram Sending() =>
        new ScriptedProgram()
            .Compute(100)
            .Write(MsrIndex.X2ApicIcr, (1UL << 32) | 0x51)
            .Compute(50)
            .Write(MsrIndex.X2ApicIcr, (3UL << 18) | 0x52)
            .Write(MsrIndex.X2ApicSelfIpi, 0x53)
            .Compute(30)
            .Write(MsrIndex.X2ApicIcr, (2UL << 18) | 0x54)
            .Write(MsrIndex.X2ApicTpr, 0x60)
            .Write(MsrIndex.X2ApicSelfIpi, 0x55)
            .Compute(30)
            .Write(MsrIndex.X2ApicTpr, 0)
            .Compute(300);

    private static ScriptedProgram Receiving() =>
        new ScriptedProgram()
            .Halt()
            .Compute(20)
            .Halt()
            .Compute(20)
            .Then(context => GuestStep.ExpectDevice(0x61, context.Now + Us(300)))
            .Halt()
            .Compute(700);

    /// <summary>One-shot and periodic count-down, with changes of mode and divider.</summary>
    private static ScriptedProgram Counting() =>
        new ScriptedProgram()
            .Write(MsrIndex.X2ApicDivideConfiguration, 0b1011)
            .Write(MsrIndex.X2ApicLvtTimer, 236)
            .Write(MsrIndex.X2ApicInitialCount, 200_000)
            .Read(MsrIndex.X2ApicCurrentCount)
            .Compute(500)
            .Write(MsrIndex.X2ApicLvtTimer, 236 | (1u << 17))
            .Write(MsrIndex.X2ApicDivideConfiguration, 0b0000)
            .Write(MsrIndex.X2ApicInitialCount, 150_000)
            .Compute(200)
            .Read(MsrIndex.X2ApicCurrentCount)
            .Halt()
            .Halt()
            .Compute(100)
            .Write(MsrIndex.X2ApicLvtTimer, 236 | (1u << 16) | (1u << 17))
            .Compute(300)
            .Write(MsrIndex.X2ApicLvtTimer, 236 | (2u << 17))
            .ProgramIn(250)
            .Halt();

    /// <summary>Off and on again, at good and at bad addresses, with deadlines armed on either side.</summary>
    private static ScriptedProgram Enabling() =>
        new ScriptedProgram()
            .ProgramIn(600)
            .Compute(280)
            .Write(PvTimerParameters.DefaultEnableMsr, 0)
            .Compute(400)
            .ProgramIn(500)
            .Write(PvTimerParameters.DefaultEnableMsr, PvTimerMsr.Enable(0x10_0008).Value)
            .Write(PvTimerParameters.DefaultEnableMsr, PvTimerMsr.Enable(0x10_0010).Value)
            .Read(PvTimerParameters.DefaultEnableMsr)
            .Compute(100)
            .ProgramIn(900)
            .Write(MsrIndex.X2ApicLvtTimer, 236 | (1u << 16) | (2u << 17))
            .Compute(300)
            .Write(MsrIndex.X2ApicLvtTimer, 236 | (2u << 17))
            .Compute(2_000);

    /// <summary>Three vCPUs share a pCPU, long enough for slices, yields and wake-up preemption.</summary>
    private static MachineDescription Crowded(TestMachine machine)
    {
        TestMachine crowded = machine with
        {
            Pcpus = [0, 0, 0],
            Duration = VirtualDuration.FromMilliseconds(14),
        };
        MachineDescription description = crowded.Describe(Sleeper(500), vcpus: 2);
        VmDescription vm = description.Vms[0];
        GuestDescription spinning = new TickGuest(1_000, NoHz.Off, Us(400))
        {
            Idle = GuestIdle.Poll,
        };
        return description with
        {
            Vms =
            [
                vm with
                {
                    Pcpus = [0, 0],
                },
                vm with
                {
                    Name = "spin",
                    Pcpus = [0, 0],
                    Guest = spinning,
                },
            ],
        };
    }

    private static MachineDescription TwoVms(TestMachine machine)
    {
        MachineDescription description = machine.Describe(Sleeper(130), vcpus: 2);
        VmDescription vm = description.Vms[0];
        return description with
        {
            Vms =
            [
                vm,
                vm with
                {
                    Name = "other",
                    Pcpus = [2],
                    Guest = new ExponentialGuest(Us(60)),
                },
                vm with
                {
                    Name = "base",
                    Pcpus = [2],
                    Backend = TimerBackends.Hrtimer,
                },
            ],
        };
    }

    private static MachineDescription Weak(WeakExchange weak) =>
        (
            s_pvTimer with
            {
                Sockets = 2,
                PvTimer = new() { WeakExchange = weak },
            }
        ).Describe(new ExponentialGuest(Us(70)), vcpus: 2);
}
