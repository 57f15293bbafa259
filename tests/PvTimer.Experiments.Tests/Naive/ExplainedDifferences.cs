using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Experiments.Tests.Naive.Machine;

namespace PvTimer.Experiments.Tests.Naive;

/// <summary>A way in which the machine differs from what was read in the sources, and stays so for a reason.</summary>
/// <param name="Name">What the machine does.</param>
/// <param name="Reason">Why.</param>
/// <param name="Without">The naive machine as it would be by the sources.</param>
/// <param name="Examples">Among them is one where it shows.</param>
/// <param name="Bound">A timer is at most so much later or earlier for it [ns].</param>
internal sealed record ExplainedDifference(
    string Name,
    string Reason,
    Func<NaiveConfiguration, NaiveConfiguration> Without,
    Func<Func<string, double, NaiveCosts>, IEnumerable<NaiveConfiguration>> Examples,
    Func<Func<string, double, NaiveCosts>, long> Bound
);

/// <summary>All of them. One that does not occur any more is struck out; there will be no new ones.</summary>
internal static class ExplainedDifferences
{
    private static readonly ExplainedDifference[] All =
    [
        new(
            "posts as if on one socket",
            "the CPU that posts does not know on which socket the vCPU is: it reads and writes the descriptor's and the "
                + "thread's lines in the time that they take within a socket",
            static configuration => configuration with { PostsAsIfOnOneSocket = false },
            static profile => [Example(profile, [300_000]) with { Pcpus = 2, Sockets = 2 }],
            static profile =>
            {
                NaiveCosts costs = profile("skylake", 0);
                return 2 * (costs.Line(sameSocket: false) - costs.Line(sameSocket: true));
            }
        ),
        new(
            "scans with interrupts on",
            "the worker and its CPU are two: an interrupt pauses it wherever it is, also between the two exchanges of a "
                + "page, where kvm_apic_sync_pv_timer has interrupts off",
            static configuration => configuration with { ScansWithInterruptsOn = false },
            static profile =>
                Enumerable
                    .Range(0, 12)
                    .Select(number => Example(profile, [511_400 + (number * 25)])),
            static profile =>
            {
                NaiveCosts costs = profile("skylake", 0);
                // One page's visit, and a nanosecond each for the pause and its end.
                return (2 * costs.Line(sameSocket: true)) + costs.ScanPerVcpu + 2;
            }
        ),
    ];

    public static TheoryData<string> Names => [.. All.Select(each => each.Name)];

    public static ExplainedDifference Of(string name) => All.Single(each => each.Name == name);

    private static NaiveConfiguration Example(
        Func<string, double, NaiveCosts> profile,
        long[] sleeps
    ) =>
        new()
        {
            Seed = 1,
            Duration = 2_000_000,
            Costs = profile("skylake", 0),
            Pcpus = 2,
            Vms =
            [
                new NaiveVm([0], Kilohertz: 2_500_000, Halts: false, new NaiveList([.. sleeps])),
            ],
        };
}
