using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Sweeps;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>What sweeps and searches are told alike: the matrix, and where its runs are carried out.</summary>
internal sealed class SweepOptions
{
    private readonly Argument<string?> _scenario = new("SCENARIO")
    {
        Description = "A scenario file; none with --resume",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _over = new("--over")
    {
        Description =
            "A key and its values: KEY=A,B,C or KEY=1..4096:x2 or KEY=1..10:+1; several keys move together as 'A=1,2; B=3,4'; each --over multiplies",
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

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_scenario);
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    private IEnumerable<Option> All => [_over, _set, _backend, _seed, _repeat, _parallel];

    /// <summary>What is resumed goes on as it was begun.</summary>
    /// <exception cref="UsageException">Something else is said.</exception>
    public void RefuseBeside(ParseResult parsed, Option resume, params Option[] others)
    {
        string? given = parsed.GetResult(_scenario) is { Tokens.Count: > 0 }
            ? _scenario.Name
            : All.Except([_parallel])
                .Concat(others)
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
        string file =
            parsed.GetValue(_scenario)
            ?? throw new UsageException("SCENARIO is missing; accepted: a scenario file");
        string[] over = parsed.GetValue(_over) ?? [];
        if (over.Length == 0)
        {
            throw new UsageException($"--over is missing; accepted: {SweepAxis.Forms}");
        }
        return new SweepRequest(
            file,
            [.. Overrides(parsed)],
            [.. over.Select(SweepAxis.Parse)],
            RunRefusals.AtLeastOne(
                _repeat,
                parsed.GetValue(_repeat) ?? SweepRequest.UsualRepetitions
            )
        );
    }

    /// <summary>Where runs are carried out.</summary>
    public SweepPlace Place(Session session, ParseResult parsed, SweepPlan plan, string directory)
    {
        int threads = RunRefusals.AtLeastOne(
            _parallel,
            parsed.GetValue(_parallel) ?? Environment.ProcessorCount
        );
        return new SweepPlace(new LocalRunner(threads))
        {
            Words = string.Create(CultureInfo.InvariantCulture, $"{threads} side by side"),
        };
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

/// <summary>Where a sweep's runs are carried out.</summary>
/// <param name="runner">What carries them out.</param>
internal sealed class SweepPlace(IPointRunner runner) : IDisposable
{
    public IPointRunner Runner => runner;

    /// <summary>In words, for the header.</summary>
    public required string Words { get; init; }

    /// <summary>Takes a line about something that has happened there.</summary>
    public Action<string> Note { get; set; } = static _ => { };

    public void Dispose() { }
}
