using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Akka.Actor;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Events;

namespace PvTimer.Cli.Benchmarks;

/// <summary>
/// Measures engines against each other: in one process, on the same work (the trace hashes must agree), one
/// run of each in turn. A first round of runs, for the JIT compiler, is not counted. Setting up and
/// tearing down (an actor system, its actors) is not part of what is measured.
/// </summary>
public static partial class BenchRunner
{
    /// <summary>One way to run something: set up outside of the clock, run inside.</summary>
    private sealed record Contestant(string Name, Func<Prepared> Prepare);

    private sealed record Prepared(Func<RunOutcome> Run, IDisposable? Resources = null)
    {
        /// <summary>What a cluster says it took, after the run: then the clock here does not count.</summary>
        public Func<ClusterClock>? Clock { get; init; }

        /// <summary>What was looking on; null: nothing.</summary>
        public AllocationMeter? Meter { get; init; }
    }

    /// <param name="Seconds">In which virtual time ran.</param>
    /// <param name="Windows">Rounds.</param>
    private sealed record ClusterClock(double Seconds, long Windows);

    private readonly record struct Sample(
        double EventsPerSecond,
        double? BytesPerEvent,
        long? Windows,
        double? WindowsPerSecond,
        double? SteadyBytesPerEvent = null
    );

    /// <exception cref="ArgumentException">A parameter is out of its range.</exception>
    /// <exception cref="InvalidOperationException">Two rows did not compute the same.</exception>
    public static BenchReport Phold(PholdParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (parameters.FindMistake() is { } mistake)
        {
            throw new ArgumentException(mistake, nameof(parameters));
        }
        var plainHeap = new Contestant(
            "plain-heap",
            () => new Prepared(new PlainHeapPhold(parameters).Run)
        );
        return Measure(
            parameters,
            [plainHeap, .. Engines(() => new PholdMachine(parameters))],
            parameters.Runs
        );
    }

    /// <param name="create">Builds the machine anew for every run; always the same one.</param>
    /// <param name="runs">Of each row, at least 1.</param>
    /// <exception cref="InvalidOperationException">Two rows did not compute the same.</exception>
    public static BenchReport Machine(Func<IMachine> create, int runs)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        IMachine machine = create();
        var parameters = new
        {
            Entities = machine.Entities.Length,
            DurationNanoseconds = machine.End.Nanoseconds,
        };
        return Measure(parameters, [.. Engines(create)], runs);
    }

    /// <summary>Bytes per event in steady state of one run of a row.</summary>
    /// <param name="create">Builds what is run.</param>
    /// <param name="row">"sequential" or "actors".</param>
    internal static double? SteadyBytesPerEvent(Func<IMachine> create, string row)
    {
        Prepared prepared = Engines(create).First(each => each.Name == row).Prepare();
        using IDisposable? resources = prepared.Resources;
        prepared.Run();
        return prepared.Meter?.BytesPerEvent;
    }

    private static IEnumerable<Contestant> Engines(Func<IMachine> create)
    {
        yield return new Contestant(
            "sequential",
            () =>
            {
                IMachine machine = create();
                AllocationMeter meter = new(machine.End);
                return new Prepared(() => SequentialEngine.Run(machine, meter.Options))
                {
                    Meter = meter,
                };
            }
        );
        foreach ((string name, int regions) in new[] { ("actors", 1), ("actors-2-regions", 2) })
        {
            yield return new Contestant(
                name,
                () =>
                {
                    IMachine machine = create();
                    // It sees one thread.
                    AllocationMeter? meter = regions == 1 ? new(machine.End) : null;
                    var run = new ActorRun(
                        machine,
                        meter?.Options ?? new RunOptions(regions),
                        new ActorOptions()
                    );
                    return new Prepared(run.Execute, run) { Meter = meter };
                }
            );
        }
        yield return new Contestant("stepped", () => Stepped(create()));
    }

    /// <summary>Event by event on the caller's thread, with somebody who looks on, as scripts do it.</summary>
    private static Prepared Stepped(IMachine machine)
    {
        ActorSystem system = ActorSystem.Create("bench", ActorOptions.Embedded);
        long seen = 0;
        var run = new SteppedRun(system, machine, observe: _ => seen++);
        return new Prepared(
            () =>
            {
                while (run.RunOne(machine.End)) { }
                run.RunBefore(machine.End);
                return run.Outcome();
            },
            new SteppedResources(system, run)
        );
    }

    private sealed record SteppedResources(ActorSystem System, SteppedRun Run) : IDisposable
    {
        public void Dispose()
        {
            Run.Dispose();
            System.Terminate().GetAwaiter().GetResult();
        }
    }

    private static BenchReport Measure(object parameters, Contestant[] contestants, int runs)
    {
        List<Sample>[] samples = Array.ConvertAll(contestants, _ => new List<Sample>());
        RunOutcome? common = null;
        for (int round = 0; round <= runs; round++)
        {
            for (int index = 0; index < contestants.Length; index++)
            {
                Contestant contestant = contestants[index];
                (RunOutcome outcome, Sample sample) = RunOnce(contestant);
                common ??= outcome;
                if (outcome != common)
                {
                    throw new InvalidOperationException(
                        $"{contestant.Name} computed {outcome}; {contestants[0].Name} computed {common}"
                    );
                }
                if (round > 0)
                {
                    samples[index].Add(sample);
                }
            }
        }
        ImmutableArray<BenchRow> rows =
        [
            .. contestants.Select((each, index) => Row(each.Name, common!.Events, samples[index])),
        ];
        return new BenchReport(ThisMachine(), parameters, common!.TraceHash, rows);
    }

    private static (RunOutcome Outcome, Sample Sample) RunOnce(Contestant contestant)
    {
        Prepared prepared = contestant.Prepare();
        using IDisposable? resources = prepared.Resources;
        GC.Collect();
        long bytesBefore = GC.GetTotalAllocatedBytes(precise: true);
        long began = Stopwatch.GetTimestamp();
        RunOutcome outcome = prepared.Run();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        long bytes = GC.GetTotalAllocatedBytes(precise: true) - bytesBefore;
        double events = Math.Max(1, outcome.Events);
        return prepared.Clock?.Invoke() is { } clock
            ? (
                outcome,
                new Sample(
                    events / clock.Seconds,
                    null,
                    clock.Windows,
                    clock.Windows / clock.Seconds
                )
            )
            : (
                outcome,
                new Sample(
                    events / seconds,
                    bytes / events,
                    null,
                    null,
                    prepared.Meter?.BytesPerEvent
                )
            );
    }

    private static BenchRow Row(string name, long events, List<Sample> samples)
    {
        double[] rates = [.. samples.Select(sample => sample.EventsPerSecond).Order()];
        double?[] bytes = [.. samples.Select(sample => sample.BytesPerEvent).Order()];
        double?[] steady = [.. samples.Select(sample => sample.SteadyBytesPerEvent).Order()];
        double?[] windows = [.. samples.Select(sample => sample.WindowsPerSecond).Order()];
        double median = rates[rates.Length / 2];
        return new BenchRow(
            name,
            events,
            median,
            1e9 / median,
            bytes[bytes.Length / 2],
            samples.Count,
            rates[0],
            rates[^1],
            samples[0].Windows,
            windows[windows.Length / 2],
            steady[steady.Length / 2]
        );
    }

    /// <summary>Where the bench runs.</summary>
    internal static BenchMachine ThisMachine() =>
        new(CpuModel(), Environment.ProcessorCount, RuntimeInformation.FrameworkDescription);

    private static string CpuModel()
    {
        const string Source = "/proc/cpuinfo";
        const string Key = "model name";
        string? line = File.Exists(Source)
            ? File.ReadLines(Source)
                .FirstOrDefault(each => each.StartsWith(Key, StringComparison.Ordinal))
            : null;
        return line is null
            ? "unknown"
            : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
