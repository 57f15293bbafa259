using System;
using System.Collections.Immutable;

namespace PvTimer.Cli.Benchmarks;

/// <summary>What `pvtimer bench scale` found.</summary>
/// <param name="Machine">Where it ran.</param>
/// <param name="DurationNanoseconds">Virtual time of each run.</param>
/// <param name="Rows">One for each size and engine.</param>
public sealed record ScaleReport(
    BenchMachine Machine,
    long DurationNanoseconds,
    ImmutableArray<ScaleRow> Rows
);

/// <summary>One size on one engine.</summary>
/// <param name="Engine">"sequential" or "actors".</param>
/// <param name="Vcpus">How many.</param>
/// <param name="Hosts">That they are on.</param>
/// <param name="Events">Of the run.</param>
/// <param name="TraceHash">Of the run.</param>
/// <param name="BytesPerVcpu">What the garbage collector keeps, pCPUs and everything else included.</param>
/// <param name="Seconds">Wall time of each step.</param>
public sealed record ScaleRow(
    string Engine,
    int Vcpus,
    int Hosts,
    long Events,
    string TraceHash,
    ScaleMemory BytesPerVcpu,
    ScaleSeconds Seconds
)
{
    /// <summary>Compared with the next smaller size; null: there is none.</summary>
    public ScaleGrowth? Growth { get; init; }

    public double EventsPerSecond => Events / Seconds.Run;

    internal ScaleGrowth GrowthFrom(ScaleRow smaller)
    {
        double size = Ratio(smaller.Vcpus, Vcpus);
        return new ScaleGrowth(
            Exponent(
                BytesPerVcpu.AtEnd * (double)Vcpus,
                smaller.BytesPerVcpu.AtEnd * (double)smaller.Vcpus,
                size
            ),
            Exponent(Seconds.Describe, smaller.Seconds.Describe, size),
            Exponent(Seconds.Build, smaller.Seconds.Build, size),
            Exponent(Seconds.Start, smaller.Seconds.Start, size),
            Exponent(Seconds.Run, smaller.Seconds.Run, size),
            Exponent(Seconds.Freeze, smaller.Seconds.Freeze, size),
            Exponent(Seconds.Report, smaller.Seconds.Report, size)
        );
    }

    private static double Ratio(double smaller, double larger) => Math.Log(larger / smaller);

    private static double? Exponent(double larger, double smaller, double size) =>
        larger > 0 && smaller > 0 ? Ratio(smaller, larger) / size : null;
}

/// <summary>Bytes per vCPU.</summary>
/// <param name="Built">The machine and its description.</param>
/// <param name="Started">And the kernel, or the actors, before the first event.</param>
/// <param name="AtEnd">And what the run left: pending events, ledgers.</param>
/// <param name="Checkpoint">Of the frozen state.</param>
public sealed record ScaleMemory(long Built, long Started, long AtEnd, long Checkpoint);

/// <summary>Wall time of the steps of one run [seconds].</summary>
/// <param name="Describe">From the scenario to the machine's description.</param>
/// <param name="Build">From there to the machine.</param>
/// <param name="Start">The kernel, or the actor system with all actors.</param>
/// <param name="Run">Virtual time.</param>
/// <param name="Freeze">The state at the end as bytes, in memory.</param>
/// <param name="Report">The numbers of the run.</param>
public sealed record ScaleSeconds(
    double Describe,
    double Build,
    double Start,
    double Run,
    double Freeze,
    double Report
);

/// <summary>
/// By which power of the number of vCPUs each step grew since the next smaller size: 1 is in proportion. From 100 000 to
/// 1 000 000 n log n is 1.08; steps below 10 ms are noise. Null: there was nothing to measure, at one of both sizes.
/// </summary>
/// <param name="Memory">All bytes at the run's end.</param>
/// <param name="Describe">Time, as the others.</param>
/// <param name="Build">See <see cref="ScaleSeconds"/>.</param>
/// <param name="Start">See <see cref="ScaleSeconds"/>.</param>
/// <param name="Run">See <see cref="ScaleSeconds"/>.</param>
/// <param name="Freeze">See <see cref="ScaleSeconds"/>.</param>
/// <param name="Report">See <see cref="ScaleSeconds"/>.</param>
public sealed record ScaleGrowth(
    double? Memory,
    double? Describe,
    double? Build,
    double? Start,
    double? Run,
    double? Freeze,
    double? Report
);
