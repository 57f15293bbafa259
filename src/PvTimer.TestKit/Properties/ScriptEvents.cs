using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Properties;

/// <summary>Generators of what is done to a machine, and of what its guests are told.</summary>
internal static class ScriptEvents
{
    private static readonly VirtualDuration NearScan = VirtualDuration.FromMicroseconds(3);

    /// <summary>From less than it takes to arm a timer to many scans; some have passed already.</summary>
    private static readonly Gen<VirtualDuration> Spans = Gen.OneOf(
        Gen.Int[1, 40].Select(us => VirtualDuration.FromMicroseconds(us)),
        Gen.Int[100, 3_000].Select(us => VirtualDuration.FromMicroseconds(us)),
        Gen.Int[1, 300_000].Select(ns => VirtualDuration.FromNanoseconds(ns)),
        Gen.Int[-9, 0].Select(us => VirtualDuration.FromMicroseconds(us))
    );

    private static readonly Gen<GuestInstruction> Instructions = Gen.Select(
        Gen.Int[0, 39],
        Spans,
        (kind, span) =>
            kind switch
            {
                < 16 => GuestInstruction.Program(span),
                < 20 => GuestInstruction.WriteDeadline(span),
                < 23 => GuestInstruction.ProgramTsc(TscTicks.Zero),
                < 27 => GuestInstruction.Compute(
                    span > VirtualDuration.Zero ? span : VirtualDuration.Smallest
                ),
                < 30 => GuestInstruction.ReadMsr(MsrIndex.Ia32TscDeadline),
                < 33 => GuestInstruction.Wait,
                33 => GuestInstruction.WriteMsr(PvTimerParameters.DefaultEnableMsr, 0),
                _ => GuestInstruction.Halt,
            }
    );

    /// <summary>What an interrupt handler can do again and again without keeping its vCPU from all else.</summary>
    private static readonly Gen<GuestInstruction> HandlerInstructions = Gen.Select(
        Gen.Int[0, 5],
        Gen.Int[1, 30],
        (kind, span) =>
            kind switch
            {
                < 3 => GuestInstruction.Program(VirtualDuration.FromMicroseconds(40 * span)),
                3 => GuestInstruction.WriteDeadline(VirtualDuration.FromMicroseconds(40 * span)),
                4 => GuestInstruction.ReadMsr(MsrIndex.Ia32TscDeadline),
                _ => GuestInstruction.Compute(VirtualDuration.FromMicroseconds(span)),
            }
    );

    /// <summary>Events in the order of their times; a VM is only migrated to where it is not.</summary>
    public static Gen<ImmutableArray<EventSettings>> Of(ScriptBounds bounds, Scenario machine) =>
        Gen.Select(
                Times(bounds.Duration, machine.PvTimer.ScanPeriod),
                Gen.Int[0, 99],
                Gen.Int[0, 1_000],
                Instructions.Array[1, 3],
                HandlerInstructions.Array[0, 4].Select(some => some.Length > 2 ? [] : some)
            )
            .Array[0, bounds.Events]
            .Select(all =>
            {
                Dictionary<string, int> hostOf = machine.Instances.ToDictionary(
                    vm => vm.Name,
                    vm => vm.Host,
                    System.StringComparer.Ordinal
                );
                return all.OrderBy(each => each.Item1.Nanoseconds)
                    .Select(each => new Draw(
                        each.Item1,
                        each.Item2,
                        each.Item3,
                        each.Item4,
                        each.Item5
                    ))
                    .Select(draw => Event(bounds, machine, hostOf, draw))
                    .OfType<EventSettings>()
                    .ToImmutableArray();
            });

    /// <summary>Anywhere, or close to one of the scans.</summary>
    private static Gen<VirtualDuration> Times(VirtualDuration duration, VirtualDuration scan)
    {
        long last = duration.Nanoseconds - 1;
        return Gen.OneOf(
            Gen.Long[0, last].Select(VirtualDuration.FromNanoseconds),
            Gen.Select(
                Gen.Long[1, duration.Nanoseconds / scan.Nanoseconds],
                Gen.Long[-NearScan.Nanoseconds, NearScan.Nanoseconds],
                (scans, offset) =>
                    VirtualDuration.FromNanoseconds(
                        long.Clamp((scans * scan.Nanoseconds) + offset, 0, last)
                    )
            )
        );
    }

    private static EventSettings? Event(
        ScriptBounds bounds,
        Scenario machine,
        Dictionary<string, int> hostOf,
        Draw draw
    )
    {
        (VmSettings of, string vm, int _) = machine.Instances.ElementAt(
            draw.Which % machine.Vms.Length
        );
        int vcpu = draw.Which / 8 % of.Vcpus;
        return draw.Kind switch
        {
            < 34 when bounds.Disturbances => Disturbance(machine, hostOf, draw, vm, vcpu),
            < 41 when bounds.Outages => Outage(machine, draw),
            _ when of.Guest is CommandedGuest => new CommandSettings(
                draw.At,
                vm,
                vcpu,
                [.. draw.What],
                draw.Handler.Length > 0 ? [.. draw.Handler] : null
            ),
            _ => null,
        };
    }

    private static EventSettings? Disturbance(
        Scenario machine,
        Dictionary<string, int> hostOf,
        Draw draw,
        string vm,
        int vcpu
    )
    {
        switch (draw.Kind)
        {
            case < 10:
                return new MoveSettings(draw.At, vm, vcpu, draw.Which % TimerCpuOf(machine));
            case < 14:
                return new SaveRestoreSettings(draw.At, vm, vcpu);
            case < 18:
                return new SetMsrSettings(draw.At, vm, vcpu, MsrIndex.Ia32TscDeadline, 0);
            case < 24:
                return new InterruptSettings(draw.At, vm, vcpu, (byte)(0x30 + (draw.Which % 64)));
            case < 28:
                return new PauseSettings(draw.At, vm, LengthOf(draw));
            default:
                if (machine.Hosts == 1)
                {
                    return null;
                }
                hostOf[vm] = (hostOf[vm] + 1 + (draw.Which % (machine.Hosts - 1))) % machine.Hosts;
                return new MigrateSettings(draw.At, vm, hostOf[vm]);
        }
    }

    private static PcpuEventSettings Outage(Scenario machine, Draw draw)
    {
        int host = draw.Which % machine.Hosts;
        int timerCpu = TimerCpuOf(machine);
        return draw.Kind == 40
            ? new OfflineSettings(draw.At, host, timerCpu)
            : new StallSettings(
                draw.At,
                host,
                draw.Which % 3 == 0 ? timerCpu : draw.Which % machine.Host.Cpus,
                LengthOf(draw)
            );
    }

    private static VirtualDuration LengthOf(Draw draw) =>
        VirtualDuration.FromMicroseconds(1 + draw.Which);

    // reason: generated machines always have one
    private static int TimerCpuOf(Scenario machine) => machine.Host.TimerCpu!.Value;

    /// <summary>The numbers that an event is made of.</summary>
    private readonly record struct Draw(
        VirtualDuration At,
        int Kind,
        int Which,
        GuestInstruction[] What,
        GuestInstruction[] Handler
    );
}
