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
        return words.Length == 0
            ? words
            :
            [
                .. words,
                .. result
                    .Backends.Select(each => each.Backend)
                    .Concat(result.Scenario.Vms.Select(vm => vm.Backend).OfType<TimerBackend>())
                    .Distinct()
                    .Where(backend => backend.Caveat is not null)
                    .Select(backend => $"{backend}'s figures are {backend.Caveat}."),
            ];
    }
}
