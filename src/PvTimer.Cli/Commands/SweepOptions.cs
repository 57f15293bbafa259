using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Sweeps;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;

namespace PvTimer.Cli.Commands;

/// <summary>What sweeps and searches are told alike: the matrix, and where its runs are carried out.</summary>
internal sealed class SweepOptions
{
    private readonly Argument<string?> _scenario = new("SCENARIO")
    {
        Description = "A scenario file or one of pvtimer scenarios; none with --resume",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _over = new("--over")
    {
        Description =
            "A key and its values: KEY=A,B,C or KEY=1..4096:x2 or KEY=1..10:+1; several keys move together as 'A=1,2; B=3,4'; each --over multiplies; default: the scenario's own matrix",
        HelpName = "KEY=VALUES",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Any key of the scenario, for all points",
        HelpName = "path=value",
    };

    private readonly Option<string?> _backend = new("--backend")
    {
        Description = "Back-ends instead of the scenario's: hrtimer, pvtimer",
        HelpName = "a,b,..",
    };

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Root of the repetitions' seeds, instead of the scenario's",
        HelpName = "N",
    };

    private readonly Option<int?> _repeat = new("--repeat")
    {
        Description = "Runs of each point, each with a seed of its own; default: 5",
        HelpName = "N",
    };

    private readonly Option<int?> _parallel = new("--parallel")
    {
        Description = "Runs side by side in this process; default: as many as cores",
        HelpName = "N",
    };

    private readonly Option<int?> _nodes = new("--nodes")
    {
        Description = "Processes of this machine to spread the runs over; default: this one alone",
        HelpName = "N",
    };

    private readonly Option<string[]> _join = new("--join")
    {
        Description =
            "A node of a cluster that is there already, to spread the runs over; nodes may come and go",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description =
            "With --join: a node's configuration file, for the certificate and the token in it",
        HelpName = "FILE",
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "With --join: the control token of the cluster; default: the user's own",
        HelpName = "FILE",
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Begin even with more processes than this machine seems to have cores for",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_scenario);
        foreach (Option option in What.Concat(Where))
        {
            command.Options.Add(option);
        }
    }

    private IEnumerable<Option> What => [_over, _set, _backend, _seed, _repeat];

    private IEnumerable<Option> Where => [_parallel, _nodes, _join, _config, _tokenFile, _force];

    /// <summary>What is resumed goes on as it was begun.</summary>
    /// <exception cref="UsageException">Something else is said.</exception>
    public void RefuseBeside(ParseResult parsed, Option resume, params Option[] others)
    {
        string? given = parsed.GetResult(_scenario) is { Tokens.Count: > 0 }
            ? _scenario.Name
            : What.Concat(others)
                .FirstOrDefault(option =>
                    parsed.GetResult(option) is OptionResult { Implicit: false }
                )
                ?.Name;
        if (given is not null)
        {
            throw new UsageException(
                $"{given}: a sweep that is resumed goes on as it was begun; accepted: {resume.Name} without it"
            );
        }
    }

    /// <summary>What is to be swept.</summary>
    /// <exception cref="UsageException">Something is missing.</exception>
    /// <exception cref="SweepException">An axis cannot be used.</exception>
    public SweepRequest Request(ParseResult parsed)
    {
        string file = Preset.FileOf(
            parsed.GetValue(_scenario)
                ?? throw new UsageException("SCENARIO is missing; accepted: a scenario file")
        );
        ScenarioOverride[] overrides = [.. Overrides(parsed)];
        string[] over = parsed.GetValue(_over) ?? [];
        SweepSettings own =
            over.Length > 0
                ? SweepSettings.None
                : ScenarioReader.ReadOverridden(file, overrides).Sweep;
        if (over.Length == 0 && own.Over.IsEmpty)
        {
            throw new UsageException(
                $"--over is missing, and {file} has no matrix of its own (sweep.over); accepted: {SweepAxis.Forms}"
            );
        }
        return new SweepRequest(
            file,
            [.. overrides],
            [.. over.Concat(own.Over).Select(SweepAxis.Parse)],
            RunRefusals.AtLeastOne(
                _repeat,
                parsed.GetValue(_repeat) ?? own.Repeat ?? SweepRequest.UsualRepetitions
            )
        );
    }

    /// <summary>Where runs are carried out.</summary>
    /// <exception cref="UsageException">It cannot be there.</exception>
    public SweepPlace Place(ParseResult parsed)
    {
        string[] join = parsed.GetValue(_join) ?? [];
        if (join.FirstOrDefault(each => !ClusterDoor.IsEndpoint(each)) is { } wrong)
        {
            throw new UsageException($"{_join.Name}: '{wrong}'; accepted: HOST:PORT");
        }
        int? nodes = parsed.GetValue(_nodes);
        Option[] given =
        [
            .. new Option[] { _parallel, _nodes, _join }.Where(option =>
                parsed.GetResult(option) is OptionResult { Implicit: false }
            ),
        ];
        if (given.Length > 1)
        {
            throw new UsageException(
                $"{given[0].Name} and {given[1].Name}; accepted: one of {_parallel.Name}, {_nodes.Name} and {_join.Name}"
            );
        }
        if (
            join.Length == 0
            && new Option[] { _config, _tokenFile }.FirstOrDefault(option =>
                parsed.GetResult(option) is OptionResult { Implicit: false }
            )
                is { } lonely
        )
        {
            throw new UsageException(
                $"{lonely.Name} is about a cluster that is joined; accepted: with {_join.Name}"
            );
        }
        MachineCapacity.Check(
            MachineCapacity.OfThisMachine().ObstacleOfNodes(nodes ?? 0),
            parsed.GetValue(_force)
        );
        return new SweepPlace(
            RunRefusals.AtLeastOne(
                _parallel,
                parsed.GetValue(_parallel) ?? Environment.ProcessorCount
            ),
            nodes is null ? 0 : RunRefusals.AtLeastOne(_nodes, nodes.Value),
            [.. join],
            ClientKeys.Of(parsed.GetValue(_config), parsed.GetValue(_tokenFile))
        );
    }

    private IEnumerable<ScenarioOverride> Overrides(ParseResult parsed)
    {
        foreach (string set in parsed.GetValue(_set) ?? [])
        {
            yield return ScenarioOverride.Set(set);
        }
        if (parsed.GetValue(_backend) is { } backends)
        {
            yield return new ScenarioOverride(_backend.Name, "backends", $"[{backends}]");
        }
        if (parsed.GetValue(_seed) is { } seed)
        {
            string text = seed.ToString(CultureInfo.InvariantCulture);
            yield return new ScenarioOverride(_seed.Name, "seed", text);
        }
    }
}
