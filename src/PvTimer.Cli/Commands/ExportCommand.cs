using System;
using System.Collections.Immutable;
using System.CommandLine;
using System.IO;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Explain;
using PvTimer.Experiments.Export;
using PvTimer.Experiments.Repetition;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer export: a finished run in the form of another tool.</summary>
internal static class ExportCommand
{
    public static Command Create(Session session)
    {
        string forms = string.Join(", ", ExportFormat.All.Select(format => format.Name));
        RecordedRunOptions of = new();
        Option<string?> form = new("--as")
        {
            Description = $"The form: {forms}",
            HelpName = "FORM",
        };
        Option<string?> vm = new("--vm")
        {
            Description = "Of one VM; needed for ftrace-guest where the run has several",
            HelpName = "VM, as in web-0",
        };
        OutputFile output = new();
        Command command = new("export", "Write a finished run in the form of another tool")
        {
            of.Run,
            form,
            of.Backend,
            vm,
            output.Option,
            of.Quiet,
        };
        command.SetAction(parsed =>
        {
            string name =
                parsed.GetValue(form)
                ?? throw new UsageException($"--as is missing; accepted: {forms}");
            ExportFormat format =
                ExportFormat.Find(name)
                ?? throw new UsageException($"--as: there is no '{name}'; accepted: {forms}");
            FinishedRun run = FinishedRun.Read(parsed.GetValue(of.Run)!);
            Scenario scenario = run.ReadScenario();
            ImmutableArray<RecordedBackends> backends = RecordedBackends.Of(
                run,
                scenario,
                of.BackendsOf(parsed)
            );
            if (format.IsOfOneHost && scenario.Hosts > 1)
            {
                throw new UsageException(
                    $"--as: {format.Name} is of one host, the run has {scenario.Hosts}; accepted: another form, or a run of one host"
                );
            }
            string? file = output.Read(parsed);
            if (file is not null && backends.Length > 1)
            {
                throw new UsageException(
                    $"--out: one file for {backends.Length} back-ends; accepted: --backend with one of {string.Join(", ", backends.Select(each => each.Backend))}"
                );
            }
            return Export(
                session,
                run,
                scenario,
                backends,
                format,
                VmOf(format, parsed.GetValue(vm), scenario),
                file,
                parsed.GetValue(of.Quiet)
            );
        });
        return command;
    }

    private static int Export(
        Session session,
        FinishedRun run,
        Scenario scenario,
        ImmutableArray<RecordedBackends> backends,
        ExportFormat format,
        string? vm,
        string? file,
        bool quiet
    )
    {
        try
        {
            using RunsProgress progress = new(session, quiet);
            foreach (RecordedBackends backend in backends)
            {
                string to = file ?? Path.Combine(run.Directory, backend.Backend.Name, format.File);
                ExportOutcome outcome = Exporter.Write(
                    run,
                    scenario,
                    backend,
                    format,
                    vm,
                    to,
                    (each, reached) => progress.Show(scenario, each, reached)
                );
                session.Output.WriteLine(
                    $"{to}: {backend.Backend.Name}, {Quantities.Count(outcome.Events)} events, {Size(new FileInfo(to).Length)}"
                );
                if (outcome.LeftOut is { } missing)
                {
                    session.Output.WriteLine($"{to}: left out: {missing}");
                }
            }
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            session.Error.WriteLine("interrupted; what was not finished is not there");
            return ExitCode.Interrupted;
        }
    }

    private static string? VmOf(ExportFormat format, string? vm, Scenario scenario)
    {
        if (!format.IsOfOneVm)
        {
            return vm is null
                ? null
                : throw new UsageException($"--vm: {format.Name} is of all VMs; accepted: none");
        }
        ImmutableArray<string> vms = Exporter.VmsOf(scenario);
        string some = string.Join(", ", vms.Take(10)) + (vms.Length > 10 ? ", ..." : "");
        return vm switch
        {
            null when vms.Length == 1 => vms[0],
            null => throw new UsageException($"--vm: which VM; accepted: one of {some}"),
            _ => vms.Contains(vm, StringComparer.Ordinal)
                ? vm
                : throw new UsageException($"--vm: there is no '{vm}'; accepted: {some}"),
        };
    }

    private static string Size(long bytes) =>
        bytes < 1024 ? $"{bytes} bytes" : $"{Quantities.Count(bytes / 1024)} KiB";
}
