using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;

namespace PvTimer.Cli;

/// <summary>
/// What is wrong with a command line, in one line: which option or argument, what it was given, what it takes.
/// The parser's own texts name types of .NET, and not always the option.
/// </summary>
internal static class CommandLineMistake
{
    private const StringSplitOptions OneLine = StringSplitOptions.RemoveEmptyEntries;

    /// <summary>
    /// About one mistake, the one that says most: a wrong value before a word that is not known, and that before
    /// something that is missing, as it may be missing only because of the others. Null: there is none.
    /// </summary>
    public static string? Of(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
        {
            return null;
        }
        string what =
            parsed.Errors.Select(OfValue).FirstOrDefault(each => each is not null)
            ?? OfWord(parsed)
            ?? OfWhatIsMissing(parsed);
        return $"{what}; see {CommandPath.Of(parsed)} --help";
    }

    /// <summary>All of a text on one line.</summary>
    public static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, OneLine));

    /// <summary>Null: the mistake is not about the value of an option or an argument.</summary>
    private static string? OfValue(ParseError error) =>
        error.SymbolResult switch
        {
            OptionResult { Option: { } option } result => OfValue(
                option.Name,
                option.ValueType,
                result,
                error
            ),
            ArgumentResult { Argument: { } argument, Tokens.Count: > 0 } result => OfValue(
                argument.Name,
                argument.ValueType,
                result,
                error
            ),
            _ => null,
        };

    private static string OfValue(string name, Type type, SymbolResult result, ParseError error)
    {
        string message = Flat(error.Message).TrimEnd('.');
        if (result.Tokens is [{ Value.Length: > 0 } only] && FormsOf(type) is { } forms)
        {
            return $"{name}: '{only.Value}'; accepted: {forms}";
        }
        return message.Contains(name, StringComparison.Ordinal) ? message : $"{name}: {message}";
    }

    /// <summary>A word that the command does not know; null: there is none.</summary>
    private static string? OfWord(ParseResult parsed) =>
        parsed.UnmatchedTokens is [{ } word, ..]
            ? $"'{Flat(word)}' is no {(word.StartsWith('-') ? "option" : "command or argument")} that it knows{Commands(parsed)}"
            : null;

    private static string OfWhatIsMissing(ParseResult parsed) =>
        parsed.CommandResult.Command.Subcommands.Count > 0
            ? $"a command is missing{Commands(parsed)}"
            : Flat(parsed.Errors[0].Message).TrimEnd('.');

    private static string Commands(ParseResult parsed)
    {
        string[] names = [.. parsed.CommandResult.Command.Subcommands.Select(each => each.Name)];
        return names.Length == 0 ? "" : $"; accepted: {string.Join(", ", names)}";
    }

    /// <summary>What a number or a switch may be; null: anything.</summary>
    private static string? FormsOf(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return Type.GetTypeCode(plain) switch
        {
            TypeCode.Boolean => "true, false, or no value",
            TypeCode.Int32 => Whole("-2147483648", int.MaxValue),
            TypeCode.UInt64 => Whole("0", ulong.MaxValue),
            TypeCode.Int64 => Whole("-9223372036854775808", long.MaxValue),
            TypeCode.Double => "a number",
            _ => null,
        };
    }

    private static string Whole(string least, IFormattable most) =>
        $"a whole number from {least} to {most.ToString(null, CultureInfo.InvariantCulture)}";
}
