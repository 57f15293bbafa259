using System;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Predictions;

/// <summary>
/// The table of break-evens against every back-end: with as many vCPUs as it says a timer CPU pays, and with one fewer it
/// does not. Cells that take long are left out but for PVTIMER_BREAK_EVEN=all, which takes a minute.
/// </summary>
public sealed class BreakEvenTableTests
{
    private const string Bench = "config/bench/break-even.conf";

    /// <summary>What the columns are: a timer each so long, in a run so long [us], and whether the timer CPU counts as a whole one.</summary>
    private static readonly (int Period, int Duration, bool IsWhole)[] Columns =
    [
        (4_000, 160_000, true),
        (1_000, 40_000, true),
        (1_000, 300_000, false),
        (100, 60_000, true),
        (100, 60_000, false),
    ];

    private static readonly int MostTimers =
        Environment.GetEnvironmentVariable("PVTIMER_BREAK_EVEN") == "all" ? int.MaxValue : 75_000;

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("preemption-timer")]
    [InlineData("fastpath")]
    [InlineData("pi-inject")]
    [InlineData("passthrough")]
    public void Timer_cpu_pays_from_as_many_vcpus_on_as_the_table_says(string backend)
    {
        string row = File.ReadLines(ScenarioFolder.Repository("config/scenarios/README.md"))
            .SkipWhile(line => !line.StartsWith("| in the place of |", StringComparison.Ordinal))
            .First(line => line.StartsWith($"| `{backend}` |", StringComparison.Ordinal));
        string[] cells = [.. row.Split('|').Skip(2).SkipLast(1)];
        Assert.Equal(Columns.Length, cells.Length);
        for (int column = 0; column < Columns.Length; column++)
        {
            int vcpus = int.Parse(
                cells[column].Split('(')[0].Replace(" ", "", StringComparison.Ordinal),
                CultureInfo.InvariantCulture
            );
            if (vcpus * (Columns[column].Duration / Columns[column].Period) > MostTimers)
            {
                continue;
            }
            Assert.Equal(
                (column, false, true),
                (column, Pays(backend, vcpus - 1, column), Pays(backend, vcpus, column))
            );
        }
    }

    private static bool Pays(string backend, int vcpus, int column)
    {
        (int period, int duration, bool isWhole) = Columns[column];
        string[] sets =
        [
            $"duration={duration}us",
            $"host.cpus={vcpus + 1}",
            $"vms.0.vcpus={vcpus}",
            $"vms.0.guest.shortest={period * 9 / 10}us",
            $"vms.0.guest.longest={period * 11 / 10}us",
        ];
        Scenario scenario = ScenarioReader.Read(ScenarioFolder.Repository(Bench), sets);
        MachineReport pvTimer = Run(scenario, "pvtimer");
        long timerCpu = isWhole ? scenario.Duration.Nanoseconds : HostTime(pvTimer.TimerCpu);
        return HostTime(pvTimer.Cpu) - HostTime(pvTimer.TimerCpu) + timerCpu
            <= HostTime(Run(scenario, backend).Cpu);
    }

    private static long HostTime(CpuTime cpu) =>
        (cpu.Exit + cpu.Interrupt + cpu.Kthread).Nanoseconds;

    private static MachineReport Run(Scenario scenario, string backend)
    {
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, TimerBackends.Of(backend))
        );
        return machine.Report(SequentialEngine.Run(machine, new RunOptions()).Reached);
    }
}
