using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using PvTimer.Cli.Commands;

namespace PvTimer.Cli.Tests;

/// <summary>Every option of every command, with values that it cannot have.</summary>
public sealed class CommandLineTests : IDisposable
{
    private static readonly RootCommand Root = Program.Root(
        new Session(TextWriter.Null, TextWriter.Null, false, false, default)
    );

    private readonly CommandLine _pvtimer = new();

    /// <summary>All commands, as they are typed behind "pvtimer".</summary>
    public static TheoryData<string> Commands => [.. Below(Root, "").Select(each => each.Path)];

    /// <summary>Each option that takes a value, below each command that knows it.</summary>
    public static TheoryData<string, string> Options => OptionsOf(option => TakesValue(option));

    /// <summary>Each option whose value is a number.</summary>
    public static TheoryData<string, string> Numbers =>
        OptionsOf(option => TakesValue(option) && IsNumber(option.ValueType));

    public void Dispose() => _pvtimer.Dispose();

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Number_that_is_none_is_refused_in_one_line_that_names_the_option(
        string command,
        string option
    )
    {
        foreach (string value in new[] { "x", "1.5", "0x10", "", "99999999999999999999999" })
        {
            Refused(command, option, [.. Words(command), option, value]);
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Option_without_its_value_is_refused_in_one_line_that_names_it(
        string command,
        string option
    ) => Refused(command, option, [.. Words(command), option]);

    [Theory]
    [MemberData(nameof(Commands))]
    public void Option_that_is_not_known_is_refused_in_one_line_that_names_the_command(
        string command
    ) => Refused(command, "--colour", [.. Words(command), "--colour"]);

    [Theory]
    [InlineData("run x.conf --seed -1", "run", "--seed: '-1'; accepted: a whole number from 0 to")]
    [InlineData("run x.conf --seed 1 --seed 2", "run", "--seed")]
    [InlineData("run x.conf --json=maybe", "run", "'maybe' is no command or argument")]
    [InlineData("run x.conf --engine steam", "run", "--engine")]
    [InlineData("run x.conf --set", "run", "--set")]
    [InlineData("run x.conf --out --colour", "run", "--out: '--colour' is no option")]
    [InlineData("run", "run", "SCENARIO is missing")]
    [InlineData("cluster drain --force", "cluster drain", "'--force' is no option")]
    [InlineData("top --page attic", "top", "--page")]
    [InlineData("trace fit x.gz --halt-poll 200", "trace fit", "--halt-poll: '200'")]
    [InlineData("trace fit x.gz --halt-poll 2s", "trace fit", "at least 0ns and at most 1s")]
    [InlineData("trace inspect x.gz --tsc fast", "trace inspect", "")]
    [InlineData("trace inspect nowhere.gz", "trace inspect", "nowhere.gz")]
    [InlineData("trace fit nowhere.gz --profile pentium", "trace fit", "cascadelake-kvm")]
    [InlineData("completion tcsh", "completion", "bash")]
    [InlineData("cluster move h0", "cluster move", "NODE")]
    [InlineData("trace", "trace", "a command is missing; accepted: inspect, fit")]
    [InlineData("sail", "", "sail")]
    [InlineData("node --name my,node", "node", "name: 'my,node' has ',' in it")]
    public void Mistake_is_one_line_that_names_command_and_option(
        string line,
        string command,
        string said
    ) => Refused(command, said, line.Split(' '));

    [Theory]
    [InlineData("--backend", "vmx", "--backend: scenario.backends.0: 'vmx' is no back-end")]
    [InlineData("--backend", "a]", "--backend: ")]
    [InlineData("--backend", "", "--backend: ")]
    [InlineData("--fault", "kill:node-2@50%", "accepted: node-1, coordinator; without --nodes")]
    [InlineData("--fault", "explode", "--fault")]
    [InlineData("--checkpoint-every", "soon", "--checkpoint-every: 'soon'")]
    [InlineData("--checkpoint-every", "86401s", "'86401s' is no span of time up to 86400s")]
    [InlineData("--nodes", "-3", "--nodes")]
    [InlineData("--regions", "-3", "--regions")]
    [InlineData("--join", "", "--join")]
    [InlineData("--config", "nowhere.conf", "--config: this run has no")]
    [InlineData("--console-port", "8080", "--console-port: this run has no")]
    [InlineData("--token-file", "x", "--token-file: this run has no")]
    [InlineData("--set", "=", "--set")]
    [InlineData("--set", "vms.0.name=my vm", "--set: scenario.vms.0.name")]
    public void Mistake_in_a_run_is_one_line_that_names_the_option(
        string option,
        string value,
        string said
    ) => Refused("run", said, ["run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out, option, value]);

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_of_every_command_has_examples_that_the_program_understands(string command)
    {
        string path = $"pvtimer {command}".TrimEnd();

        _pvtimer.Succeed([.. Words(command), "--help"]);

        Assert.Contains("Examples:", _pvtimer.Output, StringComparison.Ordinal);
        Assert.NotEmpty(Examples.Of(path));
        foreach (
            string example in Examples
                .Of(path)
                .Where(line => line.StartsWith("pvtimer ", StringComparison.Ordinal))
        )
        {
            Assert.Contains($"  {example}\n", _pvtimer.Output, StringComparison.Ordinal);
            string typed = example.Split(" > ")[0]["pvtimer ".Length..];
            Assert.Empty(
                Root.Parse([.. CommandLineParser.SplitCommandLine(Doubled(typed))]).Errors
            );
        }
    }

    [Fact]
    public void Bench_of_whole_commands_that_cannot_be_run_is_one_line()
    {
        using CommandLine pvtimer = new();
        Assert.Equal(2, pvtimer.Run("bench", "whole", "--runs", "1"));
        Assert.Contains("in the repository's folder", pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(pvtimer.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Help_of_the_program_lists_its_commands_and_has_examples()
    {
        _pvtimer.Succeed("--help");
        Assert.Contains(
            "pvtimer run config/scenarios/quickstart.conf",
            _pvtimer.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("completion", _pvtimer.Output, StringComparison.Ordinal);
    }

    private void Refused(string command, string said, string[] args)
    {
        int code = _pvtimer.Run(args);

        string typed = string.Join(' ', args);
        Assert.True(code == 2, $"{typed}: {code}: {_pvtimer.Error}");
        Assert.Empty(_pvtimer.Output);
        string line = Assert.Single(_pvtimer.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith($"pvtimer {command}".TrimEnd() + ": ", line, StringComparison.Ordinal);
        Assert.Contains(said, line, StringComparison.Ordinal);
        foreach (string alien in new[] { "System.", "Nullable", "Int32", "UInt64", "   at " })
        {
            Assert.DoesNotContain(alien, line, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<(string Path, Command Command)> Below(Command command, string path)
    {
        foreach (Command each in command.Subcommands)
        {
            string own = $"{path} {each.Name}".Trim();
            yield return (own, each);
            foreach ((string Path, Command Command) below in Below(each, own))
            {
                yield return below;
            }
        }
    }

    private static TheoryData<string, string> OptionsOf(Func<Option, bool> isWanted)
    {
        TheoryData<string, string> rows = [];
        foreach ((string path, Command command) in Below(Root, ""))
        {
            foreach (Option option in command.Options.Where(isWanted))
            {
                rows.Add(path, option.Name);
            }
        }
        return rows;
    }

    private static bool TakesValue(Option option) =>
        option is not HelpOption && option.ValueType != typeof(bool);

    private static bool IsNumber(Type type) =>
        Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type)
            is TypeCode.Int32
                or TypeCode.Int64
                or TypeCode.UInt64
                or TypeCode.Double;

    private static string[] Words(string command) => command.Split(' ');

    /// <summary>The splitter knows double quotes only, the examples have single ones for the shell.</summary>
    private static string Doubled(string line) => line.Replace('\'', '"');
}
