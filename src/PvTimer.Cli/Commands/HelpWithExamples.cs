using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.IO;

namespace PvTimer.Cli.Commands;

/// <summary>--help: the parser's own page, and below it how the command is used.</summary>
internal sealed class HelpWithExamples(HelpAction page) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    /// <summary>Has the help of a command, and of all below it, show examples.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction page })
            {
                option.Action = new HelpWithExamples(page);
            }
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        int code = page.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in Examples.Of(CommandPath.Of(parseResult)))
        {
            output.WriteLine($"  {example}");
        }
        output.WriteLine();
        return code;
    }
}
