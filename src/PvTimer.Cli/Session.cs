using System;
using System.IO;
using System.Threading;

namespace PvTimer.Cli;

/// <summary>What a command talks to.</summary>
/// <param name="Output">Results, and with --json one document and nothing else.</param>
/// <param name="Error">Progress and what went wrong.</param>
/// <param name="OutputIsTerminal">Colours are welcome.</param>
/// <param name="ErrorIsTerminal">A line may be drawn over.</param>
/// <param name="Stop">Somebody pressed Ctrl-C.</param>
public sealed record Session(
    TextWriter Output,
    TextWriter Error,
    bool OutputIsTerminal,
    bool ErrorIsTerminal,
    CancellationToken Stop
)
{
    private const int UsualColumns = 80;

    /// <summary>How wide the terminal behind Error is at the moment, in columns, at least 1.</summary>
    public Func<int> ErrorColumns { get; init; } = static () => UsualColumns;

    /// <summary>The process's own; a stream that is closed takes nothing.</summary>
    public static Session OfConsole(CancellationToken stop) =>
        new(
            StandardStream.Output.IsWritable ? Console.Out : TextWriter.Null,
            StandardStream.Error.IsWritable ? Console.Error : TextWriter.Null,
            !Console.IsOutputRedirected,
            !Console.IsErrorRedirected,
            stop
        )
        {
            ErrorColumns = ColumnsOfConsole,
        };

    private static int ColumnsOfConsole()
    {
        try
        {
            return Console.WindowWidth is > 0 and int columns ? columns : UsualColumns;
        }
        catch (IOException)
        {
            return UsualColumns;
        }
    }
}
