using System;
using System.IO;
using System.Linq;
using Spectre.Console;

namespace PvTimer.Cli.Display;

/// <summary>What tables are drawn on: a terminal, or plain text of a fixed width.</summary>
internal static class Consoles
{
    private const int PlainWidth = 110;

    public static IAnsiConsole Of(TextWriter writer, bool colours)
    {
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = colours ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(writer),
            }
        );
        if (!colours)
        {
            console.Profile.Width = PlainWidth;
        }
        return console;
    }

    /// <summary>Draws on the session's standard output.</summary>
    public static void Print(Session session, Action<IAnsiConsole> draw)
    {
        if (session.OutputIsTerminal)
        {
            draw(Of(session.Output, colours: true));
            return;
        }
        using StringWriter text = new() { NewLine = "\n" };
        draw(Of(text, colours: false));
        session.Output.Write(WithoutTrailingBlanks(text.ToString()));
    }

    public static string WithoutTrailingBlanks(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.TrimEnd()));
}
