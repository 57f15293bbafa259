using System.Collections.Generic;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Model.Timers;

namespace PvTimer.Cli.Display;

/// <summary>Who wins by which criterion, what got better and what got worse.</summary>
internal static class VerdictLines
{
    public static IEnumerable<string> Of(ExperimentResult result)
    {
        string[] words = [.. VerdictWords.Of(Verdict.Of(result), result.Scenario.Duration)];
        bool predicts = result.Backends.Any(each => each.Backend == TimerBackend.PvTimer);
        return words.Length > 0 && predicts
            ?
            [
                .. words,
                "pvtimer's figures are a prediction under these costs: no measurement of it was ever published.",
            ]
            : words;
    }
}
