using System;
using System.CommandLine;
using PvTimer.Experiments;
using PvTimer.Experiments.Reports;

namespace PvTimer.Cli.Commands;

/// <summary>--report: what was found as a page, beside what is printed.</summary>
internal sealed class ReportFile(Session session)
{
    private readonly OutputFile _file = new("Write a page with pictures as well", "--report");
    private string _command = "";

    public Option<string?> Option => _file.Option;

    /// <inheritdoc cref="OutputFile.Read"/>
    public string? Read(ParseResult parsed)
    {
        _command = CommandPath.Again(parsed);
        return _file.Read(parsed);
    }

    /// <param name="file">See <see cref="Read"/>; null: nothing is written.</param>
    /// <param name="report">Makes it, given the command line that repeats it.</param>
    public void Write(string? file, Func<string, Report> report)
    {
        if (file is not null)
        {
            WholeFile.Write(file, ReportPage.Of(report(_command)));
            session.Error.WriteLine($"Written to {file}");
        }
    }
}
