using System;
using System.Collections.Generic;

namespace PvTimer.Sharding.Control;

/// <summary>How often formations have failed on each node lately: blame is per node.</summary>
internal sealed class FailureCount
{
    /// <summary>A node on which formations fail more often than this has a reason that does not go away.</summary>
    public const int Most = 3;

    /// <summary>With this many, one each second, a node that no other one can replace is given up, and the run with it.</summary>
    private const int MostWithoutOthers = 12;

    /// <summary>For so long a failure counts.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, Queue<TimeSpan>> _failures = new(StringComparer.Ordinal);

    /// <summary>One more formation has failed on a node.</summary>
    /// <returns>That is too many.</returns>
    public bool Add(string node, TimeSpan now)
    {
        if (!_failures.TryGetValue(node, out Queue<TimeSpan>? failures))
        {
            _failures[node] = failures = [];
        }
        failures.Enqueue(now);
        while (now - failures.Peek() > Within)
        {
            failures.Dequeue();
        }
        return failures.Count > Most;
    }

    /// <summary>A node fails for longer than what passes takes to pass.</summary>
    public bool IsHopeless(string node) => _failures[node].Count > MostWithoutOthers;
}
