using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Survey;

/// <summary>What is known of how a scenario's guests use their timers, without running it.</summary>
/// <param name="InGuestMode">Share of the expiries that find them in guest mode; null: it depends.</param>
/// <param name="Doorbells">Share of the deadlines that pvtimer cannot leave in a page; null: it depends.</param>
internal sealed record KnownUse(double? InGuestMode, double? Doorbells)
{
    /// <summary>
    /// All guests have to agree. Null: closed forms do not hold for some VM, which has another timer than the
    /// back-end's, or no APICv.
    /// </summary>
    public static KnownUse? Of(Scenario scenario)
    {
        if (!scenario.Vms.All(IsServed))
        {
            return null;
        }
        double?[] modes = [.. scenario.Vms.Select(InGuestModeOf).Distinct()];
        double?[] doorbells = [.. scenario.Vms.Select(vm => DoorbellsOf(scenario, vm)).Distinct()];
        int vcpus = scenario.Vms.Sum(vm => vm.Count * vm.Vcpus);
        bool hasRoom =
            vcpus <= scenario.Hosts * (scenario.Host.Cpus - 1)
            && scenario.Vms.All(vm => vm.Pin != PinPolicy.Listed && vm.Bandwidth is null);
        return new KnownUse(
            hasRoom && modes is [var mode] ? mode : null,
            doorbells is [var share] ? share : null
        );
    }

    /// <summary>Closed form of a back-end's exits for each timer that fired: the least and the most that it can be.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="writes">Deadlines that the guests programmed.</param>
    /// <param name="fired">Timers that fired, at least 1.</param>
    public (double Least, double Most) ExitsOn(TimerBackend backend, long writes, long fired)
    {
        return (Of(InGuestMode ?? 0, Doorbells ?? 0), Of(InGuestMode ?? 1, Doorbells ?? 1));

        double Of(double mode, double doorbells) =>
            (double)
                backend.ExitsFor(
                    new TimerUse(writes, (long)(mode * fired), (long)(doorbells * writes))
                ) / fired;
    }

    /// <summary>The compared back-end is what its TSC deadlines go to.</summary>
    private static bool IsServed(VmSettings vm) =>
        vm is { Backend: null, ClockEvent: ClockEvent.Lapic, HasApicv: true }
        && UsesDeadlines(vm.Guest);

    /// <summary>Counters of the LAPIC are KVM's on every back-end; what a commanded guest does is not known.</summary>
    private static bool UsesDeadlines(GuestDescription guest) =>
        guest is MixGuest mix
            ? mix.Guests.All(UsesDeadlines)
            : guest is not (LapicTimerGuest or CommandedGuest);

    private static double? InGuestModeOf(VmSettings vm) =>
        vm.Guest is TraceGuest ? null
        : vm.Guest.Idle == GuestIdle.Poll || !vm.HltExits || vm.HasMwait ? 1
        : DistanceOf(vm.Guest) is not null ? 0
        : null;

    private static double? DoorbellsOf(Scenario scenario, VmSettings vm) =>
        DistanceOf(vm.Guest) is { } distance
            ? DoorbellShare(scenario.PvTimer, distance, vm.Tsc ?? scenario.Host.Tsc)
            : null;

    /// <summary>
    /// Of deadlines so far ahead, at uniform phase to the scans: with scans each T and a padding p, 1 below p, 1 - d/T from
    /// there to T, and 0 from T on.
    /// </summary>
    private static double DoorbellShare(
        PvTimerParameters pvTimer,
        VirtualDuration distance,
        TscFrequency tsc
    ) =>
        distance < tsc.SpanOf(pvTimer.PaddingCycles) ? 1
        : distance < pvTimer.ScanPeriod
            ? 1 - ((double)distance.Nanoseconds / pvTimer.ScanPeriod.Nanoseconds)
        : 0;

    /// <summary>Of a guest that sleeps until one deadline after the other, all as far ahead.</summary>
    private static VirtualDuration? DistanceOf(GuestDescription guest) =>
        guest switch
        {
            CyclictestGuest { Threads: 1 } test when test.Work == VirtualDuration.Zero =>
                test.Period,
            NanosleepGuest loop when loop.Work == VirtualDuration.Zero => loop.Sleep,
            TickGuest { NoHz: NoHz.Off } tick when tick.Work == VirtualDuration.Zero =>
                VirtualDuration.FromNanoseconds(1_000_000_000 / tick.Hertz),
            _ => null,
        };
}
