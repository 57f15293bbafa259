using System.Collections.Generic;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Scenarios;
using PvTimer.TestKit.Results;

namespace PvTimer.TestKit.Properties;

/// <summary>One of a swarm: a script, and what happens to its messages.</summary>
/// <param name="Script">With one back-end.</param>
/// <param name="Faults">Null: nothing happens to them, and none was to.</param>
internal sealed record Sample(Scenario Script, MessageSchedule? Faults)
{
    /// <summary>Runs it on the sequential engine.</summary>
    /// <param name="reached">Where it is noted which faults have met a message; null: nowhere.</param>
    public ScriptResult Run(Reached? reached) =>
        Faults is null
            ? ScenarioRun.On(EngineKind.Sequential, Script)
            : ScenarioRun.With(Faults, Script, reached);

    /// <summary>The largest steps first.</summary>
    public IEnumerable<Sample> Smaller() =>
        (Faults?.Smaller().Select(fewer => this with { Faults = fewer }) ?? []).Concat(
            SmallerScripts
                .Of(Script)
                .Concat(SimplerScripts.Of(Script))
                .Select(smaller => this with { Script = smaller })
        );

    /// <summary>The first of two steps that may be taken together.</summary>
    public IEnumerable<Sample> Leaps() =>
        SmallerScripts
            .Slightly(Script)
            .Concat(SimplerScripts.DrawnTogether(Script))
            .Select(leap => this with { Script = leap });

    /// <summary>How large it is.</summary>
    public override string ToString() =>
        Faults is null
            ? $"{ScriptSize.Of(Script)}"
            : $"{ScriptSize.Of(Script)}, {CodeText.Of(Faults.Faults.Length)} faults of messages";
}
