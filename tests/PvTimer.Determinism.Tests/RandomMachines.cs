using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Model.Topology;

namespace PvTimer.Determinism.Tests;

/// <summary>Machines of every shape that a scenario can have, small enough to run hundreds of them.</summary>
internal static class RandomMachines
{
    private static readonly Gen<bool> Coin = Gen.Bool;

    private static readonly Gen<CostProfile> Costs = Gen.Select(
        Gen.Int[1, 3],
        Gen.Int[0, 3],
        (factor, spread) =>
            SimpleCosts.Plausible with
            {
                LineTransferSameSocket = VirtualDuration.FromNanoseconds(50) * factor,
                LineTransferCrossSocket = VirtualDuration.FromNanoseconds(120) * factor,
                IpiSameSocket = VirtualDuration.FromNanoseconds(400) * factor,
                TimerInterrupt = new CostDistribution([
                    VirtualDuration.FromNanoseconds(800),
                    VirtualDuration.FromNanoseconds(800 + (700 * spread)),
                ]),
                RunningStates =
                [
                    new RunningState(
                        "running",
                        VirtualDuration.Zero,
                        new CostDistribution([
                            VirtualDuration.Zero,
                            VirtualDuration.FromNanoseconds(900 * spread),
                        ])
                    ),
                ],
                Noise =
                    factor == 1
                        ? null
                        : new HostNoise(
                            VirtualDuration.FromMicroseconds(150) * factor,
                            new CostDistribution([
                                VirtualDuration.FromMicroseconds(1),
                                VirtualDuration.FromMicroseconds(40),
                            ])
                        ),
            }
    );

    private static readonly Gen<VirtualDuration> Periods = Gen.Int[30, 1500]
        .Select(microseconds => VirtualDuration.FromMicroseconds(microseconds));

    private static readonly VirtualDuration Send = VirtualDuration.FromMicroseconds(1);

    private static readonly Gen<GuestDescription> Guests = Gen.Select(
        Gen.Int[0, 16],
        Periods,
        Gen.Int[1, 3],
        Gen.Int[0, 40].Select(work => VirtualDuration.FromMicroseconds(work)),
        Coin.Select(poll => poll ? GuestIdle.Poll : GuestIdle.Halt),
        GuestDescription (kind, period, threads, work, idle) =>
            kind switch
            {
                0 => new IdleGuest(period) { Idle = idle },
                1 => new TickGuest(1000, (NoHz)(threads - 1), work) { Idle = idle },
                2 => new CyclictestGuest(period, threads, work, work) { Idle = idle },
                3 => new NanosleepGuest(period, work) { Idle = idle },
                4 => new ExponentialGuest(period) { Idle = idle },
                5 => new UniformGuest(VirtualDuration.Zero, period) { Idle = idle },
                6 => new CommandedGuest { Idle = idle },
                7 => new LapicTimerGuest(period, threads == 1, work) { Idle = idle },
                8 => new TcpRrGuest(period, work, Send, 1000, period * threads) { Idle = idle },
                9 => new RedisLikeGuest(period, threads == 1, work, Send, period * 4, work)
                {
                    Idle = idle,
                },
                10 => new StormGuest(VirtualDuration.FromMicroseconds(20), 8, period)
                {
                    Idle = idle,
                },
                11 => new MixGuest([
                    new NanosleepGuest(period, work),
                    new TickGuest(10_000, NoHz.Idle, work * 20),
                    new TickGuest(10_000, NoHz.Full, work),
                ])
                {
                    Idle = idle,
                },
                12 when threads == 1 => new TscDeadlineLatencyGuest(2 * period.Nanoseconds)
                {
                    Idle = idle,
                },
                12 => new TscDeadlineGuest(threads == 2 ? 0 : period.Nanoseconds) { Idle = idle },
                _ => new ProgrammedGuest(seat => new UnrulyProgram(seat)),
            }
    );

    /// <summary>Half of them fixed, the others with any set of flaws.</summary>
    private static readonly Gen<PvTimerParameters> Parameters = Gen.Select(
        Coin,
        Gen.UInt,
        Coin,
        Gen.Int[20, 400],
        Gen.Int[0, 2],
        (isFixed, flaws, busy, period, weak) =>
            new PvTimerParameters
            {
                Variant = isFixed ? PvTimerVariant.Fixed : PvTimerVariant.AsPosted,
                Flaws = isFixed ? PvTimerFlaws.None : FlawsOf(flaws),
                Worker = busy && !isFixed ? WorkerMode.Busy : WorkerMode.Paced,
                ScanPeriod = VirtualDuration.FromMicroseconds(period),
                WeakExchange = isFixed ? WeakExchange.None : (WeakExchange)weak,
            }
    );

    private static readonly Gen<HostDescription> Hosts = Gen.Select(
        Gen.Int[2, 5],
        Coin,
        Gen.Int[0, 5],
        Costs,
        Gen.Int[0, 3],
        (cpus, twoSockets, timer, costs, poll) =>
            new HostDescription(
                "h",
                cpus,
                twoSockets && cpus % 2 == 0 ? 2 : 1,
                TscFrequency.FromMegahertz(2500 - (poll * 300)),
                timer == 0 ? null : cpus - 1,
                costs,
                VirtualDuration.FromMicroseconds(poll * 60),
                VirtualDuration.FromNanoseconds(poll * 300),
                HvTimer: poll == 1
            )
            {
                HaltPolling = HaltPolling.Default with { Shrink = poll },
                TunesTimerAdvance = poll > 1,
                Backend = poll switch
                {
                    1 => TimerBackends.Hrtimer,
                    2 => TimerBackends.Of("preemption-timer"),
                    3 => TimerBackends.Of("passthrough"),
                    _ => null,
                },
            }
    );

    /// <summary>pvtimer nearly as often as all others together, synthetic timers among these.</summary>
    private static readonly Gen<TimerBackend> Backends = Gen.Int[
            0,
            (2 * TimerBackends.All.Length) - 1
        ]
        .Select(index =>
            index < TimerBackends.All.Length ? TimerBackends.All[index]
            : index < TimerBackends.All.Length + 2
                ? TimerBackends.For((ClockEvent)(1 + (index % 2)))!
            : TimerBackends.PvTimer
        );

    private static readonly Gen<VmDescription> Vms = Gen.Select(
        Gen.Int[0, 1000],
        Backends,
        Gen.Int[0, 1000].Array[1, 3],
        Gen.Long[1_000_000, 3_500_000],
        Gen.Int[0, 4],
        Guests,
        (host, backend, pcpus, kilohertz, wander, guest) =>
            new VmDescription(
                "vm",
                host,
                backend,
                [.. pcpus],
                TscFrequency.FromKilohertz(kilohertz),
                new TscTicks(1_000_000_000),
                wander == 0 ? VirtualDuration.FromMicroseconds(777) : VirtualDuration.Zero,
                guest
            )
            {
                KeepsBackend =
                    wander == 0 || !backend.IsTransparent || !TimerBackends.All.Contains(backend),
                TscSkew = (wander - 2) * 1_000,
                Bandwidth =
                    wander == 2
                        ? new CpuBandwidth(
                            VirtualDuration.FromMicroseconds(300),
                            VirtualDuration.FromMilliseconds(1)
                        )
                        : null,
                TscScaling = wander != 3,
                Weight = wander == 4 ? 300 : CpuWeight.Usual,
                HasApicv = wander != 4 || backend.NeedsApicvFor is not null,
                HltExits = wander != 1,
                HasMwait = wander == 3,
                GuestHaltPolling = wander is 0 or 4
                    ? GuestHaltPolling.Default with
                    {
                        GrowStart = VirtualDuration.FromMicroseconds(20),
                        AllowsShrink = wander == 0,
                    }
                    : null,
                ApicBusCycle = VirtualDuration.FromNanoseconds(1 + wander),
            }
    );

    private static NetworkDescription Network { get; } =
        new(VirtualDuration.FromMicroseconds(5), DataRate.FromGigabits(100));

    /// <summary>From none to a few milliseconds of rounds and of downtime.</summary>
    private static Gen<MigrationParameters> Migrations { get; } =
        Gen.Select(
            Gen.Int[1, 4000],
            Gen.Int[0, 2000],
            Coin,
            (kibibytes, dirty, counts) =>
                new MigrationParameters
                {
                    Memory = new DataSize(kibibytes * 1024L),
                    DirtyRate = DataRate.FromMebibytes(dirty),
                    MaxDowntime = VirtualDuration.FromMicroseconds(dirty % 300),
                    Tsc = counts ? TscInDowntime.Counts : TscInDowntime.Stops,
                }
        );

    public static Gen<MachineDescription> All { get; } =
        Gen.Select(
            Gen.ULong,
            Gen.Int[1, 5],
            Hosts.Array[1, 3],
            Vms.Array[1, 4],
            Parameters,
            Gen.Select(Gen.UInt.Array[0, 6], Gen.UInt.Array[0, 4], Migrations),
            (seed, milliseconds, hosts, vms, parameters, events) =>
            {
                (uint[] toVms, uint[] toPcpus, MigrationParameters migration) = events;
                bool unplugs = RandomEvents.Unplugs(toPcpus);
                MachineDescription machine = new(
                    seed,
                    VirtualDuration.FromMilliseconds(milliseconds),
                    [.. hosts.Select((host, i) => host with { Name = $"h{i}" })],
                    [.. vms.Select((vm, i) => Fit(vm, i, hosts, unplugs))],
                    parameters,
                    []
                )
                {
                    Network = Network,
                    Migration = migration,
                };
                return machine with { Events = RandomEvents.Of(machine, toVms, toPcpus) };
            }
        );

    /// <summary>Brings the random numbers of a VM into the range of the hosts that there are.</summary>
    private static VmDescription Fit(
        VmDescription vm,
        int index,
        HostDescription[] hosts,
        bool unplugs
    )
    {
        int host = vm.Host % hosts.Length;
        int cpus = RandomEvents.CpusForGuests(hosts[host], unplugs);
        ImmutableArray<int> pcpus = [.. vm.Pcpus.Select(pcpu => pcpu % cpus)];
        return vm with { Name = $"vm-{index}", Host = host, Pcpus = pcpus };
    }

    private static PvTimerFlaws FlawsOf(uint bits)
    {
        PvTimerFlaws flaws = new();
        int bit = 0;
        foreach (var flaw in typeof(PvTimerFlaws).GetProperties().Where(p => p.CanWrite))
        {
            flaw.SetValue(flaws, (bits & (1u << bit++)) != 0);
        }
        return flaws;
    }
}
