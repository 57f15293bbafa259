using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using PvTimer.Experiments;

namespace PvTimer.Cli;

/// <summary>A command with those above it, as it is typed: "pvtimer trace inspect".</summary>
internal static class CommandPath
{
    public const string Root = "pvtimer";

    public static string Of(ParseResult parsed)
    {
        Stack<string> names = [];
        for (SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
        {
            if (at is CommandResult { Command: not RootCommand and { Name: { } name } })
            {
                names.Push(name);
            }
        }
        return string.Join(' ', [Root, .. names]);
    }

    /// <summary>The whole command line, as a shell takes it.</summary>
    public static string Again(ParseResult parsed) =>
        string.Join(' ', parsed.Tokens.Select(token => ShellWord.Of(token.Value)).Prepend(Root));
}
