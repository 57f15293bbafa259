using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Experiments.Tests.Naive.Machine;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Naive;

/// <summary>One configuration, run by the machine and by <see cref="NaiveMachine"/>.</summary>
internal static class Comparison
{
    /// <summary>So far apart a timer's two latenesses, or the two times of an exit, may be [ns].</summary>
    public const long Tolerance = 20;

    public static NaiveCosts Profile(string name, double part) =>
        NaiveCosts.Read(ScenarioFolder.Repository($"config/costs/{name}.conf"), part);

    public static MachineReport Run(
        NaiveConfiguration configuration,
        ScenarioFolder folder,
        NaiveBackEnd backEnd
    )
    {
        Scenario scenario = folder.Read(ScenarioText.Of(configuration));
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, TimerBackends.Of(NameOf(backEnd)))
        );
        return machine.Report(SequentialEngine.Run(machine, new RunOptions()).Reached);
    }

    /// <summary>The word for it in scenarios.</summary>
    public static string NameOf(NaiveBackEnd backEnd) =>
        backEnd switch
        {
            NaiveBackEnd.Hrtimer => "hrtimer",
            NaiveBackEnd.PreemptionTimer => "preemption-timer",
            NaiveBackEnd.Fastpath => "fastpath",
            NaiveBackEnd.PiInject => "pi-inject",
            NaiveBackEnd.PvTimer => "pvtimer",
            NaiveBackEnd.ApicvTimer => "apicv-timer",
            NaiveBackEnd.Passthrough => "passthrough",
            NaiveBackEnd.Paratick => "paratick",
            _ => "avic",
        };

    /// <summary>Each in words; none: the two agree.</summary>
    public static IEnumerable<string> Differences(MachineReport report, NaiveResult naive)
    {
        foreach ((string what, long machine, long other) in Counts(report, naive))
        {
            if (machine != other)
            {
                yield return $"{what} {machine}, naive {other}";
            }
        }
        foreach ((VmExitReason reason, long count, long time) in Times(naive))
        {
            long machine = report.Exits.Where(exit => exit.Reason == reason).Sum(TotalOf);
            if (Math.Abs(machine - time) > Tolerance * count)
            {
                yield return $"{reason} {machine} ns, naive {time} ns";
            }
        }
        long[] late = [.. LatenessOf(report)];
        long[] naivelyLate = [.. naive.Lateness.Order()];
        if (late.Length == naivelyLate.Length)
        {
            foreach (
                (long one, long other) in late.Zip(naivelyLate)
                    .Where(pair => Math.Abs(pair.First - pair.Second) > Tolerance)
                    .Take(1)
            )
            {
                yield return $"{one} ns late, naive {other} ns";
            }
        }
    }

    /// <summary>Of all timers that fired, ascending [ns].</summary>
    public static IEnumerable<long> LatenessOf(MachineReport report) =>
        report
            .Lateness.Ascending()
            .SelectMany(each => Enumerable.Repeat(each.Span.Nanoseconds, (int)each.Count));

    private static IEnumerable<(string What, long Machine, long Naive)> Counts(
        MachineReport report,
        NaiveResult naive
    ) =>
        [
            ("armed", report.Timers.Armed, naive.Armed),
            ("fired", report.Timers.Fired, naive.Fired),
            ("late or early", report.Lateness.Count, naive.Lateness.Count),
            ("posted", report.PostedInterrupts, naive.Posted),
            ("scans", report.Scans, naive.Scans),
            .. Times(naive)
                .Select(each =>
                    (
                        $"{each.Reason}",
                        report
                            .Exits.Where(exit => exit.Reason == each.Reason)
                            .Sum(exit => exit.Count),
                        each.Count
                    )
                ),
        ];

    private static IEnumerable<(VmExitReason Reason, long Count, long Time)> Times(
        NaiveResult naive
    ) =>
        [
            (VmExitReason.MsrWrite, naive.MsrWrites, naive.MsrWriteTime),
            (VmExitReason.Hlt, naive.Hlts, naive.HltTime),
            (VmExitReason.PreemptionTimer, naive.PreemptionTimers, naive.PreemptionTimerTime),
            (VmExitReason.ExternalInterrupt, naive.ExternalInterrupts, naive.ExternalInterruptTime),
        ];

    private static long TotalOf(ExitStatistics exit) => exit.Total.Nanoseconds;
}
