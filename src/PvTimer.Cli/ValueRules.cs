using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;

namespace PvTimer.Cli;

/// <summary>
/// What holds for the options and arguments of all commands: what takes a value gets one, none is empty, and a
/// mistyped option is not taken for one. The parser lets an option that may be repeated stand without a value, and
/// drops it.
/// </summary>
internal static class ValueRules
{
    public static void AddTo(Command command)
    {
        foreach (Option option in command.Options.Where(each => each.ValueType != typeof(bool)))
        {
            if (option.Arity is { MinimumNumberOfValues: 0, MaximumNumberOfValues: > 0 })
            {
                option.Arity = new ArgumentArity(1, option.Arity.MaximumNumberOfValues);
            }
            option.Validators.Add(result => Check(result, option.Name, "--", option.HelpName));
        }
        foreach (Argument argument in command.Arguments)
        {
            argument.Validators.Add(result => Check(result, argument.Name, "-", argument.HelpName));
        }
        foreach (Command below in command.Subcommands)
        {
            AddTo(below);
        }
    }

    /// <param name="result">What was said.</param>
    /// <param name="name">The option's or the argument's.</param>
    /// <param name="dashes">What begins with them is no value; "-" alone is one.</param>
    /// <param name="forms">What is accepted; null: its name says it.</param>
    private static void Check(SymbolResult result, string name, string dashes, string? forms)
    {
        foreach (Token token in result.Tokens)
        {
            string value = token.Value;
            bool isOption = value.Length > 1 && value.StartsWith(dashes, StringComparison.Ordinal);
            if (isOption || string.IsNullOrWhiteSpace(value))
            {
                string what = isOption ? $"'{value}' is no option that it knows" : "is empty";
                result.AddError($"{name}: {what}; accepted: {forms ?? name}");
            }
        }
    }
}
