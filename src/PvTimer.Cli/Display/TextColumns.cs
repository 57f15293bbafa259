using System.Collections.Generic;
using System.Linq;

namespace PvTimer.Cli.Display;

/// <summary>Columns that are as wide as the widest of their cells, two spaces apart.</summary>
/// <param name="lines">All lines, each with as many cells.</param>
/// <param name="rightAligned">Columns whose cells are numbers.</param>
internal sealed class TextColumns(IReadOnlyCollection<string[]> lines, params int[] rightAligned)
{
    private readonly int[] _widths =
    [
        .. lines.First().Select((_, column) => lines.Max(line => line[column].Length)),
    ];

    /// <summary>One of them, with its end of line.</summary>
    public string Line(string[] cells) =>
        string.Join(
                "  ",
                cells.Select(
                    (cell, column) =>
                        rightAligned.Contains(column)
                            ? cell.PadLeft(_widths[column])
                            : cell.PadRight(_widths[column])
                )
            )
            .TrimEnd() + "\n";
}
