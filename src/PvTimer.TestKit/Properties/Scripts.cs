using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using CsCheck;
using PvTimer.Model.Costs;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Msrs;
using PvTimer.Model.Paravirt;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Properties;

/// <summary>How large generated scripts are, and what is in them.</summary>
public sealed record ScriptBounds
{
    /// <summary>Most hosts, at least 1. VMs are migrated if there are two.</summary>
    public int Hosts { get; init; } = 2;

    /// <summary>Most VMs, at least 1.</summary>
    public int Vms { get; init; } = 2;

    /// <summary>Most vCPUs of a VM, at least 1.</summary>
    public int Vcpus { get; init; } = 2;

    /// <summary>Most events, at least 0.</summary>
    public int Events { get; init; } = 8;

    /// <summary>Virtual time of each, at least 1 ms.</summary>
    public VirtualDuration Duration { get; init; } = VirtualDuration.FromMilliseconds(20);

    /// <summary>How guests' timers are emulated.</summary>
    public TimerBackend Backend { get; init; } = TimerBackend.PvTimer;

    /// <summary>Which variant, with which flaws.</summary>
    public PvTimerParameters PvTimer { get; init; } = new();

    /// <summary>The timer CPU may stall, and go offline.</summary>
    public bool Outages { get; init; } = true;
}

/// <summary>Generators of scripts as scenarios, for property tests: machines, guests, what is done to them.</summary>
public static class Scripts
{
    private static readonly Gen<VirtualDuration> Spans = Gen.OneOf(
        Gen.Int[1, 40].Select(us => VirtualDuration.FromMicroseconds(us)),
        Gen.Int[100, 3_000].Select(us => VirtualDuration.FromMicroseconds(us)),
        Gen.Int[1, 300_000].Select(ns => VirtualDuration.FromNanoseconds(ns))
    );

    private static readonly Gen<GuestInstruction> Instructions = Gen.Select(
        Gen.Int[0, 9],
        Spans,
        (kind, span) =>
            kind switch
            {
                0 or 1 or 2 or 3 => GuestInstruction.Program(span),
                4 => GuestInstruction.WriteDeadline(span),
                5 => GuestInstruction.ProgramTsc(TscTicks.Zero),
                6 => GuestInstruction.Compute(span),
                7 => GuestInstruction.ReadMsr(MsrIndex.Ia32TscDeadline),
                8 => GuestInstruction.Wait,
                _ => GuestInstruction.Halt,
            }
    );

    private static readonly Gen<GuestDescription> Guests = Gen.Select(
        Gen.Int[0, 5],
        Gen.Int[40, 2_000].Select(us => VirtualDuration.FromMicroseconds(us)),
        GuestDescription (kind, span) =>
            kind switch
            {
                0 => new NanosleepGuest(span, VirtualDuration.Zero),
                1 => new CyclictestGuest(span, 1, VirtualDuration.Zero, VirtualDuration.Zero),
                2 => new UniformGuest(VirtualDuration.FromMicroseconds(1), span),
                _ => new CommandedGuest(),
            }
    );

    /// <summary>Scripts within bounds; each is valid, and has one back-end.</summary>
    /// <param name="bounds">Null: the defaults.</param>
    public static Gen<Scenario> Of(ScriptBounds? bounds = null)
    {
        ScriptBounds within = bounds ?? new ScriptBounds();
        return Gen.Select(
                Gen.Int[1, within.Hosts],
                Gen.Int[2, 4],
                Gen.Int[20, 400],
                Gen.Select(Gen.Int[1, within.Vcpus], Guests).Array[1, within.Vms],
                Gen.Bool
            )
            .SelectMany(
                (hosts, pcpus, scan, vms, ideal) =>
                {
                    Scenario machine = Machine(within, hosts, pcpus, scan, vms, ideal);
                    return Events(within, machine)
                        .Select(events => machine with { Events = events });
                }
            );
    }

    private static Scenario Machine(
        ScriptBounds bounds,
        int hosts,
        int pcpus,
        int scan,
        (int Vcpus, GuestDescription Guest)[] vms,
        bool ideal
    )
    {
        HostOptions options = new()
        {
            Pcpus = pcpus,
            TimerCpu = pcpus - 1,
            Backend = bounds.Backend,
            Costs = ideal ? SimpleCosts.Ideal : SimpleCosts.Plausible,
            PvTimer = bounds.PvTimer with { ScanPeriod = VirtualDuration.FromMicroseconds(scan) },
            Migration = new MigrationParameters { Memory = new DataSize(1_000) },
        };
        return Description.Of(hosts, options) with
        {
            Duration = bounds.Duration,
            Vms =
            [
                .. vms.Select(
                    (vm, index) =>
                        Description.Vm(
                            options.Tsc,
                            string.Create(CultureInfo.InvariantCulture, $"vm{index}"),
                            vm.Vcpus,
                            host: index % hosts,
                            vm.Guest,
                            pins: null
                        )
                ),
            ],
        };
    }

    /// <summary>Events in the order of their times; a VM is only migrated to where it is not.</summary>
    private static Gen<ImmutableArray<EventSettings>> Events(
        ScriptBounds bounds,
        Scenario machine
    ) =>
        Gen.Select(
                Gen.Long[0, bounds.Duration.Nanoseconds - 1],
                Gen.Int[0, 99],
                Gen.Int[0, 1_000],
                Instructions.Array[1, 3],
                Gen.Bool
            )
            .Array[0, bounds.Events]
            .Select(drawn =>
            {
                Dictionary<string, int> hostOf = machine.Instances.ToDictionary(
                    vm => vm.Name,
                    vm => vm.Host,
                    StringComparer.Ordinal
                );
                List<EventSettings> events = [];
                foreach (
                    (
                        long at,
                        int kind,
                        int which,
                        GuestInstruction[] what,
                        bool handler
                    ) in drawn.OrderBy(each => each.Item1)
                )
                {
                    VirtualDuration when = VirtualDuration.FromNanoseconds(at);
                    if (
                        Event(bounds, machine, hostOf, when, kind, which, [.. what], handler) is
                        { } happening
                    )
                    {
                        events.Add(happening);
                    }
                }
                return events.ToImmutableArray();
            });

    private static EventSettings? Event(
        ScriptBounds bounds,
        Scenario machine,
        Dictionary<string, int> hostOf,
        VirtualDuration at,
        int kind,
        int which,
        ImmutableArray<GuestInstruction> what,
        bool handler
    )
    {
        (VmSettings of, string vm, int _) = machine.Instances.ElementAt(which % machine.Vms.Length);
        int vcpu = which % of.Vcpus;
        int timerCpu = machine.Host.TimerCpu!.Value;
        switch (kind)
        {
            case < 10:
                return new MoveSettings(at, vm, vcpu, which % timerCpu);
            case < 16:
                return new SaveRestoreSettings(at, vm, vcpu);
            case < 24:
                return new InterruptSettings(at, vm, vcpu, (byte)(0x30 + (which % 0x40)));
            case < 34 when machine.Hosts > 1:
                hostOf[vm] = 1 - hostOf[vm];
                return new MigrateSettings(at, vm, hostOf[vm]);
            case < 40 when bounds.Outages:
                return new StallSettings(
                    at,
                    which % machine.Hosts,
                    timerCpu,
                    VirtualDuration.FromMicroseconds(1 + which)
                );
            case < 43 when bounds.Outages:
                return new OfflineSettings(at, which % machine.Hosts, timerCpu);
            default:
                return of.Guest is CommandedGuest
                    ? new CommandSettings(at, vm, vcpu, what, handler ? [what[0]] : null)
                    : null;
        }
    }
}
