using System.IO;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Documents;

/// <summary>
/// Where the run directory is of a run that another process has started: its nodes name the scenario that they run, which lies
/// in it, DIR/checkpoints/BACKEND/scenario.conf.
/// </summary>
internal static class RunPlace
{
    private const string Checkpoints = "checkpoints";

    /// <param name="vitals">What the cluster says of its run; null: nothing.</param>
    /// <returns>Null: it has none of that form, or this machine has no such directory.</returns>
    public static string? Of(RunVitals? vitals)
    {
        string? backend = Path.GetDirectoryName(vitals?.ScenarioFile);
        string? checkpoints = Path.GetDirectoryName(backend);
        string? directory = Path.GetDirectoryName(checkpoints);
        return
            Path.IsPathFullyQualified(directory ?? "")
            && Path.GetFileName(checkpoints) == Checkpoints
            && Path.GetFileName(backend) == vitals!.Backend
            && Directory.Exists(directory)
            ? directory
            : null;
    }

    /// <summary>
    /// The results there; those of another run, which a machine with the same path may have there, are not shown.
    /// </summary>
    public static ResultsDocument ResultsOf(RunVitals? vitals)
    {
        string? directory = Of(vitals);
        ResultsDocument results = ResultsDocument.Read(directory);
        bool isOther =
            results.Scenario is not null
            && (results.Scenario != vitals!.Scenario || results.Seed != vitals.Seed);
        return isOther ? ResultsDocument.Read(directory: null) : results;
    }
}
