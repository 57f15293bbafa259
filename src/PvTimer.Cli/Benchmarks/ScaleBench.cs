using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Benchmarks;

/// <summary>
/// How memory and time grow with the machine: the hosts of a scenario, multiplied until there are so many
/// vCPUs, on its last back-end. Every size runs on both engines, whose trace hashes must agree.
/// </summary>
/// <param name="scenario">Its hosts, with the VMs on them, are what is multiplied.</param>
public sealed class ScaleBench(Scenario scenario)
{
    private readonly int _vcpusOfScenario = scenario.Vms.Sum(vm => vm.Count * vm.Vcpus);
    private readonly TimerBackend _backend = scenario.Backends[^1];

    /// <param name="sizes">vCPUs, ascending; each is rounded up to whole copies of the scenario.</param>
    /// <param name="engines">"sequential", "actors".</param>
    /// <param name="done">Is told each row as soon as it is known.</param>
    /// <exception cref="InvalidOperationException">Two engines did not compute the same.</exception>
    public ImmutableArray<ScaleRow> Measure(
        IReadOnlyList<int> sizes,
        IReadOnlyList<string> engines,
        Action<ScaleRow> done
    )
    {
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(engines);
        ArgumentNullException.ThrowIfNull(done);
        foreach (string engine in engines)
        {
            // For the JIT compiler: not counted.
            Measure(engine, sizes[0]);
        }
        List<ScaleRow> rows = [];
        foreach (int size in sizes)
        {
            foreach (string engine in engines)
            {
                ScaleRow row = Measure(engine, size);
                Compare(row, rows);
                ScaleRow? smaller = rows.FindLast(other => other.Engine == engine);
                rows.Add(
                    row = row with { Growth = smaller is null ? null : row.GrowthFrom(smaller) }
                );
                done(row);
            }
        }
        return [.. rows];
    }

    /// <summary>The scenario with at least so many vCPUs.</summary>
    public Scenario Scaled(int vcpus)
    {
        int copies = Math.Max(1, (vcpus + _vcpusOfScenario - 1) / _vcpusOfScenario);
        return scenario with
        {
            Hosts = scenario.Hosts * copies,
            Vms = [.. scenario.Vms.Select(vm => vm with { Count = vm.Count * copies })],
        };
    }

    private ScaleRow Measure(string engine, int vcpus)
    {
        Scenario scaled = Scaled(vcpus);
        StepClock clock = new();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        clock.Restart();
        MachineDescription description = MachineDescriptionBuilder.Build(scaled, _backend);
        double describe = clock.Lap();
        EmulatedMachine machine = EmulatedMachine.Build(description);
        double build = clock.Lap();
        long built = GC.GetTotalMemory(forceFullCollection: true);
        clock.Restart();
        using ScaleRun run = ScaleRun.Start(engine, machine);
        double start = clock.Lap();
        long started = GC.GetTotalMemory(forceFullCollection: true);
        clock.Restart();
        RunOutcome outcome = run.Execute();
        double ran = clock.Lap();
        long atEnd = GC.GetTotalMemory(forceFullCollection: true);
        clock.Restart();
        long checkpoint = run.Freeze();
        double freeze = clock.Lap();
        machine.Report(outcome.Reached);
        double report = clock.Lap();
        int count = description.Vms.Sum(vm => vm.Pcpus.Length);
        GC.KeepAlive(description);
        return new ScaleRow(
            engine,
            count,
            scaled.Hosts,
            outcome.Events,
            outcome.TraceHash,
            new ScaleMemory(
                (built - before) / count,
                (started - before) / count,
                (atEnd - before) / count,
                checkpoint / count
            ),
            new ScaleSeconds(describe, build, start, ran, freeze, report)
        );
    }

    private static void Compare(ScaleRow row, List<ScaleRow> rows)
    {
        ScaleRow? other = rows.Find(one => one.Vcpus == row.Vcpus);
        if (other is not null && (other.TraceHash, other.Events) != (row.TraceHash, row.Events))
        {
            throw new InvalidOperationException(
                $"{row.Vcpus} vCPUs: {row.Engine} computed {row.TraceHash}; {other.Engine} computed {other.TraceHash}"
            );
        }
    }

    private sealed class StepClock
    {
        private long _began;

        public void Restart() => _began = Stopwatch.GetTimestamp();

        /// <summary>Seconds since the last lap or restart.</summary>
        public double Lap()
        {
            long now = Stopwatch.GetTimestamp();
            double seconds = Stopwatch.GetElapsedTime(_began, now).TotalSeconds;
            _began = now;
            return seconds;
        }
    }
}
