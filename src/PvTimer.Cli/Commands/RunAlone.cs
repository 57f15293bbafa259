using System;
using System.IO;
using PvTimer.Cli.Display;
using PvTimer.Experiments;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer run in this process: watches the run, and keeps what it reached if it is interrupted.</summary>
/// <param name="session">What is talked to.</param>
/// <param name="experiment">What is run.</param>
/// <param name="quiet">Without progress.</param>
/// <param name="ending">What is said before and after.</param>
internal sealed class RunAlone(
    Session session,
    LocalExperiment experiment,
    bool quiet,
    RunEnding ending
)
{
    /// <summary>Returns the exit code.</summary>
    public int Invoke()
    {
        bool hasBegun = !session.Stop.IsCancellationRequested;
        ending.Begin(experiment.Scenario, experiment.Engine, nodes: 1, experiment.Regions);
        ExperimentResult result = Run();
        foreach (string line in experiment.Damaged)
        {
            session.Error.WriteLine(
                $"pvtimer: warning: checkpoint is damaged, and not used: {line}"
            );
        }
        bool isKept = result.Interrupted && (hasBegun || !result.Backends.IsEmpty) && Keep();
        int code = ending.Finish(result, experiment.Directory);
        if (isKept)
        {
            session.Error.WriteLine($"pvtimer: {RunEnding.HowToGoOn(experiment.Directory)}");
        }
        return code;
    }

    private ExperimentResult Run()
    {
        using ProgressLine progress = new(session, experiment.Scenario, quiet);
        return experiment.Run(
            (backend, reached) =>
            {
                progress.Show(backend, reached);
                return !session.Stop.IsCancellationRequested;
            }
        );
    }

    /// <summary>Whether the run can be resumed.</summary>
    private bool Keep()
    {
        try
        {
            experiment.Keep(RunDirectories.UsualCheckpoints);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            session.Error.WriteLine(
                $"pvtimer: what was reached cannot be kept in {experiment.Directory}: {e.Message}"
            );
            return false;
        }
    }
}
