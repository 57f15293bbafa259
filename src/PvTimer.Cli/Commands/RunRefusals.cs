using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace PvTimer.Cli.Commands;

/// <summary>Options of pvtimer run that do not go together, or not with their values.</summary>
internal static class RunRefusals
{
    /// <summary>What is about a cluster or a console is not dropped where there is none.</summary>
    public static void Alone(ParseResult parsed, params ReadOnlySpan<Option> options)
    {
        foreach (Option option in options)
        {
            if (parsed.GetResult(option) is { Implicit: false })
            {
                throw new UsageException(
                    $"{option.Name}: this run has no cluster and no console; accepted: with --join or --console"
                );
            }
        }
    }

    /// <summary>A run that is resumed goes on as it was begun.</summary>
    public static void BesideResume(ParseResult parsed, params ReadOnlySpan<Symbol> symbols)
    {
        foreach (Symbol symbol in symbols)
        {
            SymbolResult? given = parsed.GetResult(symbol);
            if (given is OptionResult { Implicit: false } or ArgumentResult { Tokens.Count: > 0 })
            {
                throw new UsageException(
                    $"{symbol.Name}: --resume goes on with what the directory says; accepted beside it: --nodes, --regions, --join, --console"
                );
            }
        }
    }

    /// <summary>A count that an option gives.</summary>
    /// <exception cref="UsageException">It is zero or less.</exception>
    public static int AtLeastOne(Option option, int value) =>
        value >= 1
            ? value
            : throw new UsageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{option.Name}: {value} is out of range; accepted: a whole number from 1"
                )
            );
}
