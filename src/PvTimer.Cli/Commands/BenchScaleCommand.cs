using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using PvTimer.Cli.Benchmarks;
using PvTimer.Experiments;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer bench scale: how memory and time grow with the machine.</summary>
internal static class BenchScaleCommand
{
    private static readonly int[] s_sizes = [1_000, 10_000, 100_000, 1_000_000];

    public static Command Create(Session session)
    {
        Option<string> scenario = BenchCommand.ScenarioOption(
            "What is multiplied, on its last back-end",
            "scale.conf"
        );
        Option<string[]> set = BenchCommand.SetOption();
        Option<int[]> sizes = new("--vcpus")
        {
            Description = "How many vCPUs, one row each for both engines",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string[]> engines = new("--engine")
        {
            Description = "Only this engine",
            HelpName = "NAME",
        };
        engines.AcceptOnlyFromAmong(ScaleRun.Engines);
        Option<bool> force = new("--force")
        {
            Description = "Even if this machine seems to be too small",
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        Command command = new("scale", "How memory and time grow with the number of vCPUs")
        {
            scenario,
            set,
            sizes,
            engines,
            force,
            json,
        };
        command.SetAction(parsed =>
        {
            int[] wanted = parsed.GetValue(sizes) is { Length: > 0 } given ? given : s_sizes;
            string[] chosen = parsed.GetValue(engines) is { Length: > 0 } some
                ? some
                : ScaleRun.Engines;
            if (wanted.Any(size => size < 1))
            {
                throw new UsageException("--vcpus: out of range; accepted: whole numbers from 1");
            }
            Scenario read = ScenarioReader.Read(
                Preset.FileOf(parsed.GetValue(scenario)!),
                parsed.GetValue(set) ?? []
            );
            ScaleBench bench = new(read);
            MachineCapacity.Check(
                MachineCapacity
                    .OfThisMachine()
                    .ObstacleOf(bench.Scaled(wanted.Max()), nodes: 0, regions: 1),
                parsed.GetValue(force)
            );
            Run(bench, read, [.. wanted.Order()], chosen, session, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Run(
        ScaleBench bench,
        Scenario scenario,
        IReadOnlyList<int> sizes,
        IReadOnlyList<string> engines,
        Session session,
        bool json
    )
    {
        BenchMachine machine = BenchRunner.ThisMachine();
        if (!json)
        {
            session.Output.WriteLine(machine.Line());
            session.Output.WriteLine(
                $"{"", -22} {"events", 8} {"events/s", 9}   B/vCPU: built, started, at end, checkpoint   seconds: describe, build, start, run, freeze, report"
            );
        }
        ScaleReport report = new(
            machine,
            scenario.Duration.Nanoseconds,
            bench.Measure(sizes, engines, row => Print(row, session, json))
        );
        if (json)
        {
            session.Output.WriteLine(BenchReport.ToJson(report));
        }
    }

    private static void Print(ScaleRow row, Session session, bool json)
    {
        if (json)
        {
            return;
        }
        ScaleMemory bytes = row.BytesPerVcpu;
        ScaleSeconds took = row.Seconds;
        session.Output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Quantities.Count(row.Vcpus) + " " + row.Engine, -22} {Quantities.Count(row.Events), 8} {Quantities.Count(row.EventsPerSecond), 9}   {bytes.Built, 13} {bytes.Started, 8} {bytes.AtEnd, 7} {bytes.Checkpoint, 11}   {took.Describe, 17:0.00} {took.Build, 6:0.00} {took.Start, 6:0.00} {took.Run, 4:0.00} {took.Freeze, 7:0.00} {took.Report, 7:0.00}"
            )
        );
        if (row.Growth is { } growth)
        {
            session.Output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{"  grows as vCPUs to the", -22} {"", 8} {"", 9}   {"", 13} {"", 8} {growth.Memory, 7:0.00} {"", 11}   {growth.Describe, 17:0.00} {growth.Build, 6:0.00} {growth.Start, 6:0.00} {growth.Run, 4:0.00} {growth.Freeze, 7:0.00} {growth.Report, 7:0.00}"
                )
            );
        }
    }
}
