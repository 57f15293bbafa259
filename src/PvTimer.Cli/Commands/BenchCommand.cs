using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Cli.Benchmarks;
using PvTimer.Experiments;
using PvTimer.Model.Description;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer bench: how fast the engines are, against each other, on the same work.</summary>
internal static class BenchCommand
{
    /// <summary>1 024 actors with 4 tokens: 100 ms of virtual time.</summary>
    private const long UsualPholdEvents = 4_096_000;

    public static Command Create(Session session) =>
        new("bench", "Measure the engines against each other")
        {
            Phold(session),
            Machine(session),
            Cluster(
                session,
                "cluster",
                "Many hosts, on one and two processes",
                "sixty-four-hosts",
                [new BenchRunner.Processes(1), new BenchRunner.Processes(2)]
            ),
            Cluster(
                session,
                "windows",
                "Nearly empty windows between two processes",
                "empty-windows",
                [
                    new BenchRunner.Processes(2),
                    new BenchRunner.Processes(2) { SharedMemory = false },
                ]
            ),
            Console(session),
            BenchScaleCommand.Create(session),
            BenchWholeCommand.Create(session),
        };

    private static Command Phold(Session session)
    {
        PholdParameters usual = new();
        Option<int> actors = Number("--actors", "Actors", usual.Actors);
        Option<int> tokens = Number("--tokens", "Events pending, per actor", usual.TokensPerActor);
        Option<int> remote = Number(
            "--remote",
            "Tokens of 1000 that go to another actor",
            usual.RemotePermille
        );
        Option<int> work = Number("--work", "Random numbers drawn per event", usual.WorkPerEvent);
        Option<long> events = new("--events")
        {
            Description = "Events of a run, about",
            HelpName = "N",
            DefaultValueFactory = _ => UsualPholdEvents,
        };
        Option<int> runs = Number("--runs", "Runs of each row", usual.Runs);
        Option<bool> json = JsonOption();
        Command command = new("phold", "The usual load for simulation engines")
        {
            actors,
            tokens,
            remote,
            work,
            events,
            runs,
            json,
        };
        command.SetAction(parsed =>
        {
            PholdParameters parameters = usual with
            {
                Actors = parsed.GetValue(actors),
                TokensPerActor = parsed.GetValue(tokens),
                RemotePermille = parsed.GetValue(remote),
                WorkPerEvent = parsed.GetValue(work),
                Runs = parsed.GetValue(runs),
            };
            if (parameters.FindMistake() is { } mistake)
            {
                throw new UsageException(mistake);
            }
            if (parsed.GetValue(events) is var wanted && wanted < 1)
            {
                throw new UsageException("--events: out of range; accepted: a whole number from 1");
            }
            BenchReport report = BenchRunner.Phold(parameters.For(wanted));
            if (
                parsed.GetResult(actors) is { Implicit: true }
                && parsed.GetResult(tokens) is { Implicit: true }
            )
            {
                // What fits the caches of a core, and what does not.
                PholdParameters large = parameters with
                {
                    Actors = 65_536,
                    TokensPerActor = 16,
                };
                report = report with { Next = BenchRunner.Phold(large.For(wanted)) };
            }
            Print(report, session, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Machine(Session session)
    {
        Option<string> scenario = new("--scenario")
        {
            Description = "The scenario whose machine is run",
            HelpName = "FILE",
            DefaultValueFactory = _ => Path.Combine("config", "scenarios", "two-hosts.conf"),
        };
        Option<int> runs = Number("--runs", "Runs of each row", new PholdParameters().Runs);
        Option<bool> json = JsonOption();
        Command command = new("machine", "A scenario's machine, with its last back-end")
        {
            scenario,
            runs,
            json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(runs) < 1)
            {
                throw new UsageException("--runs: out of range; accepted: a whole number from 1");
            }
            Scenario read = ScenarioReader.Read(Preset.FileOf(parsed.GetValue(scenario)!), []);
            TimerBackend backend = read.Backends[^1];
            BenchReport report = BenchRunner.Machine(
                () => EmulatedMachine.Build(MachineDescriptionBuilder.Build(read, backend)),
                parsed.GetValue(runs)
            );
            Print(report, session, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Cluster(
        Session session,
        string name,
        string description,
        string usual,
        IReadOnlyList<BenchRunner.Processes> processes
    )
    {
        Option<string> scenario = ScenarioOption(
            "What is run, on its last back-end",
            $"{usual}.conf"
        );
        Option<string[]> set = SetOption();
        Option<int> runs = Number("--runs", "Runs of each row", new PholdParameters().Runs);
        Option<bool> json = JsonOption();
        Command command = new(name, description) { scenario, set, runs, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(runs) < 1)
            {
                throw new UsageException("--runs: out of range; accepted: a whole number from 1");
            }
            Scenario read = ScenarioReader.Read(
                Preset.FileOf(parsed.GetValue(scenario)!),
                parsed.GetValue(set) ?? []
            );
            CheckCapacity(read, processes.Sum(each => each.Count));
            BenchReport report = BenchRunner.Cluster(read, processes, parsed.GetValue(runs));
            Print(report, session, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Console(Session session)
    {
        Option<string> scenario = ScenarioOption(
            "What is run and looked at, on its last back-end",
            "sixty-four-hosts.conf"
        );
        Option<string[]> set = SetOption();
        Option<int> viewers = Number("--viewers", "How many look at once", 50);
        Option<int> runs = Number("--runs", "Runs of each row", new PholdParameters().Runs);
        Option<bool> json = JsonOption();
        Command command = new("console", "What it costs to be looked at")
        {
            scenario,
            set,
            viewers,
            runs,
            json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(runs) < 1 || parsed.GetValue(viewers) < 1)
            {
                throw new UsageException(
                    "--runs, --viewers: out of range; accepted: a whole number from 1"
                );
            }
            Scenario read = ScenarioReader.Read(
                Preset.FileOf(parsed.GetValue(scenario)!),
                parsed.GetValue(set) ?? []
            );
            CheckCapacity(read, nodes: 1);
            BenchReport report = BenchRunner.Console(
                read,
                parsed.GetValue(viewers),
                parsed.GetValue(runs)
            );
            Print(report, session, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    internal static Option<string> ScenarioOption(string description, string usual) =>
        new("--scenario")
        {
            Description = description,
            HelpName = "FILE",
            DefaultValueFactory = _ => Path.Combine("config", "bench", usual),
        };

    internal static Option<string[]> SetOption() =>
        new("--set") { Description = "Any key of the scenario", HelpName = "path=value" };

    /// <exception cref="UsageException">What is measured on a machine that is too small says nothing.</exception>
    private static void CheckCapacity(Scenario scenario, int nodes)
    {
        if (MachineCapacity.OfThisMachine().ObstacleOf(scenario, nodes, regions: 1) is { } obstacle)
        {
            throw new UsageException(obstacle);
        }
    }

    private static void Print(BenchReport report, Session session, bool json)
    {
        if (json)
        {
            session.Output.WriteLine(report.ToJson());
            return;
        }
        session.Output.WriteLine(report.Machine.Line());
        session.Output.WriteLine($"{report.Parameters}");
        session.Output.WriteLine(
            $"{"", -18} {"events", 12} {"events/s", 10} {"ns/event", 9} {"B/event", 8} {"steady", 7} {"windows/s", 10}   slowest to fastest of the runs"
        );
        foreach (BenchRow row in report.Rows)
        {
            session.Output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Name, -18} {Quantities.Count(row.Events), 12} {Quantities.Count(row.EventsPerSecond), 10} {row.NsPerEvent, 9:0.0} {row.BytesPerEvent, 8:0.0} {row.SteadyBytesPerEvent, 7:0.0} {row.WindowsPerSecond, 10:0}   {Quantities.Count(row.Min)} to {Quantities.Count(row.Max)} ({row.Runs} runs)"
                )
            );
        }
        session.Output.WriteLine($"trace hash of every row {report.TraceHash}");
        if (report.Next is { } next)
        {
            session.Output.WriteLine();
            Print(next, session, json);
        }
    }

    private static Option<int> Number(string name, string description, int usual) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => usual,
        };

    private static Option<bool> JsonOption() =>
        new("--json") { Description = "Print one JSON document" };
}
