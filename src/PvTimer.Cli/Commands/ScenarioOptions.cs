using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using PvTimer.Model.Backends;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>Which scenario, and what is said on the command line instead of it.</summary>
/// <param name="seed">What its --seed is for.</param>
internal sealed class ScenarioOptions(string seed)
{
    /// <summary>None with --resume.</summary>
    public Argument<string?> Scenario { get; } =
        new("SCENARIO")
        {
            Description = "A scenario file or one of pvtimer scenarios; none with --resume",
            Arity = ArgumentArity.ZeroOrOne,
        };

    public Option<string[]> Set { get; } =
        new("--set")
        {
            Description = "Any key of the scenario; elements of lists by their index",
            HelpName = "path=value",
        };

    public Option<string?> Backend { get; } =
        new("--backend")
        {
            Description =
                $"Back-ends instead of the scenario's: {string.Join(", ", TimerBackends.All)}",
            HelpName = "a,b,..",
        };

    public Option<ulong?> Seed { get; } = new("--seed") { Description = seed, HelpName = "N" };

    /// <summary>The scenario's file.</summary>
    /// <exception cref="UsageException">None is named.</exception>
    public string File(ParseResult parsed) =>
        Preset.FileOf(
            parsed.GetValue(Scenario)
                ?? throw new UsageException(
                    "SCENARIO is missing; accepted: a scenario file, or --resume DIR where the command has it"
                )
        );

    /// <summary>In the order in which they hold: the later ones win.</summary>
    public IEnumerable<ScenarioOverride> Overrides(ParseResult parsed)
    {
        foreach (string set in parsed.GetValue(Set) ?? [])
        {
            yield return ScenarioOverride.Set(set);
        }
        if (parsed.GetValue(Backend) is { } backends)
        {
            yield return new ScenarioOverride(Backend.Name, "backends", $"[{backends}]");
        }
        if (parsed.GetValue(Seed) is { } number)
        {
            string text = number.ToString(CultureInfo.InvariantCulture);
            yield return new ScenarioOverride(Seed.Name, "seed", text);
        }
    }
}
