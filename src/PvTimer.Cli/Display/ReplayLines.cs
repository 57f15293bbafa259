using System.Collections.Generic;
using PvTimer.Experiments;
using PvTimer.Model.Reports;

namespace PvTimer.Cli.Display;

/// <summary>How much of its recording a run has replayed, and what to think of it where that is not all.</summary>
internal static class ReplayLines
{
    /// <summary>"20 129 of 20 129".</summary>
    public static string Programmed(MachineReport report)
    {
        ReplayCounts replay = report.Replay ?? ReplayCounts.None;
        return $"{Quantities.Count(replay.Programmed)} of {Quantities.Count(replay.Deadlines)}";
    }

    /// <summary>A line for each back-end whose replay stands still, or is far behind its recording.</summary>
    public static IEnumerable<string> Warnings(ExperimentResult result)
    {
        foreach (BackendResult backend in result.Backends)
        {
            if (backend.Report.Replay is { NotReached: > 0 } replay)
            {
                yield return $"{backend.Backend.Name}: the replay did not reach "
                    + $"{Quantities.Count(replay.NotReached)} recorded steps whose time is past "
                    + $"({Programmed(backend.Report)} deadlines programmed); "
                    + "the recorded column covers what was replayed";
            }
        }
    }
}
