using System;
using System.Globalization;
using System.Linq;
using PvTimer.Cli.Benchmarks;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Tests;

/// <summary>
/// No engine allocates more per event than allocations.budget says. Bytes are counted, no time is taken: a loaded machine
/// gives the same figures.
/// </summary>
public sealed class AllocationBudgetTests
{
    private const string File = "tests/PvTimer.Cli.Tests/allocations.budget";

    public static TheoryData<string, string, double> Budgets()
    {
        TheoryData<string, string, double> budgets = [];
        foreach (
            string[] words in System
                .IO.File.ReadLines(CommandLine.Repository(File))
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        )
        {
            budgets.Add(words[0], words[1], double.Parse(words[2], CultureInfo.InvariantCulture));
        }
        return budgets;
    }

    [Theory]
    [MemberData(nameof(Budgets))]
    public void Engine_allocates_no_more_per_event_than_its_budget(
        string load,
        string engine,
        double budget
    )
    {
        double? bytes = BenchRunner.SteadyBytesPerEvent(() => Create(load), engine);
        Assert.NotNull(bytes);
        Assert.True(
            bytes <= budget,
            $"{load} on {engine}: {bytes:0.00} bytes per event, budget {budget}; see {File}"
        );
    }

    private static IMachine Create(string load)
    {
        if (load == "phold")
        {
            return new PholdMachine(new PholdParameters(Actors: 64).For(events: 200_000));
        }
        string[] parts = load.Split(':');
        Scenario scenario = ScenarioReader.Read(
            CommandLine.Repository("config/bench/scale.conf"),
            ["duration=100ms", "host.costs=skylake"]
        );
        TimerBackend backend = TimerBackends.All.First(each => each.Name == parts[1]);
        return EmulatedMachine.Build(MachineDescriptionBuilder.Build(scenario, backend));
    }
}
