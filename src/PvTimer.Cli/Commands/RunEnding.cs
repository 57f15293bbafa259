using System;
using System.Diagnostics;
using System.IO;
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

    /// <summary>Says what is run.</summary>
    /// <exception cref="IOException">Nothing can be printed: the results would not be either.</exception>
    public void Begin(Scenario scenario, EngineKind engine, int nodes, int regions)
    {
        _header = RunHeader.Of(scenario, engine, nodes, regions);
        try
        {
            (json ? session.Error : session.Output).WriteLine(_header);
        }
        catch (IOException e)
        {
            throw Unheard(e, "nothing has been run");
        }
        foreach (string warning in scenario.Warnings)
        {
            session.Error.WriteLine($"pvtimer: warning: {warning}");
        }
    }

    /// <summary>What is said of a run that was not finished.</summary>
    public static string HowToGoOn(string directory) =>
        $"to go on: {RunDirectory.HowToResume(directory)}";

    /// <summary>Writes and prints the results; returns the exit code.</summary>
    /// <exception cref="ResultsLostException">They could be printed, but not written.</exception>
    /// <exception cref="IOException">They are written, but could not be printed.</exception>
    public int Finish(ExperimentResult result, string directory)
    {
        if (result.Backends.IsEmpty)
        {
            session.Error.WriteLine("pvtimer: interrupted before a back-end was finished");
            return ExitCode.Interrupted;
        }
        string drills = string.Concat(result.Drills.Select(line => $"drill {line}\n"));
        (bool isWritten, Exception? failure) = Write(result, directory, drills);
        try
        {
            Print(result, isWritten ? directory : null, drills);
        }
        catch (IOException e) when (isWritten)
        {
            throw Unheard(e, $"the results are in {directory}");
        }
        if (failure is not null)
        {
            throw new ResultsLostException(
                $"{directory} cannot be written: {failure.Message.TrimEnd('.')}; the results above are not kept",
                failure
            );
        }
        foreach (string warning in ReplayLines.Warnings(result))
        {
            session.Error.WriteLine($"pvtimer: warning: {warning}");
        }
        foreach (ThresholdVerdict verdict in result.Verdicts.Where(verdict => !verdict.Holds))
        {
            session.Error.WriteLine($"pvtimer: threshold not kept: {verdict}");
        }
        if (result.Interrupted)
        {
            session.Error.WriteLine(
                isWritten
                    ? "pvtimer: interrupted; the finished back-ends are written"
                    : $"pvtimer: interrupted; {directory} keeps the results of the earlier run until this one is finished"
            );
            return ExitCode.Interrupted;
        }
        return result.Verdicts.All(verdict => verdict.Holds) ? ExitCode.Done : ExitCode.CheckFailed;
    }

    private static IOException Unheard(IOException e, string then) =>
        new($"standard output: {e.Message.TrimEnd('.')}; {then}", e);

    private (bool IsWritten, Exception? Failure) Write(
        ExperimentResult result,
        string directory,
        string drills
    )
    {
        string tables = _header + "\n" + ComparisonTable.Plain(result) + drills;
        TimeSpan wall = Stopwatch.GetElapsedTime(_clock);
        try
        {
            bool isWritten = RunDirectory.Write(
                directory,
                result,
                Manifest.Of(result, _started, wall, directory),
                tables
            );
            return (isWritten, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (false, e);
        }
    }

    /// <param name="result">The run.</param>
    /// <param name="directory">Where it is written; null: nowhere.</param>
    /// <param name="drills">What was done to the nodes.</param>
    private void Print(ExperimentResult result, string? directory, string drills)
    {
        if (json)
        {
            session.Output.Write(SummaryDocument.Write(SummaryDocument.Of(result)));
        }
        else
        {
            ComparisonTable.Print(result, session);
            session.Output.Write(drills);
            if (directory is not null)
            {
                session.Output.WriteLine($"Written to {directory}");
            }
        }
        session.Output.Flush();
    }
}

/// <summary>Results could not be written when they were there; the message is one line that says why.</summary>
internal sealed class ResultsLostException(string message, Exception inner)
    : Exception(message, inner);
