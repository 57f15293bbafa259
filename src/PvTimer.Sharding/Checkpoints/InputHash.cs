using System;
using System.Collections.Generic;
using System.Collections.Immutable;
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
    /// <param name="held">What is not read from the disk; null: all is.</param>
    /// <returns>SHA-256, lower-case hexadecimal; without recordings that of the file.</returns>
    /// <exception cref="ScenarioException">It is no scenario.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string Of(string scenario, HeldFiles? held = null)
    {
        string own = FileOf(scenario);
        ImmutableArray<string> recordings = RecordingsOf(scenario, held);
        IEnumerable<string> all = recordings.Select(FileOf).Prepend(own);
        return recordings.IsEmpty
            ? own
            : FileHash.Of(Encoding.ASCII.GetBytes(string.Join('\n', all)));

        string FileOf(string path) =>
            held?.Find(path) is { } content ? FileHash.Of(content.Span) : FileHash.Of(path);
    }

    /// <summary>The recordings that a scenario replays, each once.</summary>
    internal static ImmutableArray<string> RecordingsOf(string scenario, HeldFiles? held) =>
        [
            .. ScenarioReader
                .Read(scenario, [], held)
                .Vms.Select(vm => vm.TraceFile)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];
}
