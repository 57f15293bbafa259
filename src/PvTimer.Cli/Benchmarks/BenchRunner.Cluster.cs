using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Benchmarks;

/// <summary>The rows that are clusters of processes on this machine.</summary>
public static partial class BenchRunner
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A row: so many processes, with one region in each.</summary>
    /// <param name="Count">At least 1.</param>
    public sealed record Processes(int Count)
    {
        /// <summary>See <see cref="PvTimer.Sharding.Nodes.NodeOptions.SharedMemory"/>.</summary>
        public bool SharedMemory { get; init; } = true;

        internal string Name =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Count}-process{(Count == 1 ? "" : "es")}{(SharedMemory ? "" : "-network")}"
            );
    }

    /// <param name="scenario">What is run, on its last back-end.</param>
    /// <param name="processes">The rows beside one process without a cluster.</param>
    /// <param name="runs">Of each row, at least 1.</param>
    /// <exception cref="InvalidOperationException">Two rows did not compute the same.</exception>
    public static BenchReport Cluster(
        Scenario scenario,
        IReadOnlyList<Processes> processes,
        int runs
    )
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(processes);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        TimerBackend backend = scenario.Backends[^1];
        List<BenchCluster> clusters = [];
        try
        {
            clusters.AddRange(processes.Select(each => new BenchCluster(scenario, backend, each)));
            Contestant embedded = new(
                "actors",
                () =>
                {
                    EmulatedMachine machine = EmulatedMachine.Build(
                        MachineDescriptionBuilder.Build(scenario, backend)
                    );
                    var run = new ActorRun(machine, new RunOptions(), new ActorOptions());
                    return new Prepared(run.Execute, run);
                }
            );
            var parameters = new
            {
                Scenario = scenario.Name,
                scenario.Hosts,
                Vcpus = scenario.Vms.Sum(vm => vm.Count * vm.Vcpus),
                DurationNanoseconds = scenario.Duration.Nanoseconds,
            };
            return Measure(
                parameters,
                [embedded, .. clusters.Select(cluster => cluster.Row())],
                runs
            );
        }
        finally
        {
            clusters.ForEach(cluster => cluster.Dispose());
        }
    }

    /// <summary>Nodes that stay for all runs of their row.</summary>
    private sealed class BenchCluster : IDisposable
    {
        private readonly string _directory = Directory
            .CreateTempSubdirectory("pvtimer-bench-")
            .FullName;
        private readonly string _backend;
        private readonly Processes _processes;
        private readonly LocalNodes _nodes;
        private int _runs;

        public BenchCluster(Scenario scenario, TimerBackend backend, Processes processes)
        {
            _backend = backend.Name;
            _processes = processes;
            File.WriteAllText(ScenarioFile, ScenarioWriter.Write(scenario));
            _nodes = LocalNodes.Start(
                NodeProgram.Own(typeof(BenchRunner).Assembly.Location),
                _directory,
                LocalNodes.RolesOf(processes.Count, scenario.Placement.Policy),
                new LocalNodeSettings { SharedMemory = processes.SharedMemory }
            );
            Door = new ClusterDoor([_nodes.Nodes[0].Listening.GetAwaiter().GetResult()]);
        }

        /// <summary>The way in.</summary>
        public ClusterDoor Door { get; }

        private string ScenarioFile => Path.Combine(_directory, "scenario.conf");

        public Contestant Row() => Row(_processes.Name);

        /// <param name="name">The row's.</param>
        /// <param name="beside">Makes what is there meanwhile; null: nothing.</param>
        public Contestant Row(string name, Func<IDisposable>? beside = null) =>
            new(
                name,
                () =>
                {
                    RunStatus? status = null;
                    return new Prepared(
                        () =>
                        {
                            status = Run();
                            return ClusterResult.Read(status.Result!).Outcome;
                        },
                        beside?.Invoke()
                    )
                    {
                        Clock = () =>
                            new ClusterClock(status!.RunMilliseconds / 1e3, status.Rounds),
                    };
                }
            );

        public void Dispose()
        {
            Door.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _nodes.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Directory.Delete(_directory, recursive: true);
        }

        private RunStatus Run()
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"bench-{_runs++}");
            RunSpec spec = new(
                id,
                ScenarioFile,
                _backend,
                Path.Combine(_directory, id),
                CheckpointMilliseconds: 0,
                _processes.Count
            );
            RunStatus last = ClusterRun
                .Execute(Door, spec, Patience, _ => true)
                .GetAwaiter()
                .GetResult();
            return last.Phase == RunPhase.Done
                ? last
                : throw new InvalidOperationException($"{id} on {_processes.Name}: {last.What}");
        }
    }
}
