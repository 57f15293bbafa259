using System;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Timers.Synthetic;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Survey;

/// <summary>What is known of how a scenario's guests use their timers, without running it. Null: it depends.</summary>
/// <param name="InGuestMode">Share of the expiries that find them in guest mode.</param>
/// <param name="Doorbells">Share of the deadlines that pvtimer cannot leave in a page.</param>
/// <param name="OnOwnPcpu">Share of the expiries for which pvtimer's guests ring too often, and have their own pCPU.</param>
/// <param name="Ticks">Share of the deadlines that are ticks which a host can count by itself.</param>
internal sealed record KnownUse(
    double? InGuestMode,
    double? Doorbells,
    double? OnOwnPcpu,
    double? Ticks
)
{
    /// <summary>What is not further ahead may have passed when KVM has handled the write.</summary>
    private static readonly VirtualDuration s_near = VirtualDuration.FromMicroseconds(5);

    /// <summary>
    /// All guests have to agree. Null: closed forms do not hold for some VM, which has another timer than the
    /// back-end's, or no APICv, or has it for a part of the run only.
    /// </summary>
    public static KnownUse? Of(Scenario scenario)
    {
        if (!scenario.Vms.All(IsServed) || ChangesMeanwhile(scenario))
        {
            return null;
        }
        int vcpus = scenario.Vms.Sum(vm => vm.Count * vm.Vcpus);
        bool hasRoom =
            vcpus <= scenario.Hosts * (scenario.Host.Cpus - 1)
            && scenario.Vms.All(vm => vm.Pin != PinPolicy.Listed && vm.Bandwidth is null);
        return new KnownUse(
            hasRoom ? Agreed(scenario, InGuestModeOf) : null,
            Agreed(scenario, DoorbellsOf),
            Agreed(scenario, OnOwnPcpuOf),
            Agreed(scenario, static (_, vm) => TicksOf(vm.Guest))
        );
    }

    /// <summary>Closed form of a back-end's exits for each timer that fired: the least and the most that it can be.</summary>
    /// <param name="backend">Which.</param>
    /// <param name="writes">Deadlines that the guests programmed.</param>
    /// <param name="fired">Timers that fired, at least 1.</param>
    public (double Least, double Most) ExitsOn(TimerBackend backend, long writes, long fired)
    {
        return (
            Of(InGuestMode ?? 0, Doorbells ?? 0, OnOwnPcpu ?? 0, Ticks ?? 1),
            Of(InGuestMode ?? 1, Doorbells ?? 1, OnOwnPcpu ?? 1, Ticks ?? 0)
        );

        double Of(double mode, double doorbells, double own, double ticks) =>
            (double)
                backend.ExitsFor(
                    new TimerUse(
                        writes,
                        (long)(mode * fired),
                        (long)(doorbells * writes),
                        (long)(own * fired),
                        (long)(ticks * writes)
                    )
                ) / fired;
    }

    /// <summary>The compared back-end is what its TSC deadlines go to.</summary>
    private static bool IsServed(VmSettings vm) =>
        vm is { Backend: null, ClockEvent: ClockEvent.Lapic, HasApicv: true }
        && UsesDeadlines(vm.Guest);

    /// <summary>The timer CPU is not there, or goes; or another host has another back-end.</summary>
    private static bool ChangesMeanwhile(Scenario scenario) =>
        scenario.Host.TimerCpu is null
        || scenario.Events.Any(happening => happening is OfflineSettings)
        || scenario.OtherHosts.Any(host => host.Backend is not null);

    /// <summary>Counters of the LAPIC are KVM's on every back-end; what a commanded guest does is not known.</summary>
    private static bool UsesDeadlines(GuestDescription guest) =>
        guest is MixGuest mix
            ? mix.Guests.All(UsesDeadlines)
            : guest is not (LapicTimerGuest or CommandedGuest);

    private static double? Agreed(Scenario scenario, Func<Scenario, VmSettings, double?> of)
    {
        double?[] all = [.. scenario.Vms.Select(vm => of(scenario, vm)).Distinct()];
        return all is [var one] ? one : null;
    }

    private static double? InGuestModeOf(Scenario scenario, VmSettings vm)
    {
        bool staysInGuest = vm.Guest.Idle == GuestIdle.Poll || !vm.HltExits || vm.HasMwait;
        VirtualDuration advance = scenario.Host.TunesTimerAdvance
            ? s_near
            : scenario.Host.TimerAdvance;
        return vm.Guest is TraceGuest
            || ShortestOf(vm.Guest) <= s_near + advance
            || (vm.GuestHaltPolling is not null && !staysInGuest)
                ? null
            : staysInGuest ? 1
            : DistanceOf(vm.Guest) is not null ? 0
            : null;
    }

    /// <summary>A guest that sleeps for a span after each timer follows the scans that its timers wait for.</summary>
    private static double? DoorbellsOf(Scenario scenario, VmSettings vm) =>
        DistanceOf(vm.Guest) is { } distance
        && DoorbellShare(scenario.PvTimer, distance, vm.Tsc ?? scenario.Host.Tsc) is var share
        && (share is 0 or 1 || vm.Guest is not NanosleepGuest)
            ? share
            : null;

    /// <summary>
    /// Of deadlines so far ahead, at uniform phase to the scans: with scans each T and a padding p, 1 below p, 1 - d/T from
    /// there to T, and 0 from T on. A busy worker's scans follow one another closer than any padding.
    /// </summary>
    private static double DoorbellShare(
        PvTimerParameters pvTimer,
        VirtualDuration distance,
        TscFrequency tsc
    ) =>
        distance < tsc.SpanOf(pvTimer.PaddingCycles) ? 1
        : pvTimer.Worker == WorkerMode.Paced && distance < pvTimer.ScanPeriod
            ? 1 - ((double)distance.Nanoseconds / pvTimer.ScanPeriod.Nanoseconds)
        : 0;

    /// <summary>Zero, if not even the vCPU that may ring least often rings more often between two scans.</summary>
    private static double? OnOwnPcpuOf(Scenario scenario, VmSettings vm)
    {
        int most = Enumerable
            .Range(0, vm.Vcpus)
            .Min(vcpu => PvTimerParameters.DoorbellsOf(vcpu, vm.Vcpus));
        return
            DistanceOf(vm.Guest) is { } distance && scenario.PvTimer.ScanPeriod <= distance * most
            ? 0
            : null;
    }

    private static double? TicksOf(GuestDescription guest) =>
        guest switch
        {
            TickGuest { NoHz: NoHz.Off } => 1,
            MixGuest => null,
            _ => 0,
        };

    /// <summary>Of a guest that sleeps until one deadline after the other, all as far ahead.</summary>
    private static VirtualDuration? DistanceOf(GuestDescription guest) =>
        guest switch
        {
            CyclictestGuest { Threads: 1 } test when test.Work == VirtualDuration.Zero =>
                test.Period,
            NanosleepGuest loop when loop.Work == VirtualDuration.Zero => loop.Sleep,
            TickGuest { NoHz: NoHz.Off } tick when tick.Work == VirtualDuration.Zero => tick.Period,
            _ => null,
        };

    /// <summary>How near its deadlines can be; null: no guest of that kind programs a near one.</summary>
    private static VirtualDuration? ShortestOf(GuestDescription guest) =>
        guest switch
        {
            NanosleepGuest loop => loop.Sleep,
            UniformGuest uniform => uniform.Shortest,
            ExponentialGuest or TscDeadlineGuest or TscDeadlineLatencyGuest => VirtualDuration.Zero,
            CyclictestGuest test => VirtualDuration.FromNanoseconds(
                test.Period.Nanoseconds / test.Threads
            ),
            StormGuest storm => storm.Distance,
            MixGuest mix => mix.Guests.Select(ShortestOf).Where(each => each is not null).Min(),
            _ => null,
        };
}
