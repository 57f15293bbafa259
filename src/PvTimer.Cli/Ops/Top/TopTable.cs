using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.Cli.Ops.Top;

/// <param name="Title">What it is.</param>
/// <param name="Width">Characters; the last column gets what is left.</param>
/// <param name="IsNumber">Right-aligned, and sorted by value.</param>
internal sealed record TopColumn(string Title, int Width, bool IsNumber = false);

/// <param name="Text">As it is shown.</param>
/// <param name="Value">What it is sorted by; null: its text.</param>
internal readonly record struct TopCell(string Text, double? Value = null);

/// <param name="Key">Names it from one sample to the next.</param>
/// <param name="Cells">One for each column.</param>
/// <param name="Opens">What Enter leads to; null: nothing.</param>
/// <param name="IsBad">It is not as it should be.</param>
internal sealed record TopRow(
    string Key,
    ImmutableArray<TopCell> Cells,
    OpsConsole.Watching.View? Opens = null,
    bool IsBad = false
);

/// <summary>A page's table: sorted, filtered, and cut to a number of lines around the marked row.</summary>
internal sealed class TopTable(ImmutableArray<TopColumn> columns, IEnumerable<TopRow> rows)
{
    private const string Gap = " ";

    private readonly ImmutableArray<TopRow> _rows = [.. rows];

    public ImmutableArray<TopColumn> Columns => columns;

    /// <summary>The rows that a state shows, in its order.</summary>
    public ImmutableArray<TopRow> Shown(TopState state)
    {
        IEnumerable<TopRow> matching = _rows.Where(row =>
            row.Cells.Any(cell =>
                cell.Text.Contains(state.Filter, StringComparison.OrdinalIgnoreCase)
            )
        );
        if (state.Sort < 0 || state.Sort >= columns.Length)
        {
            return [.. matching];
        }
        Comparer<TopRow> order = Comparer<TopRow>.Create(
            (left, right) => Compare(left.Cells[state.Sort], right.Cells[state.Sort])
        );
        return [.. state.Descending ? matching.OrderDescending(order) : matching.Order(order)];
    }

    /// <summary>Where the marked row is among those shown; 0 if it is not there any more.</summary>
    public static int MarkOf(TopState state, ImmutableArray<TopRow> shown)
    {
        int found = shown.Select(row => row.Key).ToList().IndexOf(state.Marked ?? "");
        return Math.Max(0, found);
    }

    /// <summary>The heading and the rows, as lines.</summary>
    /// <param name="state">What is marked, sorted and filtered.</param>
    /// <param name="width">Characters in a line.</param>
    /// <param name="height">Lines, the heading included; at least 2.</param>
    public IEnumerable<TopLine> Draw(TopState state, int width, int height)
    {
        ImmutableArray<TopRow> shown = Shown(state);
        int mark = MarkOf(state, shown);
        int first = Math.Clamp(mark - (height / 2), 0, Math.Max(0, shown.Length - (height - 1)));
        yield return new TopLine(
            Line(
                columns.Select(
                    (column, index) =>
                        column.Title
                        + (
                            index != state.Sort ? ""
                            : state.Descending ? "v"
                            : "^"
                        )
                ),
                width
            ),
            TopTone.Heading
        );
        for (int index = first; index < Math.Min(shown.Length, first + height - 1); index++)
        {
            TopTone tone =
                index == mark ? TopTone.Marked
                : shown[index].IsBad ? TopTone.Bad
                : TopTone.Plain;
            yield return new TopLine(
                Line(shown[index].Cells.Select(cell => cell.Text), width),
                tone
            );
        }
    }

    /// <summary>"rows: 47", or "rows: 12 of 47, with ..." if the filter hides some.</summary>
    public string CountOf(TopState state)
    {
        int shown = Shown(state).Length;
        return shown == _rows.Length
            ? string.Create(CultureInfo.InvariantCulture, $"rows: {shown}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"rows: {shown} of {_rows.Length}, with '{state.Filter}'"
            );
    }

    private string Line(IEnumerable<string> cells, int width) =>
        string.Join(Gap, cells.Select((cell, index) => Fit(cell, index, width))).TrimEnd();

    private string Fit(string text, int column, int width)
    {
        int own = columns[column].Width;
        if (column == columns.Length - 1)
        {
            own = Math.Max(own, width - columns.Take(column).Sum(one => one.Width + Gap.Length));
        }
        string cut = text.Length <= own ? text : string.Concat(text.AsSpan(0, own - 1), "~");
        return columns[column].IsNumber ? cut.PadLeft(own) : cut.PadRight(own);
    }

    private static int Compare(TopCell left, TopCell right) =>
        left.Value is not null || right.Value is not null
            ? Nullable.Compare(left.Value, right.Value)
            : string.CompareOrdinal(left.Text, right.Text);
}
