using System;
using System.Diagnostics;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>What is said before a run's first event and after its last, whatever runs it.</summary>
internal sealed class RunEnding(Session session, bool json)
{
    private readonly DateTimeOffset _started = DateTimeOffset.Now;
    private readonly long _clock = Stopwatch.GetTimestamp();
    private string _header = "";

    public void Begin(Scenario scenario, EngineKind engine, int nodes, int regions)
    {
        _header = RunHeader.Of(scenario, engine, nodes, regions);
        (json ? session.Error : session.Output).WriteLine(_header);
        foreach (string warning in scenario.Warnings)
        {
            session.Error.WriteLine($"pvtimer: warning: {warning}");
        }
    }

    /// <summary>Writes and prints the results; returns the exit code.</summary>
    public int Finish(ExperimentResult result, string directory)
    {
        if (result.Backends.IsEmpty)
        {
            session.Error.WriteLine("pvtimer: interrupted before a back-end was finished");
            return ExitCode.Interrupted;
        }
        string drills = string.Concat(result.Drills.Select(line => $"drill {line}\n"));
        string tables = _header + "\n" + ComparisonTable.Plain(result) + drills;
        TimeSpan wall = Stopwatch.GetElapsedTime(_clock);
        RunDirectory.Write(
            directory,
            result,
            Manifest.Of(result, _started, wall, directory),
            tables
        );
        if (json)
        {
            session.Output.Write(SummaryDocument.Write(SummaryDocument.Of(result)));
        }
        else
        {
            ComparisonTable.Print(result, session);
            session.Output.Write(drills);
            session.Output.WriteLine($"Written to {directory}");
        }
        foreach (ThresholdVerdict verdict in result.Verdicts.Where(verdict => !verdict.Holds))
        {
            session.Error.WriteLine($"pvtimer: threshold not kept: {verdict}");
        }
        if (result.Interrupted)
        {
            session.Error.WriteLine("pvtimer: interrupted; the finished back-ends are written");
            return ExitCode.Interrupted;
        }
        return result.Verdicts.All(verdict => verdict.Holds) ? ExitCode.Done : ExitCode.CheckFailed;
    }
}
