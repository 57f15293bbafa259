using System;
using System.Globalization;
using System.Linq;
using CsCheck;
using PvTimer.Model.Apic;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Properties;

/// <summary>Generators of scripts as scenarios, for property tests: machines, guests, what is done to them.</summary>
public static class Scripts
{
    private static readonly VirtualDuration Send = VirtualDuration.FromMicroseconds(1);

    private static readonly Gen<GuestDescription> OwnPrograms = Gen.Select(
        Gen.Int[0, 11],
        Gen.Int[40, 2_000].Select(us => VirtualDuration.FromMicroseconds(us)),
        Gen.Int[0, 20].Select(us => VirtualDuration.FromMicroseconds(us)),
        Gen.Int[1, 3],
        Gen.Bool.Select(poll => poll ? GuestIdle.Poll : GuestIdle.Halt),
        GuestDescription (kind, span, work, threads, idle) =>
            kind switch
            {
                0 => new NanosleepGuest(span, work) { Idle = idle },
                1 => new CyclictestGuest(span, threads, work, work) { Idle = idle },
                2 => new UniformGuest(VirtualDuration.FromMicroseconds(1), span) { Idle = idle },
                3 => new ExponentialGuest(span) { Idle = idle },
                4 => new TickGuest(1_000, (NoHz)(threads % 2), work) { Idle = idle },
                5 => new LapicTimerGuest(span, threads == 1, work) { Idle = idle },
                6 => new TcpRrGuest(span, work, Send, 1_000, span * threads) { Idle = idle },
                7 => new RedisLikeGuest(span, threads == 1, work, Send, span * 3, work)
                {
                    Idle = idle,
                },
                8 => new StormGuest(VirtualDuration.FromMicroseconds(20), 4 * threads, span)
                {
                    Idle = idle,
                },
                9 => new MixGuest([
                    new NanosleepGuest(span, work),
                    new TickGuest(2_000, NoHz.Idle, work * 100),
                    new TickGuest(1_000, NoHz.Full, work),
                ])
                {
                    Idle = idle,
                },
                10 => new TscDeadlineLatencyGuest(2 * span.Nanoseconds) { Idle = idle },
                _ => new IdleGuest(span) { Idle = idle },
            }
    );

    private static readonly Gen<GuestDescription> Guests = Gen.OneOf(
        OwnPrograms,
        Gen.Int[0, 3]
            .Select(
                GuestDescription (kind) =>
                    kind == 0 ? new CommandedGuest { Idle = GuestIdle.Halt } : new CommandedGuest()
            )
    );

    private static readonly Gen<PvTimerParameters> Flawed = Gen.Select(
        Gen.OneOf(Gen.Const(0u), Gen.Const(uint.MaxValue), Gen.UInt),
        Gen.Bool,
        Gen.Enum<WeakExchange>(),
        (flaws, busy, weak) =>
            new PvTimerParameters
            {
                Variant = PvTimerVariant.AsPosted,
                Flaws = Flaws.Of(flaws),
                Worker = busy ? WorkerMode.Busy : WorkerMode.Paced,
                WeakExchange = weak,
            }
    );

    /// <summary>Whatever does not weigh on the others: seed, costs and what KVM can do for a halted vCPU.</summary>
    private static readonly Gen<HostOptions> Fittings = Gen.Select(
        Gen.ULong[1, 1_000],
        Gen.Bool,
        Gen.Int[0, 2],
        Gen.Int[0, 3],
        Gen.Int[0, 3],
        (seed, ideal, poll, advance, timer) =>
            new HostOptions
            {
                Seed = seed,
                Costs = ideal ? SimpleCosts.Ideal : SimpleCosts.Plausible,
                HaltPoll = VirtualDuration.FromMicroseconds(50 * poll),
                TimerAdvance = VirtualDuration.FromNanoseconds(advance < 3 ? 500 * advance : 0),
                TunesTimerAdvance = advance == 3,
                HvTimer = timer == 0,
            }
    );

    private static readonly Gen<CpuBandwidth?> Quotas = Gen.Select(
        Gen.Int[0, 3],
        Gen.Int[1, 5],
        Gen.Int[1, 5],
        (limited, quota, period) =>
            limited == 0
                ? new CpuBandwidth(
                    VirtualDuration.FromMilliseconds(int.Min(quota, period)),
                    VirtualDuration.FromMilliseconds(period)
                )
                : null
    );

    /// <summary>The clocks of a VM: most are as usual.</summary>
    private static readonly Gen<VmOptions> Clocks = Gen.Select(
        Gen.Int[-50, 150],
        Gen.Int[0, 2],
        Gen.Int[-10, 10],
        Gen.Int[0, 5],
        (skew, scaling, bus, megahertz) =>
            new VmOptions
            {
                ClockEvent = bus switch
                {
                    -10 => ClockEvent.HypervStimer,
                    -9 => ClockEvent.HypervStimerDirect,
                    _ => ClockEvent.Lapic,
                },
                Tsc = megahertz == 0 ? TscFrequency.FromKilohertz(1_799_999) : null,
                TscScaling = megahertz == 0 || scaling > 0,
                TscSkew = skew < 50 ? skew * 1_000 : 0,
                ApicBusCycle = bus > 1 ? VirtualDuration.FromNanoseconds(bus) : Lapic.UsualBusCycle,
            }
    );

    /// <summary>A host that differs from the others in some of what may differ.</summary>
    private static readonly Gen<Func<OtherHostSettings, OtherHostSettings>> Others = Gen.Select(
        Gen.Int[0, 3],
        Gen.Int[-600, 600],
        Gen.Int[-4, 4],
        Func<OtherHostSettings, OtherHostSettings> (tsc, kilohertz, other) =>
            host =>
                host with
                {
                    Tsc =
                        tsc > 0
                            ? TscFrequency.FromKilohertz(host.Tsc.Kilohertz + (kilohertz * 1_001L))
                            : host.Tsc,
                    HaltPoll =
                        other > 0 ? VirtualDuration.FromMicroseconds(30 * other) : host.HaltPoll,
                    TimerAdvance =
                        other < 0
                            ? VirtualDuration.FromNanoseconds(-400 * other)
                            : host.TimerAdvance,
                    TunesTimerAdvance = other >= 0 && host.TunesTimerAdvance,
                    Costs = tsc == 1 ? SimpleCosts.Plausible : host.Costs,
                }
    );

    /// <summary>Scripts within bounds; each is valid, and has one back-end.</summary>
    /// <param name="bounds">Null: the defaults.</param>
    /// <exception cref="ArgumentException">A bound leaves nothing to generate.</exception>
    public static Gen<Scenario> Of(ScriptBounds? bounds = null)
    {
        ScriptBounds within = bounds ?? new ScriptBounds();
        if (within.TooSmall is { } bound)
        {
            throw new ArgumentException(
                $"such scripts cannot be generated: {bound}",
                nameof(bounds)
            );
        }
        Gen<GuestDescription> guests = within.OnlyCommands
            ? Gen.Const((GuestDescription)new CommandedGuest())
            : Guests;
        return Gen.Select(
                Gen.Int[1, within.Hosts],
                Options(within),
                Gen.Select(Gen.Int[1, within.Vcpus], guests, VmOptions(within)).Array[
                    1,
                    within.Vms
                ],
                within.Differences
                    ? Others.Array[0, within.Hosts - 1]
                    : Gen.Const(Array.Empty<Func<OtherHostSettings, OtherHostSettings>>())
            )
            .SelectMany(
                (hosts, options, vms, others) =>
                {
                    Scenario machine = Machine(hosts, options, vms) with
                    {
                        Duration = within.Duration,
                    };
                    machine = machine with
                    {
                        OtherHosts =
                        [
                            .. others
                                .Take(hosts - 1)
                                .Select((differs, index) => differs(machine.HostOf(index + 1)))
                                .Select(other =>
                                    within.Backend.IsTransparent && other.Tsc != machine.Host.Tsc
                                        ? other with
                                        {
                                            Backend = TimerBackends.Of("preemption-timer"),
                                        }
                                        : other
                                ),
                        ],
                    };
                    return ScriptEvents
                        .Of(within, machine)
                        .Select(events => machine with { Events = events });
                }
            );
    }

    /// <summary>What exits: one of APICv, HLT, MWAIT and guest halt polling is not as usual in some VMs.</summary>
    private static Gen<VmOptions> VmOptions(ScriptBounds bounds) =>
        Gen.Select(
            bounds.Differences ? Clocks : Gen.Const(new VmOptions()),
            bounds.Quotas ? Quotas : Gen.Const((CpuBandwidth?)null),
            bounds.Differences ? Gen.Int[0, 7] : Gen.Const(7),
            (clocks, quota, unusual) =>
                clocks with
                {
                    Bandwidth = quota,
                    HasApicv = unusual != 0 || bounds.Backend.NeedsApicvFor is not null,
                    HltExits = unusual != 1,
                    HasMwait = unusual == 2,
                    GuestHaltPolling = unusual == 3 ? GuestHaltPolling.Default : null,
                }
        );

    private static Gen<HostOptions> Options(ScriptBounds bounds) =>
        Gen.Select(
            Gen.Int[2, 4],
            Gen.Int[20, 400],
            bounds.AnyFlaws ? Flawed : Gen.Const(bounds.PvTimer),
            Fittings,
            Gen.Int[1, 2_000],
            (pcpus, scan, pvTimer, fittings, kibibytes) =>
                fittings with
                {
                    Pcpus = pcpus,
                    Sockets = pcpus == 4 && fittings.HvTimer ? 2 : 1,
                    TimerCpu = pcpus - 1,
                    // A scan that takes no time, again and again, would be an event each nanosecond.
                    Costs =
                        pvTimer.Worker == WorkerMode.Busy ? SimpleCosts.Plausible : fittings.Costs,
                    Backend = bounds.Backend,
                    PvTimer = pvTimer with { ScanPeriod = VirtualDuration.FromMicroseconds(scan) },
                    Migration = new MigrationParameters
                    {
                        Memory = new DataSize(kibibytes * 1024L),
                        Tsc = (TscInDowntime)(kibibytes % 2),
                    },
                }
        );

    private static Scenario Machine(
        int hosts,
        HostOptions options,
        (int Vcpus, GuestDescription Guest, VmOptions Options)[] vms
    ) =>
        Description.Of(hosts, options) with
        {
            Vms =
            [
                .. vms.Select(
                    (vm, index) =>
                        Description.Vm(
                            string.Create(CultureInfo.InvariantCulture, $"vm{index}"),
                            vm.Vcpus,
                            host: index % hosts,
                            vm.Guest,
                            pins: null,
                            Fit(vm.Options, vm.Guest)
                        )
                ),
            ],
        };

    /// <summary>Without what is for other guests.</summary>
    private static VmOptions Fit(VmOptions options, GuestDescription guest) =>
        options with
        {
            ClockEvent = guest is LapicTimerGuest ? ClockEvent.Lapic : options.ClockEvent,
            GuestHaltPolling =
                guest.Idle == GuestIdle.Poll && guest is not CommandedGuest
                    ? null
                    : options.GuestHaltPolling,
        };
}
