using System;
using System.CommandLine;
using System.IO;
using System.Threading;
using PvTimer.Experiments;

namespace PvTimer.Cli.Commands;

/// <summary>--out: what would be printed goes into a file instead.</summary>
/// <param name="description">What the file is.</param>
/// <param name="option">The option's name.</param>
internal sealed class OutputFile(
    string description = "Write to a file instead",
    string option = "--out"
)
{
    public Option<string?> Option { get; } =
        new(option) { Description = description, HelpName = "FILE" };

    /// <summary>The file; null: standard output.</summary>
    /// <exception cref="UsageException">It could not be written: known before anything was run.</exception>
    public string? Read(ParseResult parsed)
    {
        if (parsed.GetValue(Option) is not { } file)
        {
            return null;
        }
        if (string.IsNullOrWhiteSpace(file) || Directory.Exists(file))
        {
            throw new UsageException($"{option}: '{file}' is no file; accepted: a file's path");
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return WritableFolder.Obstacle(folder) is { } obstacle
            ? throw new UsageException($"{option}: {obstacle}")
            : file;
    }

    /// <summary>Computes what the file, or standard output, is to hold, and writes it.</summary>
    /// <param name="session">Ctrl-C ends the computation; then nothing is written.</param>
    /// <param name="file">See <see cref="Read"/>.</param>
    /// <param name="compute">The text, and the exit code behind it.</param>
    public static int Write(
        Session session,
        string? file,
        Func<CancellationToken, (string Text, int Code)> compute
    )
    {
        try
        {
            (string text, int code) = compute(session.Stop);
            if (file is null)
            {
                session.Output.Write(text);
            }
            else
            {
                WholeFile.Write(file, text);
            }
            return code;
        }
        catch (OperationCanceledException)
        {
            session.Error.WriteLine("interrupted; nothing was written");
            return ExitCode.Interrupted;
        }
    }
}
