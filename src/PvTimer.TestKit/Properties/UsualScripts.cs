using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Migration;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Properties;

/// <summary>A script whose hosts and VMs are more like those that nothing was said about.</summary>
internal static class UsualScripts
{
    private static readonly HostOptions Usual = new();
    private static readonly VmOptions UsualVm = new();

    /// <summary>One step down. Each is as valid as the script is.</summary>
    public static IEnumerable<Scenario> Of(Scenario scenario) =>
        WithUsualHosts(scenario).Concat(WithUsualVms(scenario));

    private static IEnumerable<Scenario> WithUsualHosts(Scenario scenario)
    {
        HostSettings host = scenario.Host;
        HostSettings[] simpler =
        [
            host with
            {
                Costs = Usual.Costs,
            },
            host with
            {
                HaltPoll = Usual.HaltPoll,
            },
            host with
            {
                HaltPolling = Usual.HaltPolling,
            },
            host with
            {
                TimerAdvance = Usual.TimerAdvance,
                TunesTimerAdvance = Usual.TunesTimerAdvance,
            },
            host with
            {
                HvTimer = Usual.HvTimer,
            },
            host with
            {
                Sockets = Usual.Sockets,
                Distances = null,
            },
        ];
        return simpler
            .Where(other => other != host)
            .Select(other => scenario with { Host = other })
            .Concat(
                new[]
                {
                    scenario with
                    {
                        Seed = Usual.Seed,
                    },
                    scenario with
                    {
                        Migration = scenario.Migration with { Tsc = TscInDowntime.Stops },
                    },
                }.Where(other => other != scenario)
            )
            .Concat(
                scenario.OtherHosts.Select(other =>
                    scenario with
                    {
                        OtherHosts = scenario.OtherHosts.Remove(other),
                    }
                )
            )
            .Concat(
                scenario.OtherHosts.SelectMany(
                    other => WithUsualDifferences(other, host),
                    (other, fewer) =>
                        scenario with
                        {
                            OtherHosts = scenario.OtherHosts.Replace(other, fewer),
                        }
                )
            );
    }

    /// <summary>A host that differs in one thing less.</summary>
    private static IEnumerable<OtherHostSettings> WithUsualDifferences(
        OtherHostSettings other,
        HostSettings usual
    ) =>
        new[]
        {
            other with
            {
                Tsc = usual.Tsc,
            },
            other with
            {
                Costs = usual.Costs,
            },
            other with
            {
                HaltPoll = usual.HaltPoll,
            },
            other with
            {
                Backend = null,
            },
            other with
            {
                TimerAdvance = usual.TimerAdvance,
                TunesTimerAdvance = usual.TunesTimerAdvance,
            },
        }.Where(fewer => fewer != other);

    private static IEnumerable<Scenario> WithUsualVms(Scenario scenario) =>
        scenario.Vms.SelectMany(
            vm =>
                new[]
                {
                    vm with
                    {
                        Backend = UsualVm.Backend,
                    },
                    vm with
                    {
                        ClockEvent = UsualVm.ClockEvent,
                    },
                    vm with
                    {
                        Bandwidth = UsualVm.Bandwidth,
                    },
                    vm with
                    {
                        Weight = UsualVm.Weight,
                    },
                    vm with
                    {
                        TscSkew = UsualVm.TscSkew,
                    },
                    vm with
                    {
                        Tsc = UsualVm.Tsc,
                    },
                    vm with
                    {
                        TscScaling = UsualVm.TscScaling,
                    },
                    vm with
                    {
                        ApicBusCycle = UsualVm.ApicBusCycle,
                    },
                    vm with
                    {
                        HasApicv = UsualVm.HasApicv,
                    },
                    vm with
                    {
                        HltExits = UsualVm.HltExits,
                    },
                    vm with
                    {
                        HasMwait = UsualVm.HasMwait,
                    },
                    vm with
                    {
                        GuestHaltPolling = UsualVm.GuestHaltPolling,
                    },
                }.Where(usual => usual != vm),
            (vm, usual) => scenario with { Vms = scenario.Vms.Replace(vm, usual) }
        );
}
