using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Reports;

namespace PvTimer.Experiments.Tests.Replay;

/// <summary>A recording replayed on both back-ends, on a host of its own.</summary>
internal static class ReplayRun
{
    /// <param name="path">Of the recording.</param>
    /// <param name="tsc">Its guest's TSC.</param>
    /// <param name="duration">A span, or "trace".</param>
    /// <param name="mode">"closed-loop" or "open-loop".</param>
    public static ExperimentResult Of(
        string path,
        string tsc,
        string duration = "trace",
        string mode = "closed-loop"
    )
    {
        using ScenarioFolder folder = new();
        return Experiment.Run(
            folder.Read(
                $$"""
                scenario {
                  duration = {{duration}}
                  backends = [hrtimer, pvtimer]
                  host { cpus = 8, costs = skylake }
                  vms = [ {
                    name = web
                    tsc = {{tsc}}
                    guest { type = trace, file = "{{path}}", replay = {{mode}} }
                  } ]
                }
                """
            ),
            EngineKind.Sequential,
            1,
            (_, _) => true
        );
    }

    /// <summary>The same of a text, which is written to a file for it.</summary>
    public static ExperimentResult OfText(string text, string tsc, string duration, string mode)
    {
        using ScenarioFolder folder = new();
        return Of(folder.Write(text, "recording.txt"), tsc, duration, mode);
    }

    /// <summary>The text of a gzipped file of the repository.</summary>
    public static string TextOf(string path)
    {
        using StreamReader reader = new(
            new GZipStream(
                File.OpenRead(ScenarioFolder.Repository(path)),
                CompressionMode.Decompress
            )
        );
        return reader.ReadToEnd();
    }

    /// <summary>"hrtimer 200 of 200, 0 not reached, 0 broken", a back-end each.</summary>
    public static string Describe(ExperimentResult result) =>
        string.Join(
            "; ",
            result.Backends.Select(backend =>
            {
                ReplayCounts replay = backend.Report.Replay!;
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{backend.Backend} {replay.Programmed} of {replay.Deadlines}, {replay.NotReached} not reached, {replay.Remaining} remaining, {replay.BrokenWaits} broken, {replay.AtRecordedTime} at recorded time, {replay.Unmatched} unmatched"
                );
            })
        );
}
