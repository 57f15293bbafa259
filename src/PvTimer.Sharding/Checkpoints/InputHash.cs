using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// What a machine is made from, by content: two nodes that read the same paths may read different files, and
/// would run different machines without a word.
/// </summary>
public static class InputHash
{
    /// <summary>
    /// Of a resolved scenario file, and of each recording that it replays. Cost profiles stand in the scenario
    /// itself.
    /// </summary>
    /// <param name="scenario">The file.</param>
    /// <returns>SHA-256, lower-case hexadecimal; without recordings that of the file.</returns>
    /// <exception cref="ScenarioException">It is no scenario.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string Of(string scenario)
    {
        string own = FileHash.Of(scenario);
        string[] recordings =
        [
            .. ScenarioReader
                .Read(scenario, [])
                .Vms.Select(vm => vm.TraceFile)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];
        IEnumerable<string> all = recordings.Select(FileHash.Of).Prepend(own);
        return recordings.Length == 0
            ? own
            : FileHash.Of(Encoding.ASCII.GetBytes(string.Join('\n', all)));
    }
}
