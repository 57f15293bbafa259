using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;

namespace PvTimer.Formats.Traces;

/// <summary>Collects remarks: the first few of each kind in words, the others as numbers.</summary>
internal sealed class TraceDiagnostics
{
    /// <summary>A file that is damaged from end to end does not fill memory or terminal.</summary>
    public const int MostListed = 10;

    private const int QuotedBytes = 100;

    private readonly List<TraceDiagnostic> _listed = [];
    private readonly Dictionary<TraceDiagnosticKind, TraceDiagnosticTotal> _totals = [];
    private long _lastDamaged = -1;

    /// <summary>Those in words, by line.</summary>
    public ImmutableArray<TraceDiagnostic> Listed =>
        [.. _listed.OrderBy(each => each.Line).ThenBy(each => each.Kind)];

    /// <summary>All, by kind.</summary>
    public ImmutableArray<TraceDiagnosticTotal> Totals =>
        [.. _totals.Values.OrderBy(total => total.Kind)];

    public void Add(long line, TraceDiagnosticKind kind, long? count, ReadOnlySpan<byte> text)
    {
        TraceDiagnosticTotal total = _totals.GetValueOrDefault(
            kind,
            new TraceDiagnosticTotal(kind, 0, 0, 0)
        );
        bool isListed = total.Places < MostListed;
        _totals[kind] = total with
        {
            Places = total.Places + 1,
            Count = TraceDiagnosticTotal.Sum(total.Count, count ?? 0),
            Unlisted = total.Unlisted + (isListed ? 0 : 1),
        };
        if (isListed)
        {
            _listed.Add(new TraceDiagnostic(line, kind, count, Quote(text)));
        }
    }

    /// <summary>Damaged lines in a row are one remark with their count.</summary>
    public void AddDamaged(long line, ReadOnlySpan<byte> text)
    {
        bool inARow = line == _lastDamaged + 1;
        _lastDamaged = line;
        if (!inARow)
        {
            Add(line, TraceDiagnosticKind.DamagedLine, 1, text);
            return;
        }
        TraceDiagnosticTotal total = _totals[TraceDiagnosticKind.DamagedLine];
        _totals[total.Kind] = total with { Count = total.Count + 1 };
        if (total.Unlisted == 0)
        {
            int last = _listed.FindLastIndex(each => each.Kind == total.Kind);
            _listed[last] = _listed[last] with { Count = _listed[last].Count + 1 };
        }
    }

    /// <summary>The beginning of a line, without what would disturb a terminal.</summary>
    private static string Quote(ReadOnlySpan<byte> text)
    {
        string quoted = Encoding.UTF8.GetString(
            text.Length > QuotedBytes ? text[..QuotedBytes] : text
        );
        return quoted.AsSpan().ContainsAnyInRange('\0', '\x1f')
            ? string.Concat(quoted.Select(letter => char.IsControl(letter) ? ' ' : letter))
            : quoted;
    }
}
