using System;
using System.Collections.Generic;
using System.Linq;

namespace PvTimer.ActorTime.Exploring;

/// <summary>Adds up what the schedules of an exploration have tried.</summary>
internal sealed class Coverage
{
    private readonly HashSet<string> _traces = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, SortedSet<int>> _taken = [];
    private readonly HashSet<int> _open = [];
    private readonly HashSet<int> _last = [];

    /// <summary>Different traces so far.</summary>
    public int Traces => _traces.Count;

    /// <summary>Points with at least two options, and what was tried of them.</summary>
    public ChoiceCoverage Choices
    {
        get
        {
            int[] points =
            [
                .. _taken.Keys.Where(point => _taken[point].Count > 1 || _open.Contains(point)),
            ];
            return new ChoiceCoverage(
                points.Length,
                points.Sum(point => _taken[point].Count),
                points.Count(_last.Contains)
            );
        }
    }

    /// <summary>One schedule was run.</summary>
    /// <param name="points">The choices that were made.</param>
    /// <param name="trace">The hash of what happened; null: there was no machine.</param>
    public void Add(IReadOnlyList<ChoicePoint> points, string? trace)
    {
        if (trace is not null)
        {
            _traces.Add(trace);
        }
        for (int point = 0; point < points.Count; point++)
        {
            if (!_taken.TryGetValue(point, out SortedSet<int>? options))
            {
                _taken[point] = options = [];
            }
            options.Add(points[point].Option);
            (points[point].HasNext ? _open : _last).Add(point);
        }
    }
}
