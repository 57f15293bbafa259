using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using PvTimer.Cli.Commands;
using PvTimer.Cli.Ops;
using PvTimer.Cli.Ops.Top;
using PvTimer.Engine;
using PvTimer.Experiments;
using PvTimer.Experiments.Explain;
using PvTimer.Experiments.Sweeps;
using PvTimer.Formats.Traces;
using PvTimer.Model.State;
using PvTimer.OpsConsole;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Launching;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Cli;

public static class Program
{
    private const string DebugOption = "--debug";

    public static int Main(string[] args)
    {
        if (!StandardStream.Output.IsWritable)
        {
            Session
                .OfConsole(CancellationToken.None)
                .Error.WriteLine(
                    "pvtimer: standard output is closed; accepted: a terminal, a pipe, a file or /dev/null"
                );
            return ExitCode.Usage;
        }
        using CancellationTokenSource stop = new();
        Console.CancelKeyPress += (_, pressed) =>
        {
            // The first press ends the run in order, the second ends the process.
            pressed.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        };
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM,
            sent =>
            {
                sent.Cancel = !stop.IsCancellationRequested;
                stop.Cancel();
            }
        );
        return Run(args, Session.OfConsole(stop.Token));
    }

    /// <summary>The whole program but for the process around it; returns its exit code.</summary>
    public static int Run(IReadOnlyList<string> args, Session session)
    {
        ParseResult parsed = Root(session).Parse(args);
        try
        {
            if (CommandLineMistake.Of(parsed) is { } mistake)
            {
                throw new UsageException(mistake);
            }
            return parsed.Invoke(
                new InvocationConfiguration
                {
                    Output = session.Output,
                    Error = session.Error,
                    EnableDefaultExceptionHandler = false,
                }
            );
        }
        catch (Exception e) when (ExitCodeOf(e) is not null)
        {
            bool isDebugged = parsed.GetResult(DebugOption) is OptionResult { Implicit: false };
            string text = isDebugged ? e.ToString() : CommandLineMistake.Flat(e.Message);
            session.Error.WriteLine($"{CommandPath.Of(parsed)}: {text}");
            return ExitCodeOf(e)!.Value;
        }
    }

    /// <summary>All commands with their options.</summary>
    internal static RootCommand Root(Session session)
    {
        RootCommand root = new("Emulates KVM's pvtimer and compares it with what it competes with")
        {
            new Option<bool>(DebugOption)
            {
                Description = "Show where in the program an error came from",
                Recursive = true,
            },
            RunCommand.Create(session),
            SweepCommand.Create(session),
            OptimiseCommand.Create(session),
            QueryCommand.Create(session),
            NodeCommand.Create(session),
            ClusterCommands.Create(session),
            ConsoleCommand.Create(session),
            TopCommand.Create(session),
            TraceCommand.Create(session),
            PredictCommand.Create(session),
            BackendsCommand.Create(session),
            ScenariosCommand.Create(session),
            ImportHostCommand.Create(session),
            CompareCommand.Create(session),
            ReportCommand.Create(session),
            RerunCommand.Create(session),
            ExplainCommand.Create(session),
            ExportCommand.Create(session),
            BaselineCommands.Create(session),
            ValidateCommand.Create(session),
            LedgerCommand.Create(session),
            BenchCommand.Create(session),
            CompletionCommand.Create(session),
        };
        HelpWithExamples.AddTo(root);
        ValueRules.AddTo(root);
        return root;
    }

    /// <summary>Errors that have an explanation; others are ours, and end the process with their trace.</summary>
    private static int? ExitCodeOf(Exception e) =>
        e switch
        {
            UsageException or ScenarioException or TraceFormatException => ExitCode.Usage,
            SweepException => ExitCode.Usage,
            NodeOptionsException or ResumeException or OrderRefusedException or ConsoleException =>
                ExitCode.Usage,
            IOException or UnauthorizedAccessException or InvalidDataException => ExitCode.Usage,
            RunFailedException or ClusterRunException => ExitCode.RunBroke,
            ResultsLostException or StateFormatException => ExitCode.RunBroke,
            CheckpointDamagedException => ExitCode.RunBroke,
            NodeEndedException => ExitCode.RunBroke,
            ClusterUnreachableException or ClusterBusyException => ExitCode.RunBroke,
            DifferentRunException => ExitCode.CheckFailed,
            _ => null,
        };
}
