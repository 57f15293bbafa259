using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;

namespace PvTimer.Determinism.Tests;

/// <summary>The scenarios that come with the project, on every back-end they name.</summary>
[Trait("Runs", "Alone")]
public class ShippedScenarioTests
{
    public static TheoryData<string> Names => Files("scenarios");

    public static TheoryData<string> BenchNames => Files("bench");

    [Theory]
    [MemberData(nameof(Names))]
    public void Shipped_scenario_gives_one_hash_sequential_and_as_actors_in_2_regions(
        string name
    ) => GivesOneHash(Shortened(name));

    /// <summary>
    /// Where something is scripted, long enough for all of it and what comes of it. A worker that never sleeps has as
    /// many events in a quarter of the time as any other.
    /// </summary>
    internal static Scenario Shortened(string name)
    {
        string file = FileOf(name);
        Scenario whole = ScenarioReader.Read(file, []);
        long scripted = whole
            .Events.Select(happening => happening.At.Nanoseconds + 25_000_000)
            .Append(whole.PvTimer.Worker == WorkerMode.Busy ? 25_000_000 : 100_000_000)
            .Max();
        return ScenarioReader.Read(file, [$"duration={scripted}ns"]);
    }

    [Theory]
    [MemberData(nameof(BenchNames))]
    public void Scenario_of_a_benchmark_gives_one_hash_too(string name) =>
        GivesOneHash(
            ScenarioReader.Read(Path.Combine(Folder("bench"), $"{name}.conf"), ["duration=1500us"])
        );

    private static void GivesOneHash(Scenario scenario)
    {
        foreach (TimerBackend backend in scenario.Backends)
        {
            RunOutcome expected = SequentialEngine.Run(
                EmulatedMachine.Build(MachineDescriptionBuilder.Build(scenario, backend)),
                new RunOptions()
            );
            RunOutcome actual = ActorEngine.Run(
                EmulatedMachine.Build(MachineDescriptionBuilder.Build(scenario, backend)),
                new RunOptions(Regions: 2)
            );
            // Guests that nobody commands have nothing to do, which one of the benchmarks is about.
            bool isIdle = scenario.Vms.All(vm => vm.Guest is CommandedGuest);
            Assert.True(expected.Events > (isIdle ? 3 : 100));
            Assert.Equal(expected, actual);
        }
    }

    internal static string FileOf(string name) => Path.Combine(Folder("scenarios"), $"{name}.conf");

    private static TheoryData<string> Files(string folder) =>
        [
            .. Directory
                .EnumerateFiles(Folder(folder), "*.conf")
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Order(System.StringComparer.Ordinal),
        ];

    private static string Folder(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../config", name));
}
