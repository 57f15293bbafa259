using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Scenarios;

namespace PvTimer.Determinism.Tests;

/// <summary>The scenarios that come with the project, on every back-end they name.</summary>
public class ShippedScenarioTests
{
    public static TheoryData<string> Names =>
        [
            .. Directory
                .EnumerateFiles(Folder(), "*.conf")
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Order(System.StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Shipped_scenario_gives_one_hash_sequential_and_as_actors_in_2_regions(string name)
    {
        Scenario scenario = ScenarioReader.Read(FileOf(name), ["duration=400ms"]);
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
            Assert.True(expected.Events > 1_000);
            Assert.Equal(expected, actual);
        }
    }

    internal static string FileOf(string name) => Path.Combine(Folder(), $"{name}.conf");

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../config/scenarios"));
}
