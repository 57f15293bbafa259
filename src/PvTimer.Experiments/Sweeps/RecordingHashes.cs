using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Sweeps;

/// <summary>What scenarios replay, by content; each file is read once.</summary>
internal sealed class RecordingHashes
{
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Of each recording, in the order of their paths; "" without.</summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    public string Of(Scenario scenario) =>
        string.Join(
            ' ',
            scenario
                .Vms.Select(vm => vm.TraceFile)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(HashOf)
        );

    private string HashOf(string path)
    {
        if (!_known.TryGetValue(path, out string? hash))
        {
            hash = FileDigest.Of(path);
            _known[path] = hash;
        }
        return hash;
    }
}
