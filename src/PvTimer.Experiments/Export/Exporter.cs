using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Experiments.Explain;
using PvTimer.Experiments.Repetition;
using PvTimer.Model.Description;
using PvTimer.Model.Recording;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Export;

/// <summary>A file in another tool's form that was written.</summary>
/// <param name="Events">Of the run.</param>
/// <param name="LeftOut">What the machine did that the file cannot hold, in words; null: nothing.</param>
public sealed record ExportOutcome(long Events, string? LeftOut);

/// <summary>Writes finished runs in the forms of other tools: each is run again, watched, and has to be the same.</summary>
public static class Exporter
{
    /// <summary>The VMs of a run, as <see cref="ExportFormat.IsOfOneVm"/> needs one of them.</summary>
    public static ImmutableArray<string> VmsOf(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return
        [
            .. MachineDescriptionBuilder
                .Build(scenario, scenario.Backends[0])
                .Vms.Select(vm => vm.Name),
        ];
    }

    /// <param name="run">Has been written.</param>
    /// <param name="scenario">Its scenario.</param>
    /// <param name="backend">Which of its back-ends.</param>
    /// <param name="format">In which form.</param>
    /// <param name="vm">Which VM; null where the form is of all.</param>
    /// <param name="file">Where to: it appears when it is whole.</param>
    /// <param name="goOn">Asked now and then, with how far the run has come; false stops it.</param>
    /// <exception cref="DifferentRunException">Run again it is another run: nothing is written.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ExportOutcome Write(
        FinishedRun run,
        Scenario scenario,
        RecordedBackends backend,
        ExportFormat format,
        string? vm,
        string file,
        Func<TimerBackend, RunProgress, bool> goOn
    )
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(format);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        string partial = $"{file}.partial";
        try
        {
            ExportOutcome outcome;
            using (FileStream stream = new(partial, FileMode.Create, FileAccess.ReadWrite))
            {
                MachineDescription description = MachineDescriptionBuilder.Build(
                    scenario,
                    backend.Backend
                );
                outcome = Record(
                    run,
                    backend,
                    description,
                    machine => format.Create(machine, description, vm, stream),
                    progress => goOn(backend.Backend, progress)
                );
            }
            File.Move(partial, file, overwrite: true);
            return outcome;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static ExportOutcome Record(
        FinishedRun run,
        RecordedBackends backend,
        MachineDescription description,
        Func<EmulatedMachine, RunExport> create,
        Func<RunProgress, bool> goOn
    )
    {
        EmulatedMachine machine = EmulatedMachine.Build(description);
        using RunExport export = create(machine);
        RunOutcome outcome = SequentialEngine.Run(
            export.Watches ? new ObservedMachine(machine, export) : machine,
            new RunOptions(1, goOn)
        );
        if (outcome.Interrupted)
        {
            throw new OperationCanceledException();
        }
        backend.Check(run, outcome.TraceHash);
        export.Finish(outcome.Reached, machine.Report(outcome.Reached));
        return new ExportOutcome(outcome.Events, export.LeftOut);
    }
}
