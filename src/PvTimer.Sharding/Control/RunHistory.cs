using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.Sharding.Control;

/// <summary>What happened to a run, a line each; the first and the last ones are kept.</summary>
internal sealed class RunHistory
{
    /// <summary>More lines are not kept: every formation and every checkpoint carries them.</summary>
    public const int MostLines = 400;

    /// <summary>How it began is kept in any case.</summary>
    private const int MostFirstLines = 40;

    private const string Gap = "lines are left out here";

    private readonly List<string> _lines = [];
    private ImmutableArray<string>? _shown;

    /// <summary>All of them as they are now.</summary>
    public ImmutableArray<string> Lines => _shown ??= [.. _lines];

    public string Last => _lines[^1];

    /// <summary>Adds a line, with the time of day (UTC).</summary>
    public void Note(string what, DateTimeOffset at) =>
        Add(string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss.fff} {what}"));

    /// <summary>The history as a coordinator before this one kept it.</summary>
    public void Inherit(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            Add(line);
        }
    }

    private void Add(string line)
    {
        _shown = null;
        _lines.Add(line);
        if (_lines.Count <= MostLines)
        {
            return;
        }
        int before = LeftOut(_lines[MostFirstLines]);
        _lines.RemoveAt(MostFirstLines);
        _lines[MostFirstLines] = string.Create(
            CultureInfo.InvariantCulture,
            $"{before + (before == 0 ? 2 : 1)} {Gap}"
        );
    }

    /// <summary>How many lines a line stands for that says so; 0: it is an ordinary one.</summary>
    private static int LeftOut(string line) =>
        line.EndsWith(Gap, StringComparison.Ordinal)
        && int.TryParse(
            line.Split(' ').First(),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int count
        )
            ? count
            : 0;
}
