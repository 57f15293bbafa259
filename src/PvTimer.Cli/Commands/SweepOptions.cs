using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using PvTimer.Experiments.Sweeps;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>What sweeps and searches are told alike: the matrix, and where its runs are carried out.</summary>
internal sealed class SweepOptions
{
    private readonly ScenarioOptions _of = new(
        "Root of the repetitions' seeds, instead of the scenario's"
    );

    private readonly JoinOptions _cluster = new("to spread the runs over; nodes may come and go");

    private readonly Option<string[]> _over = new("--over")
    {
        Description =
            "A key and its values: KEY=A,B,C or KEY=1..4096:x2 or KEY=1..10:+1; several keys move together as 'A=1,2; B=3,4'; each --over multiplies; default: the scenario's own matrix",
        HelpName = "KEY=VALUES",
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

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Begin even with more processes than this machine seems to have cores for",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_of.Scenario);
        foreach (Option option in What.Concat(Where))
        {
            command.Options.Add(option);
        }
    }

    private IEnumerable<Option> What => [_over, _of.Set, _of.Backend, _of.Seed, _repeat];

    private IEnumerable<Option> Where =>
        [_parallel, _nodes, _cluster.Join, _cluster.Config, _cluster.TokenFile, _force];

    /// <summary>What is resumed goes on as it was begun.</summary>
    /// <exception cref="UsageException">Something else is said.</exception>
    public void RefuseBeside(ParseResult parsed, Option resume, params Option[] others)
    {
        string? given = parsed.GetResult(_of.Scenario) is { Tokens.Count: > 0 }
            ? _of.Scenario.Name
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
        string file = _of.File(parsed);
        ScenarioOverride[] overrides = [.. _of.Overrides(parsed)];
        string[] over = parsed.GetValue(_over) ?? [];
        SweepAxis[] axes = [.. over.Select(SweepAxis.Parse)];
        SweepSettings own = OwnMatrix(file, overrides, axes);
        if (over.Length == 0 && own.Over.IsEmpty)
        {
            throw new UsageException(
                $"--over is missing, and {file} has no matrix of its own (sweep.over); accepted: {SweepAxis.Forms}"
            );
        }
        return new SweepRequest(
            file,
            [.. overrides],
            over.Length > 0 ? [.. axes] : [.. own.Over.Select(SweepAxis.Parse)],
            RunRefusals.AtLeastOne(
                _repeat,
                parsed.GetValue(_repeat) ?? own.Repeat ?? SweepRequest.UsualRepetitions
            )
        );
    }

    /// <summary>
    /// The scenario's own matrix and repetitions, as they are at the first point; none if that cannot be read: the plan
    /// refuses it by the point's name.
    /// </summary>
    private static SweepSettings OwnMatrix(
        string file,
        ScenarioOverride[] overrides,
        SweepAxis[] axes
    )
    {
        try
        {
            return ScenarioReader
                .ReadOverridden(
                    file,
                    [
                        .. overrides,
                        .. axes.SelectMany(axis =>
                            axis.Keys.Zip(
                                axis.Values[0],
                                (key, value) => new ScenarioOverride("--over", key, value)
                            )
                        ),
                    ]
                )
                .Sweep;
        }
        catch (ScenarioException) when (axes.Length > 0)
        {
            return SweepSettings.None;
        }
    }

    /// <summary>Where runs are carried out.</summary>
    /// <exception cref="UsageException">It cannot be there.</exception>
    public SweepPlace Place(ParseResult parsed)
    {
        string[] join = _cluster.Endpoints(parsed);
        int? nodes = parsed.GetValue(_nodes);
        Option[] given =
        [
            .. new Option[] { _parallel, _nodes, _cluster.Join }.Where(option =>
                parsed.GetResult(option) is OptionResult { Implicit: false }
            ),
        ];
        if (given.Length > 1)
        {
            throw new UsageException(
                $"{given[0].Name} and {given[1].Name}; accepted: one of {_parallel.Name}, {_nodes.Name} and {_cluster.Join.Name}"
            );
        }
        if (
            join.Length == 0
            && new Option[] { _cluster.Config, _cluster.TokenFile }.FirstOrDefault(option =>
                parsed.GetResult(option) is OptionResult { Implicit: false }
            )
                is { } lonely
        )
        {
            throw new UsageException(
                $"{lonely.Name} is about a cluster that is joined; accepted: with {_cluster.Join.Name}"
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
            _cluster.Keys(parsed)
        );
    }
}
