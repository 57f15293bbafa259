using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using PvTimer.Scenarios;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Sweeps;

/// <summary>What scenarios replay, by content; each file is read once. Safe on any thread.</summary>
internal sealed class RecordingHashes
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>The recordings of a scenario, in the order of their paths.</summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    public ImmutableArray<PointInput> Of(Scenario scenario) =>
        [.. PathsOf(scenario).Select(path => new PointInput(path, HashOf(path)))];

    /// <summary>The recordings that a scenario names, each once, in their order.</summary>
    public static IEnumerable<string> PathsOf(Scenario scenario) =>
        scenario
            .Vms.Select(vm => vm.TraceFile)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    private string HashOf(string path)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(path, out string? hash))
            {
                hash = FileDigest.Of(path);
                _known[path] = hash;
            }
            return hash;
        }
    }
}
