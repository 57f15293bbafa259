using System.CommandLine;
using PvTimer.Cli.Display;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer trace recipe: the shell commands that record what pvtimer replays.</summary>
internal static class RecipeCommand
{
    public static Command Create(Session session)
    {
        Option<string> side = new("--side")
        {
            Description = "Where it is recorded: inside the guest, or by KVM on its host",
            HelpName = "guest|host",
            DefaultValueFactory = _ => "guest",
        };
        Option<string> tool = new("--tool")
        {
            Description = "What records it",
            HelpName = "ftrace|trace-cmd|perf",
            DefaultValueFactory = _ => "ftrace",
        };
        Command command = new("recipe", "Print the shell commands that record a guest's timers")
        {
            side,
            tool,
        };
        command.SetAction(parsed =>
        {
            session.Output.Write(
                RecordingRecipe.Of(SideOf(parsed.GetValue(side)!), ToolOf(parsed.GetValue(tool)!))
            );
            return ExitCode.Done;
        });
        return command;
    }

    private static RecordingSide SideOf(string word) =>
        word switch
        {
            "guest" => RecordingSide.Guest,
            "host" => RecordingSide.Host,
            _ => throw new UsageException($"--side: '{word}' is no side; accepted: guest, host"),
        };

    private static RecordingTool ToolOf(string word) =>
        word switch
        {
            "ftrace" => RecordingTool.Ftrace,
            "trace-cmd" => RecordingTool.TraceCmd,
            "perf" => RecordingTool.Perf,
            _ => throw new UsageException(
                $"--tool: '{word}' is no tool; accepted: ftrace, trace-cmd, perf"
            ),
        };
}
